//! The keys that the directory signs with, on SQLite.

use async_trait::async_trait;
use farpane_protocol::key::PublicKey;
use farpane_protocol::time::Timestamp;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::chain::append;
use super::rows::{key, maybe_time, micros, time};
use super::{SqliteStore, Tx};
use crate::audit::Entry;
use crate::model::ring::{GrantKey, Ring};
use crate::store::{GrantKeys, StoreError};

const ALL: &str = "SELECT key, announced, signs, withdrawn, succession, restored, closed \
                   FROM grant_key ORDER BY announced, signs, rowid";

fn read(row: &SqliteRow) -> Result<GrantKey, sqlx::Error> {
    Ok(GrantKey {
        key: key(row, "key")?,
        announced: time(row, "announced")?,
        signs: time(row, "signs")?,
        withdrawn: maybe_time(row, "withdrawn")?,
        succession: row.try_get("succession")?,
        restored: row.try_get("restored")?,
        closed: row.try_get("closed")?,
    })
}

/// The records, and a rise of the policy epoch, by which hosts come to ask.
async fn told(tx: &mut Tx, entries: &[Entry]) -> Result<(), StoreError> {
    for entry in entries {
        append(tx, entry).await?;
    }
    sqlx::query("UPDATE policy_epoch SET epoch = epoch + 1")
        .execute(&mut **tx)
        .await?;
    Ok(())
}

async fn keep(tx: &mut Tx, row: &GrantKey) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO grant_key (key, announced, signs, withdrawn, succession, restored) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (key) DO UPDATE SET \
         withdrawn = excluded.withdrawn, restored = excluded.restored",
    )
    .bind(row.key.as_bytes().as_slice())
    .bind(micros(row.announced))
    .bind(micros(row.signs))
    .bind(row.withdrawn.map(micros))
    .bind(&row.succession)
    .bind(row.restored)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn ring(tx: &mut Tx) -> Result<Ring, StoreError> {
    let rows = sqlx::query(ALL).fetch_all(&mut **tx).await?;
    Ok(Ring(
        rows.iter().map(read).collect::<Result<_, sqlx::Error>>()?,
    ))
}

#[async_trait]
impl GrantKeys for SqliteStore {
    async fn grant_keys(&self) -> Result<Ring, StoreError> {
        let rows = sqlx::query(ALL).fetch_all(&self.readers).await?;
        Ok(Ring(
            rows.iter().map(read).collect::<Result<_, sqlx::Error>>()?,
        ))
    }

    async fn announce_grant_key(
        &self,
        old: &GrantKey,
        new: &GrantKey,
        now: Timestamp,
        entries: &[Entry],
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        if ring(&mut tx).await?.changing(now).is_some() {
            return Ok(false);
        }
        told(&mut tx, entries).await?;
        if old.restored {
            sqlx::query("UPDATE grant_key SET restored = 1 WHERE closed = 0")
                .execute(&mut *tx)
                .await?;
        }
        keep(&mut tx, old).await?;
        keep(&mut tx, new).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn hurry_grant_key(
        &self,
        at: Timestamp,
        now: Timestamp,
        entries: &[Entry],
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let ring = ring(&mut tx).await?;
        let Some((_, new)) = ring.changing(now) else {
            return Ok(false);
        };
        told(&mut tx, entries).await?;
        sqlx::query("UPDATE grant_key SET signs = min(signs, $1) WHERE key = $2")
            .bind(micros(at))
            .bind(new.key.as_bytes().as_slice())
            .execute(&mut *tx)
            .await?;
        sqlx::query("UPDATE grant_key SET withdrawn = min(withdrawn, $1) WHERE key <> $2")
            .bind(micros(at))
            .bind(new.key.as_bytes().as_slice())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn close_grant_key(
        &self,
        key: &PublicKey,
        entries: &[Entry],
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let closed = sqlx::query("UPDATE grant_key SET closed = 1 WHERE key = $1 AND closed = 0")
            .bind(key.as_bytes().as_slice())
            .execute(&mut *tx)
            .await?
            .rows_affected();
        if closed == 0 {
            return Ok(false);
        }
        told(&mut tx, entries).await?;
        tx.commit().await?;
        Ok(true)
    }
}
