//! Which devices were heard, on SQLite. A report of a relay is one transaction.

use async_trait::async_trait;
use farpane_protocol::ids::{DeviceId, EpochNonce, OrgId};
use farpane_protocol::key::PublicKey;
use farpane_protocol::time::Timestamp;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::rows::{array, key, micros, number, timestamp, uuid};
use super::{SqliteStore, Tx};
use crate::model::Heard;
use crate::model::history::Strip;
use crate::store::presence::KnownPresence;
use crate::store::{Catalogue as _, Presence, StoreError};

fn known(row: &SqliteRow) -> Result<Option<KnownPresence>, sqlx::Error> {
    let Some(epoch) = row.try_get::<Option<&[u8]>, _>("presence_epoch")? else {
        return Ok(None);
    };
    Ok(Some(KnownPresence {
        counter: number(row, "presence_counter")?,
        relay: key(row, "presence_relay")?,
        epoch: EpochNonce(array(epoch)?),
    }))
}

/// The history of a row with its stretch of presence: one that is over, or one that goes on until
/// `now`.
fn history(row: &SqliteRow, now: Timestamp) -> Result<Strip, sqlx::Error> {
    let strip = Strip::kept(row.try_get("hours")?, number(row, "hours_end")?);
    let since: Option<i64> = row.try_get("present_since")?;
    let heard: Option<i64> = row.try_get("last_heard")?;
    let present: bool = row.try_get("present")?;
    let Some(since) = since.map(timestamp) else {
        return Ok(strip);
    };
    let to = if present {
        now
    } else {
        heard.map_or(since, timestamp)
    };
    Ok(strip.heard(since, to))
}

/// Puts a stretch of presence that is over into the history, before the next one begins. So a
/// device costs one such write each time it comes, and none while it stays.
async fn keep_stretch(tx: &mut Tx, device: DeviceId) -> Result<(), sqlx::Error> {
    let row = sqlx::query(
        "SELECT hours, hours_end, present_since, last_heard, present FROM device \
         WHERE id = $1 AND present = 0 AND present_since IS NOT NULL",
    )
    .bind(device.0)
    .fetch_optional(&mut **tx)
    .await?;
    let Some(row) = row else { return Ok(()) };
    let strip = history(&row, Timestamp(0))?;
    sqlx::query("UPDATE device SET hours = $2, hours_end = $3, present_since = NULL WHERE id = $1")
        .bind(device.0)
        .bind(strip.bits())
        .bind(i64::try_from(strip.end()).unwrap_or(i64::MAX))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

#[async_trait]
impl Presence for SqliteStore {
    async fn presences(
        &self,
        org: OrgId,
        keys: &[PublicKey],
    ) -> Result<Vec<(PublicKey, DeviceId, Option<KnownPresence>)>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        let mut found = Vec::with_capacity(keys.len());
        for wanted in keys {
            let row = sqlx::query(
                "SELECT id, presence_counter, presence_relay, presence_epoch FROM device \
                 WHERE org = $1 AND key = $2 AND approval = 'approved' AND removed IS NULL",
            )
            .bind(org.0)
            .bind(wanted.as_bytes().as_slice())
            .fetch_optional(&mut *connection)
            .await?;
            if let Some(row) = row {
                found.push((*wanted, DeviceId(uuid(&row, "id")?), known(&row)?));
            }
        }
        Ok(found)
    }

    async fn note_present(&self, heard: &[Heard], now: Timestamp) -> Result<Vec<bool>, StoreError> {
        let mut tx = self.begin().await?;
        let mut taken = Vec::with_capacity(heard.len());
        for word in heard {
            let counter = i64::try_from(word.counter).unwrap_or(i64::MAX);
            keep_stretch(&mut tx, word.device).await?;
            let changed = sqlx::query(
                "UPDATE device SET presence_counter = $2, presence_relay = $3, \
                 presence_epoch = $4, present = 1, last_heard = $5, \
                 present_since = CASE WHEN present = 1 THEN present_since ELSE $5 END \
                 WHERE id = $1 AND approval = 'approved' AND removed IS NULL \
                 AND (presence_counter < $2 \
                 OR (presence_counter = $2 AND presence_relay = $3 AND presence_epoch = $4))",
            )
            .bind(word.device.0)
            .bind(counter)
            .bind(word.relay.as_bytes().as_slice())
            .bind(word.epoch.0.as_slice())
            .bind(micros(now))
            .execute(&mut *tx)
            .await?
            .rows_affected();
            taken.push(changed == 1);
        }
        tx.commit().await?;
        Ok(taken)
    }

    async fn note_gone(&self, devices: &[DeviceId], now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        for device in devices {
            sqlx::query("UPDATE device SET present = 0, last_heard = $2 WHERE id = $1")
                .bind(device.0)
                .bind(micros(now))
                .execute(&mut *tx)
                .await?;
        }
        Ok(tx.commit().await?)
    }

    async fn nobody_present(&self, alive_at: Timestamp) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE device SET present = 0, last_heard = max(coalesce(last_heard, 0), $1) \
             WHERE present = 1",
        )
        .bind(micros(alive_at))
        .execute(&self.writer)
        .await?;
        self.note_listening(&[], alive_at).await
    }

    async fn heard_hours(
        &self,
        org: OrgId,
        device: DeviceId,
        now: Timestamp,
    ) -> Result<Option<Strip>, StoreError> {
        let row = sqlx::query(
            "SELECT hours, hours_end, present_since, last_heard, present FROM device \
             WHERE id = $1 AND org = $2 AND removed IS NULL",
        )
        .bind(device.0)
        .bind(org.0)
        .fetch_optional(&self.readers)
        .await?;
        let strip = row.map(|row| history(&row, now)).transpose()?;
        Ok(strip.map(|strip| strip.until(now)))
    }

    async fn next_envelope(&self, device: DeviceId) -> Result<Option<u64>, StoreError> {
        let row = sqlx::query(
            "UPDATE device SET envelope_counter = envelope_counter + 1 \
             WHERE id = $1 AND removed IS NULL RETURNING envelope_counter",
        )
        .bind(device.0)
        .fetch_optional(&self.writer)
        .await?;
        Ok(row
            .map(|row| number(&row, "envelope_counter"))
            .transpose()?)
    }

    async fn next_envelopes(
        &self,
        devices: &[DeviceId],
    ) -> Result<Vec<(DeviceId, PublicKey, u64)>, StoreError> {
        let mut tx = self.begin().await?;
        let mut numbered = Vec::with_capacity(devices.len());
        for device in devices {
            let row = sqlx::query(
                "UPDATE device SET envelope_counter = envelope_counter + 1 WHERE id = $1 \
                 AND removed IS NULL AND key IS NOT NULL RETURNING key, envelope_counter",
            )
            .bind(device.0)
            .fetch_optional(&mut *tx)
            .await?;
            if let Some(row) = row {
                let counter = number(&row, "envelope_counter")?;
                numbered.push((*device, key(&row, "key")?, counter));
            }
        }
        tx.commit().await?;
        Ok(numbered)
    }
}
