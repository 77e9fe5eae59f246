//! Who is signed in to the console, and what an organisation asks of them, on SQLite.

use std::time::Duration;

use async_trait::async_trait;
use farpane_protocol::ids::{OrgId, TenantId, UserId};
use farpane_protocol::time::Timestamp;
use sqlx::Row as _;
use uuid::Uuid;

use super::chain::append;
use super::people::account_columns;
use super::rows::{account, micros, number, uuid, web_session};
use super::{SqliteStore, Tx};
use crate::audit::Entry;
use crate::model::proof::{Proved, SignInRules, WebSession};
use crate::secret::SecretDigest;
use crate::store::web_sessions::{Ended, SignedInWeb};
use crate::store::{StoreError, WebSessions};

/// Ends sessions of a person inside a transaction; how many there were.
pub(super) async fn end(tx: &mut Tx, account: UserId, which: Ended) -> Result<u64, StoreError> {
    let ended = match which {
        Ended::All => sqlx::query("DELETE FROM web_session WHERE account = $1").bind(account.0),
        Ended::One(id) => sqlx::query("DELETE FROM web_session WHERE account = $1 AND id = $2")
            .bind(account.0)
            .bind(id),
        Ended::AllBut(id) => sqlx::query("DELETE FROM web_session WHERE account = $1 AND id <> $2")
            .bind(account.0)
            .bind(id),
    };
    Ok(ended.execute(&mut **tx).await?.rows_affected())
}

fn seconds(span: Duration) -> i64 {
    i64::try_from(span.as_secs()).unwrap_or(i64::MAX)
}

#[async_trait]
impl WebSessions for SqliteStore {
    async fn open_web_session(
        &self,
        session: &WebSession,
        token: SecretDigest,
        entry: &Entry,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        // Old ones go when new ones come, so that the table never outgrows who is signed in.
        sqlx::query("DELETE FROM web_session WHERE expires <= $1")
            .bind(micros(session.created))
            .execute(&mut *tx)
            .await?;
        sqlx::query(
            "INSERT INTO web_session (id, token, org, account, created, last_used, expires, \
             address, browser, proved, proved_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        )
        .bind(session.id)
        .bind(token.0.as_slice())
        .bind(session.org.0)
        .bind(session.account.0)
        .bind(micros(session.created))
        .bind(micros(session.last_used))
        .bind(micros(session.expires))
        .bind(&session.address)
        .bind(&session.browser)
        .bind(session.proved.word())
        .bind(micros(session.proved_at))
        .execute(&mut *tx)
        .await?;
        Ok(tx.commit().await?)
    }

    async fn web_session(&self, token: SecretDigest) -> Result<Option<SignedInWeb>, StoreError> {
        let row = sqlx::query(
            "SELECT w.id, w.org, w.account, w.created, w.last_used, w.expires, w.address, \
             w.browser, w.proved, w.proved_at, \
             (SELECT a.language FROM account a WHERE a.id = w.account) AS language, \
             EXISTS (SELECT 1 FROM totp t WHERE t.account = w.account) \
             OR EXISTS (SELECT 1 FROM passkey p WHERE p.account = w.account) AS has_factor \
             FROM web_session w WHERE w.token = $1",
        )
        .bind(token.0.as_slice())
        .fetch_optional(&self.readers)
        .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let session = web_session(&row)?;
        let owner = sqlx::query(account_columns!("WHERE a.id = $1 AND a.disabled IS NULL"))
            .bind(session.account.0)
            .fetch_optional(&self.readers)
            .await?;
        let Some(owner) = owner else {
            return Ok(None);
        };
        Ok(Some(SignedInWeb {
            session,
            account: account(&owner)?,
            has_factor: row.try_get("has_factor")?,
            language: row.try_get("language")?,
        }))
    }

    async fn set_language(
        &self,
        account: UserId,
        language: Option<&str>,
        entry: &Entry,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        sqlx::query("UPDATE account SET language = $2 WHERE id = $1")
            .bind(account.0)
            .bind(language)
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    async fn touch_web_session(&self, id: Uuid, now: Timestamp) -> Result<(), StoreError> {
        sqlx::query("UPDATE web_session SET last_used = $2 WHERE id = $1 AND last_used < $2")
            .bind(id)
            .bind(micros(now))
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    async fn prove_web_session(
        &self,
        id: Uuid,
        proved: Proved,
        now: Timestamp,
        token: SecretDigest,
        entry: &Entry,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        let changed = sqlx::query(
            "UPDATE web_session SET proved = $2, proved_at = $3, token = $4 WHERE id = $1",
        )
        .bind(id)
        .bind(proved.word())
        .bind(micros(now))
        .bind(token.0.as_slice())
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if changed == 0 {
            return Ok(false);
        }
        tx.commit().await?;
        Ok(true)
    }

    async fn web_sessions(&self, account: UserId) -> Result<Vec<WebSession>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, org, account, created, last_used, expires, address, browser, proved, \
             proved_at FROM web_session WHERE account = $1 ORDER BY last_used DESC, id LIMIT 100",
        )
        .bind(account.0)
        .fetch_all(&self.readers)
        .await?;
        Ok(rows.iter().map(web_session).collect::<Result<_, _>>()?)
    }

    async fn end_web_sessions(
        &self,
        account: UserId,
        which: Ended,
        entry: &Entry,
    ) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        let ended = end(&mut tx, account, which).await?;
        if ended > 0 {
            tx.commit().await?;
        }
        Ok(ended)
    }

    async fn sign_in_rules(&self, org: OrgId) -> Result<SignInRules, StoreError> {
        let row = sqlx::query("SELECT factor, idle, life FROM sign_in_rules WHERE org = $1")
            .bind(org.0)
            .fetch_optional(&self.readers)
            .await?;
        let mut rules = SignInRules::default();
        if let Some(row) = row {
            rules.factor = row.try_get("factor")?;
            rules.idle = Duration::from_secs(number(&row, "idle")?);
            rules.life = Duration::from_secs(number(&row, "life")?);
        }
        let tenants = sqlx::query("SELECT tenant FROM tenant_factor WHERE org = $1")
            .bind(org.0)
            .fetch_all(&self.readers)
            .await?;
        rules.tenants = tenants
            .iter()
            .map(|row| uuid(row, "tenant").map(TenantId))
            .collect::<Result<_, _>>()?;
        Ok(rules)
    }

    async fn set_sign_in_rules(
        &self,
        org: OrgId,
        rules: &SignInRules,
        entry: &Entry,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        sqlx::query(
            "INSERT INTO sign_in_rules (org, factor, idle, life) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (org) DO UPDATE SET factor = excluded.factor, idle = excluded.idle, \
             life = excluded.life",
        )
        .bind(org.0)
        .bind(rules.factor)
        .bind(seconds(rules.idle))
        .bind(seconds(rules.life))
        .execute(&mut *tx)
        .await?;
        // A shorter life holds for those who are signed in already.
        sqlx::query(
            "UPDATE web_session SET expires = min(expires, created + $2 * 1000000) WHERE org = $1",
        )
        .bind(org.0)
        .bind(seconds(rules.life))
        .execute(&mut *tx)
        .await?;
        Ok(tx.commit().await?)
    }

    async fn set_tenant_factor(
        &self,
        org: OrgId,
        tenant: TenantId,
        needed: bool,
        entry: &Entry,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        let query = if needed {
            "INSERT INTO tenant_factor (tenant, org) \
             SELECT id, org FROM tenant WHERE id = $1 AND org = $2 ON CONFLICT DO NOTHING"
        } else {
            "DELETE FROM tenant_factor WHERE tenant = $1 AND org = $2"
        };
        let changed = sqlx::query(query)
            .bind(tenant.0)
            .bind(org.0)
            .execute(&mut *tx)
            .await?
            .rows_affected();
        if changed == 0 {
            return Ok(false);
        }
        tx.commit().await?;
        Ok(true)
    }
}
