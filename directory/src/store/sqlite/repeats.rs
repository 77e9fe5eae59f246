//! Requests that may be sent again, on SQLite.

use async_trait::async_trait;
use farpane_protocol::time::Timestamp;
use sqlx::Row as _;

use super::SqliteStore;
use super::rows::{array, micros};
use crate::store::repeats::{Begun, KEPT_FOR, KEPT_MOST, RepeatKey};
use crate::store::{Repeats, StoreError};

#[async_trait]
impl Repeats for SqliteStore {
    async fn begin_request(
        &self,
        key: RepeatKey,
        request: [u8; 32],
        now: Timestamp,
    ) -> Result<Begun, StoreError> {
        let mut tx = self.begin().await?;
        let too_old = i64::try_from(KEPT_FOR.as_micros()).unwrap_or(i64::MAX);
        sqlx::query("DELETE FROM repeat WHERE created <= $1")
            .bind(micros(now).saturating_sub(too_old))
            .execute(&mut *tx)
            .await?;
        let known =
            sqlx::query("SELECT request, answer FROM repeat WHERE caller = $1 AND key = $2")
                .bind(key.caller)
                .bind(key.key.as_slice())
                .fetch_optional(&mut *tx)
                .await?;
        if let Some(known) = known {
            let before: [u8; 32] = array(known.try_get("request")?)?;
            let answer: Option<Vec<u8>> = known.try_get("answer")?;
            return Ok(match answer {
                _ if before != request => Begun::Differs,
                Some(answer) => Begun::Done(answer),
                None => Begun::Open,
            });
        }
        sqlx::query(
            "DELETE FROM repeat WHERE caller = $1 AND key IN (SELECT key FROM repeat \
             WHERE caller = $1 ORDER BY created DESC LIMIT -1 OFFSET $2)",
        )
        .bind(key.caller)
        .bind(KEPT_MOST - 1)
        .execute(&mut *tx)
        .await?;
        sqlx::query("INSERT INTO repeat (caller, key, request, created) VALUES ($1, $2, $3, $4)")
            .bind(key.caller)
            .bind(key.key.as_slice())
            .bind(request.as_slice())
            .bind(micros(now))
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(Begun::First)
    }

    async fn keep_answer(&self, key: RepeatKey, answer: &[u8]) -> Result<(), StoreError> {
        sqlx::query("UPDATE repeat SET answer = $3 WHERE caller = $1 AND key = $2")
            .bind(key.caller)
            .bind(key.key.as_slice())
            .bind(answer)
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    async fn forget_request(&self, key: RepeatKey) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM repeat WHERE caller = $1 AND key = $2 AND answer IS NULL")
            .bind(key.caller)
            .bind(key.key.as_slice())
            .execute(&self.writer)
            .await?;
        Ok(())
    }
}
