//! Checkpoints of the audit chains and the places of outputs, on SQLite.

use std::time::Duration;

use async_trait::async_trait;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::SqliteStore;
use super::chain::{read_chain, signed};
use super::rows::{micros, number, time};
use crate::audit::checkpoint::Checkpoint;
use crate::audit::{Chain, ChainId};
use crate::store::proofs::Signed;
use crate::store::{Proofs, StoreError};

/// How far apart old checkpoints are kept.
const APART: Duration = Duration::from_secs(24 * 3600);

#[async_trait]
impl Proofs for SqliteStore {
    async fn grown_chains(&self, by: u64, limit: u32) -> Result<Vec<Chain>, StoreError> {
        let rows = sqlx::query(
            "SELECT org, tenant, seq, hash FROM chain WHERE seq - signed >= $1 AND seq > signed \
             LIMIT $2",
        )
        .bind(signed(by))
        .bind(limit)
        .fetch_all(&self.readers)
        .await?;
        Ok(rows.iter().map(read_chain).collect::<Result<_, _>>()?)
    }

    async fn keep_checkpoint(
        &self,
        checkpoint: &Checkpoint,
        sealed: &str,
    ) -> Result<(), StoreError> {
        let chain = checkpoint.chain.uuid();
        let mut tx = self.begin().await?;
        let last_two = sqlx::query(
            "SELECT seq, at FROM checkpoint WHERE chain = $1 ORDER BY seq DESC LIMIT 2",
        )
        .bind(chain)
        .fetch_all(&mut *tx)
        .await?;
        if let [newest, before] = last_two.as_slice()
            && time(newest, "at")?.since(time(before, "at")?) < APART
        {
            sqlx::query("DELETE FROM checkpoint WHERE chain = $1 AND seq = $2")
                .bind(chain)
                .bind(signed(number(newest, "seq")?))
                .execute(&mut *tx)
                .await?;
        }
        sqlx::query(
            "INSERT INTO checkpoint (chain, seq, at, sealed) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (chain, seq) DO UPDATE SET at = excluded.at, sealed = excluded.sealed",
        )
        .bind(chain)
        .bind(signed(checkpoint.seq))
        .bind(micros(checkpoint.at))
        .bind(sealed)
        .execute(&mut *tx)
        .await?;
        sqlx::query("UPDATE chain SET signed = max(signed, $2) WHERE id = $1")
            .bind(chain)
            .bind(signed(checkpoint.seq))
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    async fn checkpoints(
        &self,
        chain: ChainId,
        after: u64,
        last: u64,
    ) -> Result<Vec<(u64, String)>, StoreError> {
        let rows = sqlx::query(
            "SELECT seq, sealed FROM checkpoint WHERE chain = $1 AND seq > $2 AND seq <= $3 \
             ORDER BY seq",
        )
        .bind(chain.uuid())
        .bind(signed(after))
        .bind(signed(last))
        .fetch_all(&self.readers)
        .await?;
        let read = |row: &SqliteRow| Ok((number(row, "seq")?, row.try_get("sealed")?));
        Ok(rows.iter().map(read).collect::<Result<_, sqlx::Error>>()?)
    }

    async fn newest_checkpoints(
        &self,
        chain: ChainId,
        below: u64,
        limit: u32,
    ) -> Result<Vec<Signed>, StoreError> {
        let rows = sqlx::query(
            "SELECT seq, at, sealed FROM checkpoint WHERE chain = $1 AND seq < $2 \
             ORDER BY seq DESC LIMIT $3",
        )
        .bind(chain.uuid())
        .bind(signed(below))
        .bind(limit)
        .fetch_all(&self.readers)
        .await?;
        let read = |row: &SqliteRow| {
            Ok(Signed {
                seq: number(row, "seq")?,
                at: time(row, "at")?,
                sealed: row.try_get("sealed")?,
            })
        };
        Ok(rows.iter().map(read).collect::<Result<_, sqlx::Error>>()?)
    }

    async fn delivered(&self, output: &str) -> Result<Option<u64>, StoreError> {
        let row = sqlx::query("SELECT delivered FROM audit_output WHERE name = $1")
            .bind(output)
            .fetch_optional(&self.readers)
            .await?;
        Ok(row.map(|row| number(&row, "delivered")).transpose()?)
    }

    async fn note_delivered(&self, output: &str, number: u64) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO audit_output (name, delivered) VALUES ($1, $2) \
             ON CONFLICT (name) DO UPDATE SET delivered = excluded.delivered",
        )
        .bind(output)
        .bind(signed(number))
        .execute(&self.writer)
        .await?;
        Ok(())
    }
}
