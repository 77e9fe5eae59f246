//! Which devices were heard, on SQLite. A report of a relay is one transaction.

use async_trait::async_trait;
use farpane_protocol::ids::{DeviceId, EpochNonce, OrgId};
use farpane_protocol::key::PublicKey;
use farpane_protocol::time::Timestamp;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::SqliteStore;
use super::rows::{array, key, micros, number, uuid};
use crate::model::Heard;
use crate::store::presence::KnownPresence;
use crate::store::{Presence, StoreError};

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
                 WHERE org = $1 AND key = $2 AND approval = 'approved'",
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
            let changed = sqlx::query(
                "UPDATE device SET presence_counter = $2, presence_relay = $3, \
                 presence_epoch = $4, present = 1, last_heard = $5 \
                 WHERE id = $1 AND approval = 'approved' AND (presence_counter < $2 \
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
        Ok(())
    }

    async fn next_envelope(&self, device: DeviceId) -> Result<Option<u64>, StoreError> {
        let row = sqlx::query(
            "UPDATE device SET envelope_counter = envelope_counter + 1 WHERE id = $1 \
             RETURNING envelope_counter",
        )
        .bind(device.0)
        .fetch_optional(&self.writer)
        .await?;
        Ok(row
            .map(|row| number(&row, "envelope_counter"))
            .transpose()?)
    }
}
