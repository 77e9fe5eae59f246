//! Expected devices on SQLite: written by the thousand, and filled in when they enrol.

mod batch;

use async_trait::async_trait;
use farpane_protocol::ids::OrgId;
use farpane_protocol::time::Timestamp;
use sqlx::Row as _;

use super::bulk::words;
use super::chain::append;
use super::rows::{approval_word, micros};
use super::{SqliteStore, Tx};
use crate::audit::{Entry, Personal};
use crate::model::text::fold;
use crate::model::{Device, version};
use crate::store::imports::Expected;
use crate::store::{Imports, StoreError};

#[async_trait]
impl Imports for SqliteStore {
    async fn expect(
        &self,
        org: OrgId,
        devices: &[Expected],
        now: Timestamp,
        entry: Option<&Entry>,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        if let Some(entry) = entry {
            append(&mut tx, entry).await?;
        }
        batch::write(&mut tx, org, devices, now).await?;
        Ok(tx.commit().await?)
    }
}

/// A device enrols that was expected under its name at its customer: it takes that place in the
/// catalogue, with its tags, fields and site. False if none was.
pub(super) async fn fill_in(tx: &mut Tx, device: &Device) -> Result<bool, StoreError> {
    let filled = sqlx::query(
        "UPDATE device SET id = $2, key = $3, os = $4, os_fold = $5, version = $6, \
         version_key = $7, unattended = $8, approval = $9, created = $10 \
         WHERE num = (SELECT num FROM device INDEXED BY device_expected WHERE tenant = $1 \
         AND name_fold = $11 AND key IS NULL AND removed IS NULL ORDER BY num LIMIT 1)",
    )
    .bind(device.tenant.0)
    .bind(device.id.0)
    .bind(device.key.as_bytes().as_slice())
    .bind(&device.os)
    .bind(fold(&device.os))
    .bind(&device.version)
    .bind(version::number(&device.version))
    .bind(device.unattended)
    .bind(approval_word(device.approval))
    .bind(micros(device.created))
    .bind(fold(&device.name))
    .execute(&mut **tx)
    .await?;
    Ok(filled.rows_affected() > 0)
}

/// A device that was enrolled and approved said its serial number for the first time: if one was
/// expected under that number at its customer, the device takes over its name, site, tags and fields,
/// and `claim` records it. Once: a host that could say another number whenever it likes could take
/// any expected device's place.
pub(super) async fn settle(
    tx: &mut Tx,
    device: farpane_protocol::ids::DeviceId,
    claim: &Entry,
) -> Result<(), StoreError> {
    let settled = sqlx::query(
        "UPDATE device SET settled = 1 WHERE id = $1 AND settled = 0 AND approval = 'approved' \
         AND serial_fold <> '' AND key IS NOT NULL",
    )
    .bind(device.0)
    .execute(&mut **tx)
    .await?;
    if settled.rows_affected() == 0 {
        return Ok(());
    }
    let found = sqlx::query(
        "SELECT d.num AS device, e.num AS expected, e.name FROM device d JOIN device e \
         ON e.tenant = d.tenant AND e.serial_fold = d.serial_fold AND e.key IS NULL \
         AND e.removed IS NULL WHERE d.id = $1 ORDER BY e.num LIMIT 1",
    )
    .bind(device.0)
    .fetch_optional(&mut **tx)
    .await?;
    let Some(found) = found else { return Ok(()) };
    let claim = Entry {
        personal: Personal::named(found.try_get("name")?),
        ..claim.clone()
    };
    append(tx, &claim).await?;
    let (device, expected): (i64, i64) = (found.try_get(0)?, found.try_get(1)?);
    for moved in [
        "UPDATE OR IGNORE device_tag SET device = $1 WHERE device = $2",
        "UPDATE OR REPLACE device_field SET device = $1 WHERE device = $2",
        "UPDATE device SET name = e.name, name_fold = e.name_fold, \
         place = coalesce(e.place, device.place) FROM device e \
         WHERE device.num = $1 AND e.num = $2",
    ] {
        sqlx::query(moved)
            .bind(device)
            .bind(expected)
            .execute(&mut **tx)
            .await?;
    }
    sqlx::query("DELETE FROM device WHERE num = $1")
        .bind(expected)
        .execute(&mut **tx)
        .await?;
    sqlx::query(concat!(
        "UPDATE device SET words = ",
        words!(),
        " WHERE num = $1"
    ))
    .bind(device)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
