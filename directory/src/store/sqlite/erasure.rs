//! Erasing a person from beside the record, on SQLite. Looking for what is theirs reads the whole
//! record, without holding anybody up; taking it away is one transaction with the entry that says
//! so.

use async_trait::async_trait;
use farpane_protocol::ids::{OrgId, UserId};
use sqlx::Row as _;

use super::SqliteStore;
use super::chain::{append, signed};
use super::rows::number;
use crate::audit::Entry;
use crate::store::erasure::Erased;
use crate::store::{Erasure, StoreError};

/// Records that are looked at in one step, so that no reader keeps the log of the database long.
const AT_ONCE: i64 = 50_000;

/// What a removed person was called, as a JSON list of texts: their addresses or their names.
async fn called(
    store: &SqliteStore,
    what: &'static str,
    org: OrgId,
    account: UserId,
) -> Result<String, StoreError> {
    let list: Option<String> = sqlx::query_scalar(what)
        .bind(org.0)
        .bind(account.0)
        .fetch_one(&store.readers)
        .await?;
    Ok(list.unwrap_or_else(|| "[]".into()))
}

/// Addresses beside records about the person, or of when they signed in; not one that somebody
/// else has now.
const ADDRESSES: &str = "SELECT json_group_array(DISTINCT lower(r.personal ->> 'account')) \
     FROM record r WHERE r.org = $1 AND (r.subject = $2 OR (r.actor = $2 \
     AND r.kind IN ('console_signed_in', 'viewer_signed_in'))) \
     AND r.personal ->> 'account' IS NOT NULL \
     AND NOT EXISTS (SELECT 1 FROM account a WHERE a.email = lower(r.personal ->> 'account'))";

const NAMES: &str = "SELECT json_group_array(DISTINCT r.personal ->> 'name') FROM record r \
     WHERE r.org = $1 AND r.subject = $2 \
     AND r.kind IN ('person_invited', 'account_renamed', 'account_removed') \
     AND r.personal ->> 'name' IS NOT NULL";

#[async_trait]
impl Erasure for SqliteStore {
    async fn erase_personal(
        &self,
        org: OrgId,
        account: UserId,
        entry: &Entry,
    ) -> Result<Erased, StoreError> {
        let row = sqlx::query(
            "SELECT removed IS NOT NULL AS gone FROM account WHERE id = $1 AND org = $2",
        )
        .bind(account.0)
        .bind(org.0)
        .fetch_optional(&self.readers)
        .await?;
        match row.map(|row| row.try_get::<bool, _>("gone")).transpose()? {
            None => return Ok(Erased::NotThere),
            Some(false) => return Ok(Erased::StillHere),
            Some(true) => {}
        }
        let addresses = called(self, ADDRESSES, org, account).await?;
        let names = called(self, NAMES, org, account).await?;
        let newest = sqlx::query("SELECT coalesce(max(number), 0) AS number FROM record")
            .fetch_one(&self.readers)
            .await?;
        let newest = signed(number(&newest, "number")?);
        let mut theirs: Vec<i64> = Vec::new();
        let mut after = 0;
        while after < newest {
            let some: Vec<i64> = sqlx::query_scalar(
                "SELECT number FROM record WHERE org = $1 AND number > $2 AND number <= $3 \
                 AND personal IS NOT NULL AND (actor = $4 OR subject = $4 \
                 OR instr(body, $5) > 0 \
                 OR lower(personal ->> 'account') IN (SELECT value FROM json_each($6)) \
                 OR (kind = 'request_decided' \
                     AND personal ->> 'person' IN (SELECT value FROM json_each($7))))",
            )
            .bind(org.0)
            .bind(after)
            .bind(after + AT_ONCE)
            .bind(account.0)
            .bind(account.0.to_string().into_bytes())
            .bind(&addresses)
            .bind(&names)
            .fetch_all(&self.readers)
            .await?;
            theirs.extend(some);
            after += AT_ONCE;
        }
        let theirs = serde_json::to_string(&theirs).map_err(|error| StoreError(error.into()))?;
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        let erased = sqlx::query(
            "UPDATE record SET personal = NULL \
             WHERE number IN (SELECT value FROM json_each($1)) AND personal IS NOT NULL",
        )
        .bind(theirs)
        .execute(&mut *tx)
        .await?
        .rows_affected();
        tx.commit().await?;
        // What was overwritten stands in the log of the database until that is emptied. If somebody
        // reads from it just now, the next time it is emptied has to do.
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
            .execute(&self.writer)
            .await?;
        Ok(Erased::Yes(erased))
    }
}
