//! Acts on many devices on SQLite: each is one transaction of statements over all of its devices,
//! never a loop over them.

mod acts;

use async_trait::async_trait;
use farpane_protocol::ids::{DeviceId, OrgId, PlaceId, TenantId, UserId};
use farpane_protocol::time::Timestamp;
use sha2::{Digest as _, Sha256};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use super::chain::append;
use super::rows::{array, micros, number, time, timestamp, uuid};
use super::search::push_all_tests;
use super::{SqliteStore, Tx};
use crate::audit::Entry;
use crate::audit::many::{self, Touched};
use crate::model::bulk::{Act, BULK_MOST, Bulk, NAMES_SHOWN, PREVIEWS_MOST};
use crate::model::field::FieldValue;
use crate::model::place::Spot;
use crate::store::bulks::{Alone, Chosen, Previewed, Ran};
use crate::store::{Bulks, StoreError};

/// What words are looked for in beside the name, made anew from where it is kept.
macro_rules! words {
    () => {
        "serial_fold || char(10) || person_fold || char(10) || address || char(10) || \
         coalesce((SELECT group_concat(v.value_fold, char(10)) FROM device_field v \
         WHERE v.device = device.num), '')"
    };
}
pub(super) use acts::tag;
pub(super) use words;

fn bulk(row: &SqliteRow) -> Result<Bulk, sqlx::Error> {
    let moment = |column: &str| -> Result<Option<Timestamp>, sqlx::Error> {
        Ok(row.try_get::<Option<i64>, _>(column)?.map(timestamp))
    };
    let act: &str = row.try_get("act")?;
    Ok(Bulk {
        id: uuid(row, "id")?,
        account: row.try_get::<Option<Uuid>, _>("account")?.map(UserId),
        act: serde_json::from_str(act)
            .map_err(|_| sqlx::Error::Decode("the stored act is not one".into()))?,
        made: time(row, "made")?,
        ran: moment("ran")?,
        undone: moment("undone")?,
        count: number(row, "count")?,
        digest: array(row.try_get("digest")?)?,
    })
}

fn spot(row: &SqliteRow) -> Result<Spot, sqlx::Error> {
    Ok(Spot {
        tenant: TenantId(uuid(row, "tenant")?),
        place: row.try_get::<Option<Uuid>, _>("place")?.map(PlaceId),
    })
}

async fn choose(tx: &mut Tx, org: OrgId, bulk: Uuid, chosen: &Chosen) -> Result<u64, StoreError> {
    let most = i64::try_from(BULK_MOST).unwrap_or(i64::MAX);
    match chosen {
        Chosen::Search(cond) => {
            let mut sql = sqlx::QueryBuilder::new("INSERT INTO bulk_item (bulk, device) SELECT ");
            sql.push_bind(bulk);
            sql.push(", d.num FROM device d WHERE d.removed IS NULL AND d.org = ");
            sql.push_bind(org.0);
            push_all_tests(tx, &mut sql, cond, org).await?;
            sql.push(" LIMIT ").push_bind(most + 1);
            Ok(sql.build().execute(&mut **tx).await?.rows_affected())
        }
        Chosen::Devices(ids) => {
            let mut count = 0;
            for id in ids {
                let put = sqlx::query(
                    "INSERT OR IGNORE INTO bulk_item (bulk, device) SELECT $1, num FROM device \
                     WHERE id = $2 AND org = $3 AND removed IS NULL",
                );
                let put = put.bind(bulk).bind(id.0).bind(org.0);
                count += put.execute(&mut **tx).await?.rows_affected();
            }
            Ok(count)
        }
    }
}

/// The devices that an act changed, in the order of their names.
async fn touched(tx: &mut Tx, bulk: Uuid) -> Result<Vec<Touched>, StoreError> {
    let rows = sqlx::query(
        "SELECT d.id, d.name, d.tenant, iif(b.act ->> 'do' = 'move', \
         unhex(substr(i.before, 1, 32)), NULL) AS stood \
         FROM bulk b JOIN bulk_item i ON i.bulk = b.id JOIN device d ON d.num = i.device \
         WHERE b.id = $1 AND i.changed = 1 ORDER BY d.name_fold, d.num",
    )
    .bind(bulk)
    .fetch_all(&mut **tx)
    .await?;
    let read = |row: &SqliteRow| {
        Ok(Touched {
            device: DeviceId(uuid(row, "id")?),
            name: row.try_get("name")?,
            tenant: TenantId(uuid(row, "tenant")?),
            before: row.try_get::<Option<Uuid>, _>("stood")?.map(TenantId),
        })
    };
    Ok(rows.iter().map(read).collect::<Result<_, sqlx::Error>>()?)
}

/// How many devices a person removed since without a second one who said yes.
async fn removed_alone(tx: &mut Tx, person: UserId, since: Timestamp) -> Result<u64, StoreError> {
    let row = sqlx::query(
        "SELECT coalesce(sum(b.count), 0) AS n FROM bulk b WHERE b.account = $1 AND b.ran > $2 \
         AND b.undone IS NULL AND b.act ->> 'do' = 'remove' AND NOT EXISTS \
         (SELECT 1 FROM request r WHERE r.asked_by = $1 AND r.used IS NOT NULL \
         AND unhex(replace(r.act ->> 'bulk', '-', '')) = b.id)",
    )
    .bind(person.0)
    .bind(micros(since))
    .fetch_one(&mut **tx)
    .await?;
    Ok(number(&row, "n")?)
}

/// Tells everybody concerned, in the transaction of the act.
async fn record(tx: &mut Tx, whole: &Entry, touched: Vec<Touched>) -> Result<(), StoreError> {
    for entry in many::entries(whole, touched) {
        append(tx, &entry).await?;
    }
    Ok(())
}

/// Keeps a person's newest previews that were not run, and what waits for a second person.
async fn drop_oldest_previews(
    tx: &mut Tx,
    org: OrgId,
    account: Option<UserId>,
) -> Result<(), StoreError> {
    sqlx::query(
        "DELETE FROM bulk WHERE id IN (SELECT b.id FROM bulk b WHERE b.org = $1 \
         AND b.account IS $2 AND b.ran IS NULL AND NOT EXISTS (SELECT 1 FROM request r \
         WHERE r.org = b.org AND r.state IN ('open', 'approved') AND r.used IS NULL \
         AND unhex(replace(r.act ->> 'bulk', '-', '')) = b.id) \
         ORDER BY b.made DESC, b.id DESC LIMIT -1 OFFSET $3)",
    )
    .bind(org.0)
    .bind(account.map(|account| account.0))
    .bind(PREVIEWS_MOST)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

#[async_trait]
impl Bulks for SqliteStore {
    async fn preview(
        &self,
        org: OrgId,
        bulk: Uuid,
        account: Option<UserId>,
        act: &Act,
        chosen: &Chosen,
        now: Timestamp,
    ) -> Result<Previewed, StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query(
            "INSERT INTO bulk (id, org, account, act, made, count, digest) \
             VALUES ($1, $2, $3, $4, $5, 0, zeroblob(32))",
        )
        .bind(bulk)
        .bind(org.0)
        .bind(account.map(|account| account.0))
        .bind(serde_json::to_string(act).map_err(|error| StoreError(Box::new(error)))?)
        .bind(micros(now))
        .execute(&mut *tx)
        .await?;
        let count = choose(&mut tx, org, bulk, chosen).await?;
        if count > BULK_MOST {
            return Ok(Previewed::TooMany);
        }
        drop_oldest_previews(&mut tx, org, account).await?;
        // One text instead of a row each: it is only hashed.
        let ids: Option<String> = sqlx::query_scalar(
            "SELECT group_concat(id, '') FROM (SELECT hex(d.id) AS id FROM bulk_item i \
             JOIN device d ON d.num = i.device WHERE i.bulk = $1 ORDER BY d.id)",
        )
        .bind(bulk)
        .fetch_one(&mut *tx)
        .await?;
        let digest: [u8; 32] = Sha256::digest(ids.unwrap_or_default().as_bytes()).into();
        sqlx::query("UPDATE bulk SET count = $2, digest = $3 WHERE id = $1")
            .bind(bulk)
            .bind(i64::try_from(count).unwrap_or(i64::MAX))
            .bind(digest.as_slice())
            .execute(&mut *tx)
            .await?;
        let names = sqlx::query_scalar(
            "SELECT d.name FROM bulk_item i JOIN device d ON d.num = i.device WHERE i.bulk = $1 \
             ORDER BY d.name_fold, d.num LIMIT $2",
        )
        .bind(bulk)
        .bind(NAMES_SHOWN)
        .fetch_all(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(Previewed::Yes {
            count,
            digest,
            names,
        })
    }

    async fn bulk(&self, org: OrgId, id: Uuid) -> Result<Option<Bulk>, StoreError> {
        let row = sqlx::query(
            "SELECT id, account, act, made, ran, undone, count, digest FROM bulk \
             WHERE org = $1 AND id = $2",
        )
        .bind(org.0)
        .bind(id)
        .fetch_optional(&self.readers)
        .await?;
        Ok(row.as_ref().map(bulk).transpose()?)
    }

    async fn bulk_spots(&self, id: Uuid) -> Result<Vec<Spot>, StoreError> {
        let rows = sqlx::query(
            "SELECT DISTINCT d.tenant, d.place FROM bulk_item i JOIN device d ON d.num = i.device \
             WHERE i.bulk = $1",
        )
        .bind(id)
        .fetch_all(&self.readers)
        .await?;
        Ok(rows.iter().map(spot).collect::<Result<_, _>>()?)
    }

    async fn bulk_before(&self, id: Uuid) -> Result<Vec<Spot>, StoreError> {
        // Customers and places that are gone are nowhere to go back to.
        let rows = sqlx::query(
            "SELECT DISTINCT t.id AS tenant, p.id AS place FROM bulk b \
             JOIN bulk_item i ON i.bulk = b.id \
             JOIN tenant t ON t.id = unhex(substr(i.before, 1, 32)) \
             LEFT JOIN place p ON p.id = unhex(substr(i.before, 33)) AND p.tenant = t.id \
             WHERE b.id = $1 AND b.act ->> 'do' = 'move' AND i.changed = 1",
        )
        .bind(id)
        .fetch_all(&self.readers)
        .await?;
        Ok(rows.iter().map(spot).collect::<Result<_, _>>()?)
    }

    async fn bulks(&self, org: OrgId, limit: u32) -> Result<Vec<Bulk>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, account, act, made, ran, undone, count, digest FROM bulk \
             WHERE org = $1 AND ran IS NOT NULL ORDER BY made DESC LIMIT $2",
        )
        .bind(org.0)
        .bind(limit)
        .fetch_all(&self.readers)
        .await?;
        Ok(rows.iter().map(bulk).collect::<Result<_, _>>()?)
    }

    async fn run_bulk(
        &self,
        org: OrgId,
        bulk: &Bulk,
        value: Option<&FieldValue>,
        alone: Option<Alone>,
        now: Timestamp,
        entry: &Entry,
    ) -> Result<Ran, StoreError> {
        let mut tx = self.begin().await?;
        let first = sqlx::query("UPDATE bulk SET ran = $2 WHERE id = $1 AND ran IS NULL")
            .bind(bulk.id)
            .bind(micros(now))
            .execute(&mut *tx)
            .await?
            .rows_affected();
        if first == 0 {
            return Ok(Ran::Before);
        }
        if let (Some(alone), Some(person)) = (alone, bulk.account)
            && removed_alone(&mut tx, person, alone.since).await? > alone.most
        {
            return Ok(Ran::TooManyAlone);
        }
        // Devices that went away since they were chosen are left out.
        sqlx::query(
            "DELETE FROM bulk_item WHERE bulk = $1 AND device IN \
             (SELECT num FROM device WHERE removed IS NOT NULL)",
        )
        .bind(bulk.id)
        .execute(&mut *tx)
        .await?;
        let Some(changed) = acts::run(&mut tx, org, bulk, value, now).await? else {
            return Ok(Ran::TooManyTags);
        };
        let touched = touched(&mut tx, bulk.id).await?;
        record(&mut tx, entry, touched).await?;
        super::epochs::raise_for_bulk(&mut tx, entry, bulk, false).await?;
        tx.commit().await?;
        Ok(Ran::Yes(changed))
    }

    async fn undo_bulk(
        &self,
        org: OrgId,
        bulk: &Bulk,
        now: Timestamp,
        entry: &Entry,
    ) -> Result<Ran, StoreError> {
        let mut tx = self.begin().await?;
        let first = sqlx::query(
            "UPDATE bulk SET undone = $2 WHERE id = $1 AND ran IS NOT NULL AND undone IS NULL",
        )
        .bind(bulk.id)
        .bind(micros(now))
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if first == 0 {
            return Ok(Ran::Before);
        }
        let before = touched(&mut tx, bulk.id).await?;
        let Some(changed) = acts::undo(&mut tx, org, bulk, now).await? else {
            return Ok(Ran::TooManyTags);
        };
        let mut touched = touched(&mut tx, bulk.id).await?;
        // The same devices in the same order: whose they were until now hears of it too.
        for (now, before) in touched.iter_mut().zip(before) {
            now.before = Some(before.tenant);
        }
        record(&mut tx, entry, touched).await?;
        super::epochs::raise_for_bulk(&mut tx, entry, bulk, true).await?;
        tx.commit().await?;
        Ok(Ran::Yes(changed))
    }

    async fn purge(
        &self,
        made_before: Timestamp,
        removed_before: Timestamp,
        most: u32,
    ) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        let bulks = sqlx::query(
            // What waits for a second person is kept until that is decided or too old.
            "DELETE FROM bulk WHERE id IN (SELECT id FROM bulk b WHERE max(made, \
             coalesce(ran, 0)) < $1 AND NOT EXISTS (SELECT 1 FROM request r \
             WHERE r.org = b.org AND r.state IN ('open', 'approved') AND r.used IS NULL \
             AND r.expires > $1 AND unhex(replace(r.act ->> 'bulk', '-', '')) = b.id) \
             LIMIT $2)",
        )
        .bind(micros(made_before))
        .bind(most)
        .execute(&mut *tx)
        .await?
        .rows_affected();
        let devices = sqlx::query(
            "DELETE FROM device WHERE num IN (SELECT num FROM device INDEXED BY device_removed \
             WHERE removed IS NOT NULL AND removed < $1 LIMIT $2)",
        )
        .bind(micros(removed_before))
        .bind(most)
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if bulks + devices > 0 {
            tx.commit().await?;
        }
        Ok(bulks + devices)
    }
}
