//! Hosts' reports on SQLite. A report is one transaction; programs are named once for all devices.

use std::collections::BTreeSet;

use async_trait::async_trait;
use farpane_protocol::api::inventory::{Inventory, Software};
use farpane_protocol::ids::{DeviceId, OrgId};
use farpane_protocol::time::Timestamp;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Sqlite};

use super::facts::push_condition;
use super::imports::settle;
use super::rows::{array, micros, time, uuid};
use super::{SqliteStore, Tx};
use crate::audit::Entry;
use crate::model::fact::{FactCondition, facts};
use crate::model::inventory::{CHANGES_KEPT, Change, KeptInventory, REPORTS_A_DAY, changes};
use crate::model::text::{fold, name_or};
use crate::store::StoreError;
use crate::store::inventory::{Inventories, Reported};

/// Seconds of a day.
const DAY: u64 = 24 * 60 * 60;

/// What was kept before a report came.
struct Before {
    digest: [u8; 32],
    inventory: Inventory,
    day: i64,
    today: i64,
}

fn body(row: &SqliteRow) -> Result<Inventory, sqlx::Error> {
    serde_json::from_str(row.try_get("body")?).map_err(|error| sqlx::Error::Decode(error.into()))
}

fn program(row: &SqliteRow) -> Result<Software, sqlx::Error> {
    Ok(Software {
        name: row.try_get("name")?,
        version: row.try_get("version")?,
    })
}

async fn before(tx: &mut Tx, device: DeviceId) -> Result<Option<Before>, StoreError> {
    let row = sqlx::query("SELECT digest, body, day, today FROM inventory WHERE device = $1")
        .bind(device.0)
        .fetch_optional(&mut **tx)
        .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let software = sqlx::query(
        "SELECT s.name, s.version FROM device_software d JOIN software s ON s.id = d.software \
         WHERE d.device = $1 ORDER BY s.name, s.version",
    )
    .bind(device.0)
    .fetch_all(&mut **tx)
    .await?;
    Ok(Some(Before {
        digest: array(row.try_get("digest").map_err(StoreError::from)?)?,
        inventory: Inventory {
            software: software.iter().map(program).collect::<Result<_, _>>()?,
            ..body(&row)?
        },
        day: row.try_get("day").map_err(StoreError::from)?,
        today: row.try_get("today").map_err(StoreError::from)?,
    }))
}

async fn keep_facts(tx: &mut Tx, device: DeviceId, report: &Inventory) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM device_fact WHERE device = $1")
        .bind(device.0)
        .execute(&mut **tx)
        .await?;
    for fact in facts(report) {
        sqlx::query("INSERT INTO device_fact (device, key, text, number) VALUES ($1, $2, $3, $4)")
            .bind(device.0)
            .bind(fact.key.word())
            .bind(fact.text)
            .bind(fact.number)
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

async fn keep_software(
    tx: &mut Tx,
    device: DeviceId,
    old: &[Software],
    new: &[Software],
) -> Result<(), StoreError> {
    let (old, new): (BTreeSet<_>, BTreeSet<_>) = (old.iter().collect(), new.iter().collect());
    for gone in old.difference(&new) {
        sqlx::query(
            "DELETE FROM device_software WHERE device = $1 AND software = \
             (SELECT id FROM software WHERE name = $2 AND version = $3)",
        )
        .bind(device.0)
        .bind(&gone.name)
        .bind(&gone.version)
        .execute(&mut **tx)
        .await?;
        // A program that no device has any more is forgotten.
        sqlx::query(
            "DELETE FROM software WHERE name = $1 AND version = $2 AND NOT EXISTS \
             (SELECT 1 FROM device_software d WHERE d.software = software.id)",
        )
        .bind(&gone.name)
        .bind(&gone.version)
        .execute(&mut **tx)
        .await?;
    }
    for come in new.difference(&old) {
        sqlx::query(
            "INSERT INTO software (name, name_fold, version) VALUES ($1, $2, $3) \
             ON CONFLICT (name, version) DO NOTHING",
        )
        .bind(&come.name)
        .bind(fold(&come.name))
        .bind(&come.version)
        .execute(&mut **tx)
        .await?;
        sqlx::query(
            "INSERT INTO device_software (device, software) \
             SELECT $1, id FROM software WHERE name = $2 AND version = $3 \
             ON CONFLICT DO NOTHING",
        )
        .bind(device.0)
        .bind(&come.name)
        .bind(&come.version)
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

async fn keep_changes(tx: &mut Tx, device: DeviceId, found: &[Change]) -> Result<(), StoreError> {
    for change in found {
        sqlx::query(
            "INSERT INTO inventory_change (device, at, what, before, after) \
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(device.0)
        .bind(micros(change.at))
        .bind(&change.what)
        .bind(&change.before)
        .bind(&change.after)
        .execute(&mut **tx)
        .await?;
    }
    sqlx::query(
        "DELETE FROM inventory_change WHERE device = $1 AND id <= coalesce((SELECT id FROM \
         inventory_change WHERE device = $1 ORDER BY id DESC LIMIT 1 OFFSET $2), 0)",
    )
    .bind(device.0)
    .bind(CHANGES_KEPT)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn keep_body(
    tx: &mut Tx,
    device: DeviceId,
    report: &Inventory,
    now: Timestamp,
    (day, today): (i64, i64),
) -> Result<(), StoreError> {
    let without = Inventory {
        software: Vec::new(),
        ..report.clone()
    };
    let text = serde_json::to_string(&without).map_err(|error| StoreError(Box::new(error)))?;
    sqlx::query(
        "INSERT INTO inventory (device, digest, body, reported, changed, day, today) \
         VALUES ($1, $2, $3, $4, $4, $5, $6) ON CONFLICT (device) DO UPDATE SET \
         digest = excluded.digest, body = excluded.body, reported = excluded.reported, \
         changed = excluded.changed, day = excluded.day, today = excluded.today",
    )
    .bind(device.0)
    .bind(report.digest().as_slice())
    .bind(text)
    .bind(micros(now))
    .bind(day)
    .bind(today)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The list of devices shows, and is searched by, what was last reported.
async fn keep_in_list(tx: &mut Tx, device: DeviceId, report: &Inventory) -> Result<(), StoreError> {
    let os = name_or(&format!("{} {}", report.os.name, report.os.version), "");
    let people = report.people.as_deref().unwrap_or_default();
    let people: Vec<_> = people.iter().map(|person| person.name.as_str()).collect();
    let person = name_or(&people.join(", "), "");
    let addresses = report
        .networks
        .iter()
        .flat_map(|network| &network.addresses);
    // The first that another machine could use, without its prefix length.
    let outside = |address: &&str| !address.starts_with("127.") && *address != "::1";
    let address = addresses
        .map(|address| address.split('/').next().unwrap_or_default())
        .find(outside)
        .unwrap_or_default();
    sqlx::query(
        "UPDATE device SET os = iif($2 = '', os, $2), os_fold = iif($2 = '', os_fold, $3), \
         version = iif($4 = '', version, $4), version_key = iif($4 = '', version_key, $5), \
         serial = iif($6 = '', serial, $6), serial_fold = iif($6 = '', serial_fold, $7), \
         person = $8, person_fold = $9, address = $10 WHERE id = $1",
    )
    .bind(device.0)
    .bind(&os)
    .bind(fold(&os))
    .bind(&report.version)
    .bind(crate::model::version::number(&report.version))
    .bind(&report.hardware.serial)
    .bind(fold(&report.hardware.serial))
    .bind(&person)
    .bind(fold(&person))
    .bind(address)
    .execute(&mut **tx)
    .await?;
    sqlx::query(concat!(
        "UPDATE device SET words = ",
        super::bulk::words!(),
        " WHERE id = $1"
    ))
    .bind(device.0)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

#[async_trait]
impl Inventories for SqliteStore {
    async fn report(
        &self,
        device: DeviceId,
        report: &Inventory,
        now: Timestamp,
        claim: &Entry,
    ) -> Result<Reported, StoreError> {
        let mut tx = self.begin().await?;
        let known = sqlx::query("SELECT 1 FROM device WHERE id = $1")
            .bind(device.0)
            .fetch_optional(&mut *tx)
            .await?;
        if known.is_none() {
            return Ok(Reported::NoDevice);
        }
        let before = before(&mut tx, device).await?;
        let day = i64::try_from(now.seconds() / DAY).unwrap_or(i64::MAX);
        let today = match &before {
            Some(before) if before.day == day => before.today,
            Some(_) | None => 0,
        };
        if today >= i64::from(REPORTS_A_DAY) {
            return Ok(Reported::TooMany);
        }
        let digest = report.digest();
        if before
            .as_ref()
            .is_some_and(|before| before.digest == digest)
        {
            sqlx::query(
                "UPDATE inventory SET reported = $2, day = $3, today = $4 WHERE device = $1",
            )
            .bind(device.0)
            .bind(micros(now))
            .bind(day)
            .bind(today + 1)
            .execute(&mut *tx)
            .await?;
            settle(&mut tx, device, claim).await?;
            tx.commit().await?;
            return Ok(Reported::Same);
        }
        let first = before.is_none();
        let old = before.map(|before| before.inventory).unwrap_or_default();
        // Of a first report everything is new, which is no news.
        let found = if first {
            Vec::new()
        } else {
            changes(&old, report, now)
        };
        keep_body(&mut tx, device, report, now, (day, today + 1)).await?;
        keep_facts(&mut tx, device, report).await?;
        keep_software(&mut tx, device, &old.software, &report.software).await?;
        keep_changes(&mut tx, device, &found).await?;
        keep_in_list(&mut tx, device, report).await?;
        settle(&mut tx, device, claim).await?;
        tx.commit().await?;
        Ok(Reported::New(found))
    }

    async fn inventory(
        &self,
        org: OrgId,
        device: DeviceId,
    ) -> Result<Option<KeptInventory>, StoreError> {
        let row = sqlx::query(
            "SELECT i.body, i.reported, i.changed FROM inventory i JOIN device d \
             ON d.id = i.device WHERE i.device = $1 AND d.org = $2",
        )
        .bind(device.0)
        .bind(org.0)
        .fetch_optional(&self.readers)
        .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let software = sqlx::query(
            "SELECT s.name, s.version FROM device_software d JOIN software s \
             ON s.id = d.software WHERE d.device = $1 ORDER BY s.name_fold, s.version",
        )
        .bind(device.0)
        .fetch_all(&self.readers)
        .await?;
        Ok(Some(KeptInventory {
            inventory: Inventory {
                software: software.iter().map(program).collect::<Result<_, _>>()?,
                ..body(&row)?
            },
            reported: time(&row, "reported")?,
            changed: time(&row, "changed")?,
        }))
    }

    async fn devices_with(
        &self,
        org: OrgId,
        conditions: &[FactCondition],
        limit: u32,
    ) -> Result<Vec<DeviceId>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new(
            "SELECT d.id FROM device d WHERE d.removed IS NULL AND d.org = ",
        );
        query.push_bind(org.0);
        for condition in conditions {
            query.push(" AND ");
            push_condition(&mut query, "d.id", condition);
        }
        query.push(" ORDER BY d.id LIMIT ");
        query.push_bind(limit);
        let rows = query.build().fetch_all(&self.readers).await?;
        let read = |row: &SqliteRow| Ok(DeviceId(uuid(row, "id")?));
        Ok(rows.iter().map(read).collect::<Result<_, sqlx::Error>>()?)
    }

    async fn inventory_changes(
        &self,
        org: OrgId,
        device: DeviceId,
        limit: u32,
    ) -> Result<Vec<Change>, StoreError> {
        let rows = sqlx::query(
            "SELECT c.at, c.what, c.before, c.after FROM inventory_change c JOIN device d \
             ON d.id = c.device WHERE c.device = $1 AND d.org = $2 ORDER BY c.id DESC LIMIT $3",
        )
        .bind(device.0)
        .bind(org.0)
        .bind(limit)
        .fetch_all(&self.readers)
        .await?;
        let read = |row: &SqliteRow| {
            Ok(Change {
                at: time(row, "at")?,
                what: row.try_get("what")?,
                before: row.try_get("before")?,
                after: row.try_get("after")?,
            })
        };
        Ok(rows.iter().map(read).collect::<Result<_, sqlx::Error>>()?)
    }

    async fn sweep_software(&self, after: i64, most: u32) -> Result<i64, StoreError> {
        let last: Option<i64> = sqlx::query_scalar(
            "SELECT max(id) FROM (SELECT id FROM software WHERE id > $1 ORDER BY id LIMIT $2)",
        )
        .bind(after)
        .bind(most)
        .fetch_one(&self.readers)
        .await?;
        let Some(last) = last else { return Ok(0) };
        // Looked at by a reader first: mostly there is nothing to write.
        let nobody_has: Vec<i64> = sqlx::query_scalar(
            "SELECT id FROM software s WHERE id > $1 AND id <= $2 AND NOT EXISTS \
             (SELECT 1 FROM device_software d WHERE d.software = s.id)",
        )
        .bind(after)
        .bind(last)
        .fetch_all(&self.readers)
        .await?;
        if nobody_has.is_empty() {
            return Ok(last);
        }
        let mut tx = self.begin().await?;
        for id in nobody_has {
            sqlx::query(
                "DELETE FROM software WHERE id = $1 AND NOT EXISTS \
                 (SELECT 1 FROM device_software d WHERE d.software = software.id)",
            )
            .bind(id)
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok(last)
    }
}
