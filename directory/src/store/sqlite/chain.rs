//! The audit chain on SQLite: appended inside the transaction of what it records.

use async_trait::async_trait;
use farpane_protocol::ids::OrgId;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::rows::{array, number};
use super::{SqliteStore, Tx};
use crate::audit::{Entry, Head, Record};
use crate::store::{Records, StoreError};

fn head(row: &SqliteRow) -> Result<Head, sqlx::Error> {
    Ok(Head {
        seq: number(row, "chain_seq")?,
        hash: array(row.try_get("chain_hash")?)?,
    })
}

/// Continues the chain. If the transaction is dropped, so is the record.
pub(super) async fn append(tx: &mut Tx, entry: &Entry) -> Result<(), StoreError> {
    let row = sqlx::query("SELECT chain_seq, chain_hash FROM org WHERE id = $1")
        .bind(entry.org.0)
        .fetch_one(&mut **tx)
        .await?;
    let record = entry.seal(head(&row)?, farpane_certs::random::bytes());
    let seq = i64::try_from(record.seq).unwrap_or(i64::MAX);
    sqlx::query(
        "INSERT INTO audit (org, seq, prev, hash, body, personal) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(entry.org.0)
    .bind(seq)
    .bind(record.prev.as_slice())
    .bind(record.hash.as_slice())
    .bind(record.body)
    .bind(record.personal)
    .execute(&mut **tx)
    .await?;
    sqlx::query("UPDATE org SET chain_seq = $2, chain_hash = $3 WHERE id = $1")
        .bind(entry.org.0)
        .bind(seq)
        .bind(record.hash.as_slice())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

#[async_trait]
impl Records for SqliteStore {
    async fn record(&self, entry: &Entry) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        Ok(tx.commit().await?)
    }

    async fn chain_head(&self, org: OrgId) -> Result<Head, StoreError> {
        let row = sqlx::query("SELECT chain_seq, chain_hash FROM org WHERE id = $1")
            .bind(org.0)
            .fetch_one(&self.readers)
            .await?;
        Ok(head(&row)?)
    }

    async fn records_after(
        &self,
        org: OrgId,
        seq: u64,
        limit: u32,
    ) -> Result<Vec<Record>, StoreError> {
        let rows = sqlx::query(
            "SELECT seq, prev, hash, body, personal FROM audit \
             WHERE org = $1 AND seq > $2 ORDER BY seq LIMIT $3",
        )
        .bind(org.0)
        .bind(i64::try_from(seq).unwrap_or(i64::MAX))
        .bind(limit)
        .fetch_all(&self.readers)
        .await?;
        let read = |row: &SqliteRow| {
            Ok(Record {
                seq: number(row, "seq")?,
                prev: array(row.try_get("prev")?)?,
                hash: array(row.try_get("hash")?)?,
                body: row.try_get("body")?,
                personal: row.try_get("personal")?,
            })
        };
        Ok(rows.iter().map(read).collect::<Result<_, sqlx::Error>>()?)
    }
}
