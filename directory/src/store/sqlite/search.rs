//! Searching the catalogue on SQLite.

mod count;
mod normal;
mod order;
mod plan;
mod rare;
mod sql;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use async_trait::async_trait;
use farpane_protocol::ids::{DeviceId, OrgId, TenantId};
use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::SqliteStore;
use super::rows;
use crate::model::Tenant;
use crate::model::catalogue::{Cond, Count, Listed, Page, Wish};
use crate::model::place::Tree;
use crate::store::search::Tally;
use crate::store::{Search, StoreError};
use normal::normal;
use plan::Plan;
use sql::{Names, Sql};

/// Most operating systems that are told apart before their names are searched one by one.
const SYSTEMS_MOST: i64 = 500;

/// Groups of three letters that may stand for a shorter text. A single common letter has more, and
/// then a walk finds enough devices at once.
const BEGINNING_MOST: i64 = 200;

/// Trees of organisations as they were last read, each with its version.
pub(super) type Trees = Arc<Mutex<HashMap<OrgId, (i64, Arc<Tree>)>>>;

fn asks_for_system(cond: &Cond) -> bool {
    match cond {
        Cond::Os(_) => true,
        Cond::All(conds) | Cond::Any(conds) => conds.iter().any(asks_for_system),
        Cond::Not(cond) => asks_for_system(cond),
        Cond::Tenants(_)
        | Cond::Places(_)
        | Cond::Tag { .. }
        | Cond::Name(_)
        | Cond::Words(_)
        | Cond::Person(_)
        | Cond::Address(_)
        | Cond::Serial(_)
        | Cond::Present(_)
        | Cond::Heard(_)
        | Cond::NeverHeard
        | Cond::Created(_)
        | Cond::Version(_)
        | Cond::Standing(_)
        | Cond::Unattended(_)
        | Cond::FieldText { .. }
        | Cond::FieldRange { .. }
        | Cond::FieldAmount { .. }
        | Cond::Reported(_) => false,
    }
}

/// The customers that alone decide, if nothing else is asked: then counts are known already.
fn only_tenants(conds: &[Cond]) -> Option<Option<&[TenantId]>> {
    match conds {
        [] => Some(None),
        [Cond::Tenants(tenants)] => Some(Some(tenants)),
        [..] => None,
    }
}

/// The three letters in the word index that begin with a short text; `None` if there are many.
async fn beginning(
    connection: &mut SqliteConnection,
    text: &str,
) -> Result<Option<Vec<String>>, sqlx::Error> {
    let grams: Vec<String> =
        sqlx::query_scalar("SELECT term FROM device_grams WHERE term >= $1 AND term < $2 LIMIT $3")
            .bind(text)
            .bind(sql::after_all(text))
            .bind(BEGINNING_MOST + 1)
            .fetch_all(connection)
            .await?;
    let few = grams.len() as i64 <= BEGINNING_MOST;
    Ok(few.then_some(grams))
}

/// Every operating system of the organisation, by hopping from one to the next along the index.
async fn systems(
    connection: &mut SqliteConnection,
    org: OrgId,
) -> Result<Option<Vec<String>>, sqlx::Error> {
    let systems: Vec<String> = sqlx::query_scalar(
        "WITH RECURSIVE s (name) AS ( \
         SELECT min(os_fold) FROM device INDEXED BY device_by_os \
             WHERE org = $1 AND removed IS NULL \
         UNION ALL SELECT (SELECT min(d.os_fold) FROM device d INDEXED BY device_by_os \
             WHERE d.org = $1 AND d.removed IS NULL AND d.os_fold > s.name) \
             FROM s WHERE s.name IS NOT NULL) \
         SELECT name FROM s WHERE name IS NOT NULL LIMIT $2",
    )
    .bind(org.0)
    .bind(SYSTEMS_MOST + 1)
    .fetch_all(connection)
    .await?;
    let few = systems.len() as i64 <= SYSTEMS_MOST;
    Ok(few.then_some(systems))
}

async fn add_tags(
    connection: &mut SqliteConnection,
    devices: &mut [Listed],
) -> Result<(), sqlx::Error> {
    if devices.is_empty() {
        return Ok(());
    }
    let mut sql = Sql::new(
        "SELECT g.device AS device, t.name AS name FROM device_tag g JOIN tag t ON t.num = g.tag \
         WHERE g.device IN (",
    );
    let mut nums = sql.separated(", ");
    for device in devices.iter() {
        nums.push_bind(device.num);
    }
    sql.push(") ORDER BY t.name_fold");
    let mut tags: HashMap<i64, Vec<String>> = HashMap::new();
    for row in sql.build().fetch_all(connection).await? {
        let device = row.try_get("device")?;
        tags.entry(device).or_default().push(row.try_get("name")?);
    }
    for device in devices {
        device.tags = tags.remove(&device.num).unwrap_or_default();
    }
    Ok(())
}

/// Writes a whole search as tests of a device `d`, beginning with `AND`.
pub(super) async fn push_all_tests(
    connection: &mut SqliteConnection,
    sql: &mut Sql,
    cond: &Cond,
    org: OrgId,
) -> Result<(), sqlx::Error> {
    let names = names_for(connection, cond, org).await?;
    sql.push(" AND ");
    sql::push_test(sql, cond, org, &names);
    Ok(())
}

/// What the conditions need to know before they can be written down.
async fn names_for(
    connection: &mut SqliteConnection,
    cond: &Cond,
    org: OrgId,
) -> Result<Names, sqlx::Error> {
    let mut texts = Vec::new();
    normal::texts(cond, &mut texts);
    let mut short = HashMap::new();
    for text in texts.into_iter().filter(|text| sql::is_short(text)) {
        if let Some(grams) = beginning(connection, text).await? {
            short.insert(text.to_owned(), grams);
        }
    }
    Ok(Names {
        systems: if asks_for_system(cond) {
            systems(connection, org).await?
        } else {
            None
        },
        short,
        rare: OnceLock::new(),
    })
}

impl SqliteStore {
    async fn page(
        &self,
        connection: &mut SqliteConnection,
        org: OrgId,
        wish: &Wish,
    ) -> Result<Page, StoreError> {
        let conds = normal(&wish.cond);
        let names = names_for(connection, &wish.cond, org).await?;
        let total = tally(connection, org, None).await?.devices;
        let plan = Plan::make(connection, (org, total), wish, &conds, &names).await?;
        let limit = usize::try_from(wish.limit).unwrap_or(usize::MAX);
        // One more than asked for tells whether there is another page.
        let mut hits = plan.find(connection, i64::from(wish.limit) + 1).await?;
        let more = hits.len() > limit;
        hits.truncate(limit);
        let back = wish.from.as_ref().is_some_and(|from| from.back);
        if back {
            hits.reverse();
        }
        let key = |hit: &plan::Hit| (hit.key.clone(), hit.num);
        let (first, last) = (hits.first().map(key), hits.last().map(key));
        let came_from = wish.from.is_some();
        let mut devices = Vec::with_capacity(hits.len());
        for hit in &hits {
            devices.push(rows::listed(&hit.row)?);
        }
        add_tags(connection, &mut devices).await?;
        let count = if !wish.count {
            None
        } else if let Some(tenants) = only_tenants(&conds) {
            let tally = tally(connection, org, tenants).await?;
            Some(Count::Exactly(tally.devices))
        } else if !came_from && !more {
            Some(Count::Exactly(devices.len() as u64))
        } else {
            Some(plan.count(connection).await?)
        };
        Ok(Page {
            devices,
            before: first.filter(|_| if back { more } else { came_from }),
            after: last.filter(|_| if back { true } else { more }),
            count,
        })
    }
}

/// The tallies of these customers, or of all, together.
async fn tally(
    connection: &mut SqliteConnection,
    org: OrgId,
    of: Option<&[TenantId]>,
) -> Result<Tally, sqlx::Error> {
    let mut sql = Sql::new(
        "SELECT coalesce(sum(devices), 0) AS devices, coalesce(sum(present), 0) AS present, \
         coalesce(sum(pending), 0) AS pending, coalesce(sum(expected), 0) AS expected \
         FROM device_count WHERE org = ",
    );
    sql.push_bind(org.0);
    if let Some(of) = of {
        sql.push(" AND tenant IN (");
        let mut tenants = sql.separated(", ");
        for tenant in of {
            tenants.push_bind(tenant.0);
        }
        sql.push(")");
    }
    read_tally(&sql.build().fetch_one(connection).await?)
}

fn read_tally(row: &SqliteRow) -> Result<Tally, sqlx::Error> {
    Ok(Tally {
        devices: rows::number(row, "devices")?,
        present: rows::number(row, "present")?,
        pending: rows::number(row, "pending")?,
        expected: rows::number(row, "expected")?,
    })
}

#[async_trait]
impl Search for SqliteStore {
    async fn tree(&self, org: OrgId) -> Result<Arc<Tree>, StoreError> {
        let read = "SELECT version FROM tree_version WHERE org = $1";
        // The version first: a tree that is newer than it says is only read once more.
        let version: Option<i64> = sqlx::query_scalar(read)
            .bind(org.0)
            .fetch_optional(&self.readers)
            .await?;
        let version = version.unwrap_or(0);
        let kept = {
            let trees = self.trees.lock().unwrap_or_else(PoisonError::into_inner);
            trees.get(&org).cloned()
        };
        if let Some((known, tree)) = kept
            && known == version
        {
            return Ok(tree);
        }
        let tenants = sqlx::query("SELECT id, org, name FROM tenant WHERE org = $1")
            .bind(org.0)
            .fetch_all(&self.readers)
            .await?;
        let tenant = |row: &SqliteRow| -> Result<Tenant, sqlx::Error> {
            Ok(Tenant {
                id: TenantId(rows::uuid(row, "id")?),
                org: OrgId(rows::uuid(row, "org")?),
                name: row.try_get("name")?,
            })
        };
        let tenants = tenants.iter().map(tenant).collect::<Result<_, _>>()?;
        let places = sqlx::query("SELECT id, tenant, parent, kind, name FROM place WHERE org = $1")
            .bind(org.0)
            .fetch_all(&self.readers)
            .await?;
        let places = places.iter().map(rows::place).collect::<Result<_, _>>()?;
        let tree = Arc::new(Tree::new(tenants, places));
        let mut trees = self.trees.lock().unwrap_or_else(PoisonError::into_inner);
        trees.insert(org, (version, tree.clone()));
        Ok(tree)
    }

    async fn search(&self, org: OrgId, wish: &Wish) -> Result<Page, StoreError> {
        let mut connection = self.readers.acquire().await?;
        self.page(&mut connection, org, wish).await
    }

    async fn listed(&self, org: OrgId, id: DeviceId) -> Result<Option<Listed>, StoreError> {
        let row = sqlx::query(
            "SELECT num, id, tenant, place, key, name, os, version, serial, person, address, \
             unattended, approval, created, present, last_heard FROM device \
             WHERE id = $1 AND org = $2 AND removed IS NULL",
        )
        .bind(id.0)
        .bind(org.0)
        .fetch_optional(&self.readers)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let mut device = [rows::listed(&row)?];
        let mut connection = self.readers.acquire().await?;
        add_tags(&mut connection, &mut device).await?;
        let [device] = device;
        Ok(Some(device))
    }

    async fn tallies(&self, org: OrgId) -> Result<Vec<(TenantId, Tally)>, StoreError> {
        let counted = sqlx::query(
            "SELECT tenant, devices, present, pending, expected FROM device_count \
             WHERE org = $1 AND devices > 0",
        )
        .bind(org.0)
        .fetch_all(&self.readers)
        .await?;
        let read = |row: &SqliteRow| -> Result<_, sqlx::Error> {
            Ok((TenantId(rows::uuid(row, "tenant")?), read_tally(row)?))
        };
        Ok(counted.iter().map(read).collect::<Result<_, _>>()?)
    }
}
