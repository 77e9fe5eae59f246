//! The machines behind identities, and minimum versions, on SQLite.

use async_trait::async_trait;
use farpane_protocol::api::machine::MachinePrint;
use farpane_protocol::ids::{DeviceId, OrgId};
use farpane_protocol::key::PublicKey;
use farpane_protocol::time::Timestamp;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::catalogue::enrol::key_taken;
use super::chain::append;
use super::rows::{array, micros, time, uuid};
use super::{SqliteStore, Tx};
use crate::audit::Entry;
use crate::model::Device;
use crate::model::text::fold;
use crate::model::version;
use crate::policy::machine::{KnownMachine, SeenMachine};
use crate::store::StoreError;
use crate::store::machines::{Copy, Machines, MinimumVersions};

/// Machines that are remembered of one identity.
const MACHINES_KEPT: u32 = 16;

/// Records of second machines that one identity may have: beyond it somebody plays.
const COPIES_MOST: i64 = 8;

fn machine(row: &SqliteRow) -> Result<KnownMachine, sqlx::Error> {
    Ok(KnownMachine {
        machine: MachinePrint(array(row.try_get("machine")?)?),
        boot: row.try_get("boot")?,
        boot_before: row.try_get("boot_before")?,
        seen: time(row, "seen")?,
        current: row.try_get("current")?,
    })
}

fn copy(row: &SqliteRow) -> Result<Copy, sqlx::Error> {
    Ok(Copy {
        copy: DeviceId(uuid(row, "copy")?),
        of: DeviceId(uuid(row, "of")?),
        of_name: row.try_get("of_name")?,
        found: time(row, "found")?,
    })
}

async fn keep(
    tx: &mut Tx,
    device: DeviceId,
    seen: &SeenMachine,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE device_machine SET current = 0 WHERE device = $1 AND machine <> $2")
        .bind(device.0)
        .bind(seen.machine.0.as_slice())
        .execute(&mut **tx)
        .await?;
    sqlx::query(
        "INSERT INTO device_machine (device, machine, boot, boot_before, seen, current) \
         VALUES ($1, $2, $3, '', $4, 1) ON CONFLICT (device, machine) DO UPDATE SET \
         boot_before = iif(boot = excluded.boot, boot_before, boot), boot = excluded.boot, \
         seen = excluded.seen, current = 1",
    )
    .bind(device.0)
    .bind(seen.machine.0.as_slice())
    .bind(&seen.boot)
    .bind(micros(now))
    .execute(&mut **tx)
    .await?;
    sqlx::query(
        "DELETE FROM device_machine WHERE device = $1 AND current = 0 AND machine NOT IN \
         (SELECT machine FROM device_machine WHERE device = $1 ORDER BY seen DESC LIMIT $2)",
    )
    .bind(device.0)
    .bind(MACHINES_KEPT)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

#[async_trait]
impl Machines for SqliteStore {
    async fn machines(&self, device: DeviceId) -> Result<Vec<KnownMachine>, StoreError> {
        let rows = sqlx::query(
            "SELECT machine, boot, boot_before, seen, current FROM device_machine \
             WHERE device = $1",
        )
        .bind(device.0)
        .fetch_all(&self.readers)
        .await?;
        Ok(rows.iter().map(machine).collect::<Result<_, _>>()?)
    }

    async fn note_machine(
        &self,
        device: DeviceId,
        seen: &SeenMachine,
        now: Timestamp,
        moved: Option<&Entry>,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        if let Some(entry) = moved {
            append(&mut tx, entry).await?;
        }
        keep(&mut tx, device, seen, now).await?;
        Ok(tx.commit().await?)
    }

    async fn fork(
        &self,
        device: &Device,
        machine: MachinePrint,
        (copy, name): (DeviceId, &str),
        now: Timestamp,
        entry: &Entry,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let known: (i64, i64) = sqlx::query_as(
            "SELECT count(*), coalesce(sum(machine = $2), 0) FROM device_copy WHERE of = $1",
        )
        .bind(device.id.0)
        .bind(machine.0.as_slice())
        .fetch_one(&mut *tx)
        .await?;
        if known.0 >= COPIES_MOST || known.1 > 0 {
            return Ok(false);
        }
        append(&mut tx, entry).await?;
        sqlx::query(
            "INSERT INTO device (id, org, tenant, place, key, name, name_fold, os, os_fold, \
             version, unattended, approval, created) SELECT $1, org, tenant, place, NULL, $2, \
             $3, os, os_fold, '', 0, 'approved', $4 FROM device WHERE id = $5",
        )
        .bind(copy.0)
        .bind(name)
        .bind(fold(name))
        .bind(micros(now))
        .bind(device.id.0)
        .execute(&mut *tx)
        .await?;
        sqlx::query("INSERT INTO device_copy (copy, of, machine, found) VALUES ($1, $2, $3, $4)")
            .bind(copy.0)
            .bind(device.id.0)
            .bind(machine.0.as_slice())
            .bind(micros(now))
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn copies(&self, org: OrgId) -> Result<Vec<Copy>, StoreError> {
        let rows = sqlx::query(
            // The few copies first: the planner would begin with every device there is.
            "SELECT c.copy, c.of, o.name AS of_name, c.found FROM device_copy c \
             CROSS JOIN device d ON d.id = c.copy CROSS JOIN device o ON o.id = c.of \
             WHERE d.org = $1 AND d.removed IS NULL ORDER BY c.found DESC, c.copy",
        )
        .bind(org.0)
        .fetch_all(&self.readers)
        .await?;
        Ok(rows.iter().map(copy).collect::<Result<_, _>>()?)
    }

    async fn is_copy(&self, device: DeviceId, machine: MachinePrint) -> Result<bool, StoreError> {
        let row = sqlx::query("SELECT 1 FROM device_copy WHERE of = $1 AND machine = $2")
            .bind(device.0)
            .bind(machine.0.as_slice())
            .fetch_optional(&self.readers)
            .await?;
        Ok(row.is_some())
    }

    async fn note_version(&self, device: DeviceId, said: &str) -> Result<(), StoreError> {
        sqlx::query("UPDATE device SET version = $2, version_key = $3 WHERE id = $1")
            .bind(device.0)
            .bind(said)
            .bind(version::number(said))
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    async fn minimum_versions(&self, org: OrgId) -> Result<MinimumVersions, StoreError> {
        let row = sqlx::query("SELECT host, viewer FROM minimum_version WHERE org = $1")
            .bind(org.0)
            .fetch_optional(&self.readers)
            .await?;
        let Some(row) = row else {
            return Ok(MinimumVersions::default());
        };
        Ok(MinimumVersions {
            host: row.try_get("host")?,
            viewer: row.try_get("viewer")?,
        })
    }

    async fn set_minimum_versions(
        &self,
        org: OrgId,
        versions: &MinimumVersions,
        entry: &Entry,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        sqlx::query(
            "INSERT INTO minimum_version (org, host, viewer) VALUES ($1, $2, $3) \
             ON CONFLICT (org) DO UPDATE SET host = excluded.host, viewer = excluded.viewer",
        )
        .bind(org.0)
        .bind(&versions.host)
        .bind(&versions.viewer)
        .execute(&mut *tx)
        .await?;
        Ok(tx.commit().await?)
    }

    async fn rotate_key(
        &self,
        device: DeviceId,
        old: &PublicKey,
        new: &PublicKey,
        entry: &Entry,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        if key_taken(&mut tx, new).await? {
            return Ok(false);
        }
        let changed = sqlx::query(
            "UPDATE device SET key = $3 WHERE id = $1 AND key = $2 AND removed IS NULL",
        )
        .bind(device.0)
        .bind(old.as_bytes().as_slice())
        .bind(new.as_bytes().as_slice())
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if changed > 0 {
            tx.commit().await?;
        }
        Ok(changed > 0)
    }
}
