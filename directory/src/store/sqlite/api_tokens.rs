//! API tokens, on SQLite.

use std::time::Duration;

use async_trait::async_trait;
use farpane_protocol::ids::{OrgId, UserId};
use farpane_protocol::time::Timestamp;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use super::SqliteStore;
use super::chain::append;
use super::rights::{actions, place, place_columns};
use super::roles::action_names;
use super::rows::{account, micros, number, time, timestamp, uuid};
use crate::audit::Entry;
use crate::model::api_token::{ApiToken, TOKENS_MOST};
use crate::policy::rights::RoleRights;
use crate::secret::SecretDigest;
use crate::store::api_tokens::TokenUse;
use crate::store::roles::Change;
use crate::store::{ApiTokens, StoreError};

/// How exact "last used" is: a busy program must not cost a write for every request.
const USED_EVERY: Duration = Duration::from_secs(60);

/// Tokens of everybody that are listed at once.
const LISTED: u32 = 10_000;

fn token(row: &SqliteRow) -> Result<ApiToken, sqlx::Error> {
    let used: Option<i64> = row.try_get("last_used")?;
    Ok(ApiToken {
        id: uuid(row, "token_id")?,
        org: OrgId(uuid(row, "org")?),
        account: UserId(uuid(row, "account")?),
        name: row.try_get("token_name")?,
        rights: RoleRights {
            reach: row.try_get::<i64, _>("reach")? != 0,
            actions: actions(row.try_get("actions")?),
            ..RoleRights::default()
        },
        place: place(row)?,
        created: time(row, "created")?,
        expires: time(row, "expires")?,
        last_used: used.map(timestamp),
    })
}

macro_rules! token_columns {
    ($more:literal, $rest:literal) => {
        concat!(
            "SELECT t.id AS token_id, t.org, t.account, t.name AS token_name, t.reach, t.actions, \
             t.place_kind, t.place, t.created, t.expires, t.last_used",
            $more,
            " FROM api_token t ",
            $rest
        )
    };
}

#[async_trait]
impl ApiTokens for SqliteStore {
    async fn add_api_token(
        &self,
        new: &ApiToken,
        secret: SecretDigest,
        entry: &Entry,
    ) -> Result<Change, StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        // What expired long ago makes room by itself.
        sqlx::query("DELETE FROM api_token WHERE account = $1 AND expires <= $2")
            .bind(new.account.0)
            .bind(micros(new.created))
            .execute(&mut *tx)
            .await?;
        let kept = sqlx::query("SELECT count(*) AS n FROM api_token WHERE account = $1")
            .bind(new.account.0)
            .fetch_one(&mut *tx)
            .await?;
        if number(&kept, "n")? >= u64::from(TOKENS_MOST) {
            return Ok(Change::Full);
        }
        let (kind, place) = place_columns(new.place);
        let made = sqlx::query(
            "INSERT INTO api_token (id, org, account, name, secret, reach, actions, place_kind, \
             place, created, expires) SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11 \
             WHERE EXISTS (SELECT 1 FROM account WHERE id = $3 AND org = $2 AND removed IS NULL)",
        )
        .bind(new.id)
        .bind(new.org.0)
        .bind(new.account.0)
        .bind(&new.name)
        .bind(secret.0.as_slice())
        .bind(new.rights.reach)
        .bind(action_names(&new.rights))
        .bind(kind)
        .bind(place)
        .bind(micros(new.created))
        .bind(micros(new.expires))
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if made == 0 {
            return Ok(Change::NotThere);
        }
        tx.commit().await?;
        Ok(Change::Made)
    }

    async fn use_api_token(
        &self,
        secret: SecretDigest,
        now: Timestamp,
    ) -> Result<TokenUse, StoreError> {
        let row = sqlx::query(token_columns!(
            ", a.id, a.email, a.name, a.disabled",
            "JOIN account a ON a.id = t.account WHERE t.secret = $1 \
             AND a.removed IS NULL"
        ))
        .bind(secret.0.as_slice())
        .fetch_optional(&self.readers)
        .await?;
        let Some(row) = row else {
            return Ok(TokenUse::Unknown);
        };
        let (found, owner) = (token(&row)?, account(&row)?);
        if found.expires <= now {
            return Ok(TokenUse::Expired);
        }
        if owner.disabled.is_some() {
            return Ok(TokenUse::OwnerDisabled);
        }
        if found.last_used.is_none_or(|at| now.since(at) >= USED_EVERY) {
            sqlx::query("UPDATE api_token SET last_used = $2 WHERE id = $1")
                .bind(found.id)
                .bind(micros(now))
                .execute(&self.writer)
                .await?;
        }
        Ok(TokenUse::Works(Box::new((found, owner))))
    }

    async fn api_tokens(
        &self,
        org: OrgId,
        account: Option<UserId>,
    ) -> Result<Vec<ApiToken>, StoreError> {
        let rows = sqlx::query(token_columns!(
            "",
            "WHERE t.org = $1 AND ($2 IS NULL OR t.account = $2) \
             ORDER BY t.created DESC, t.id LIMIT $3"
        ))
        .bind(org.0)
        .bind(account.map(|account| account.0))
        .bind(LISTED)
        .fetch_all(&self.readers)
        .await?;
        Ok(rows.iter().map(token).collect::<Result<_, _>>()?)
    }

    async fn revoke_api_token(
        &self,
        org: OrgId,
        id: Uuid,
        entry: &Entry,
    ) -> Result<Change, StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        let gone = sqlx::query("DELETE FROM api_token WHERE id = $1 AND org = $2")
            .bind(id)
            .bind(org.0)
            .execute(&mut *tx)
            .await?
            .rows_affected();
        if gone == 0 {
            return Ok(Change::NotThere);
        }
        tx.commit().await?;
        Ok(Change::Made)
    }
}
