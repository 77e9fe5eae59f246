//! Authenticator apps, passkeys and recovery codes, on SQLite.

use async_trait::async_trait;
use farpane_protocol::ids::UserId;
use farpane_protocol::time::Timestamp;
use sqlx::Row as _;
use uuid::Uuid;

use super::SqliteStore;
use super::chain::append;
use super::people::account_columns;
use super::rows::{account, maybe_time, micros, number, passkey};
use super::staff::drop_viewers;
use super::ties::gave;
use super::web_sessions::end;
use crate::audit::Entry;
use crate::model::Account;
use crate::model::proof::{Factors as Kept, Passkey};
use crate::secret::SecretDigest;
use crate::store::factors::SealedApp;
use crate::store::staff::ViewerEntry;
use crate::store::web_sessions::Ended;
use crate::store::{Factors, StoreError};

macro_rules! passkey_columns {
    ($rest:literal) => {
        concat!(
            "SELECT id, org, account, name, credential_id, credential, created, last_used \
             FROM passkey ",
            $rest
        )
    };
}

fn step(step: u64) -> i64 {
    i64::try_from(step).unwrap_or(i64::MAX)
}

#[async_trait]
impl Factors for SqliteStore {
    async fn factors(&self, account: UserId) -> Result<Kept, StoreError> {
        let row = sqlx::query(
            "SELECT (SELECT created FROM totp WHERE account = $1) AS app, \
             (SELECT count(*) FROM recovery_code WHERE account = $1 AND used IS NULL) AS codes",
        )
        .bind(account.0)
        .fetch_one(&self.readers)
        .await?;
        let passkeys = sqlx::query(passkey_columns!("WHERE account = $1 ORDER BY created, id"))
            .bind(account.0)
            .fetch_all(&self.readers)
            .await?;
        Ok(Kept {
            app: maybe_time(&row, "app")?,
            passkeys: passkeys.iter().map(passkey).collect::<Result<_, _>>()?,
            recovery_left: u32::try_from(number(&row, "codes")?).unwrap_or(u32::MAX),
        })
    }

    async fn app(&self, account: UserId) -> Result<Option<SealedApp>, StoreError> {
        let row = sqlx::query("SELECT secret, last_step FROM totp WHERE account = $1")
            .bind(account.0)
            .fetch_optional(&self.readers)
            .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        Ok(Some(SealedApp {
            secret: row.try_get("secret")?,
            last_step: number(&row, "last_step")?,
        }))
    }

    async fn set_app(
        &self,
        account: &Account,
        app: &SealedApp,
        now: Timestamp,
        which: Ended,
        entry: &Entry,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        sqlx::query(
            "INSERT INTO totp (account, org, secret, created, last_step) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (account) DO UPDATE SET \
             secret = excluded.secret, created = excluded.created, last_step = excluded.last_step",
        )
        .bind(account.id.0)
        .bind(account.org.0)
        .bind(&app.secret)
        .bind(micros(now))
        .bind(step(app.last_step))
        .execute(&mut *tx)
        .await?;
        end(&mut tx, account.id, which).await?;
        Ok(tx.commit().await?)
    }

    async fn remove_app(
        &self,
        account: UserId,
        which: Ended,
        entry: &Entry,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        let removed = sqlx::query("DELETE FROM totp WHERE account = $1")
            .bind(account.0)
            .execute(&mut *tx)
            .await?
            .rows_affected();
        if removed == 0 {
            return Ok(false);
        }
        end(&mut tx, account, which).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn use_app_step(&self, account: UserId, used: u64) -> Result<bool, StoreError> {
        // One statement on one connection: two that show the same code at once meet here.
        let changed =
            sqlx::query("UPDATE totp SET last_step = $2 WHERE account = $1 AND last_step < $2")
                .bind(account.0)
                .bind(step(used))
                .execute(&self.writer)
                .await?
                .rows_affected();
        Ok(changed > 0)
    }

    async fn passkey(&self, credential: &[u8]) -> Result<Option<(Passkey, Account)>, StoreError> {
        let row = sqlx::query(passkey_columns!("WHERE credential_id = $1"))
            .bind(credential)
            .fetch_optional(&self.readers)
            .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let passkey = passkey(&row)?;
        let owner = sqlx::query(account_columns!("WHERE a.id = $1"))
            .bind(passkey.account.0)
            .fetch_one(&self.readers)
            .await?;
        Ok(Some((passkey, account(&owner)?)))
    }

    async fn add_passkey(
        &self,
        passkey: &Passkey,
        which: Ended,
        entry: &Entry,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        let added = sqlx::query(
            "INSERT INTO passkey (id, org, account, name, credential_id, credential, created) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (credential_id) DO NOTHING",
        )
        .bind(passkey.id)
        .bind(passkey.org.0)
        .bind(passkey.account.0)
        .bind(&passkey.name)
        .bind(&passkey.credential_id)
        .bind(&passkey.credential)
        .bind(micros(passkey.created))
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if added == 0 {
            return Ok(false);
        }
        end(&mut tx, passkey.account, which).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn remove_passkey(
        &self,
        account: UserId,
        passkey: Uuid,
        which: Ended,
        entry: &Entry,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        let removed = sqlx::query("DELETE FROM passkey WHERE id = $1 AND account = $2")
            .bind(passkey)
            .bind(account.0)
            .execute(&mut *tx)
            .await?
            .rows_affected();
        if removed == 0 {
            return Ok(false);
        }
        end(&mut tx, account, which).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn use_passkey(
        &self,
        passkey: Uuid,
        credential: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        sqlx::query("UPDATE passkey SET credential = $2, last_used = $3 WHERE id = $1")
            .bind(passkey)
            .bind(credential)
            .bind(micros(now))
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    async fn set_recovery_codes(
        &self,
        account: UserId,
        codes: &[SecretDigest],
        entry: &Entry,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        sqlx::query("DELETE FROM recovery_code WHERE account = $1")
            .bind(account.0)
            .execute(&mut *tx)
            .await?;
        for code in codes {
            sqlx::query("INSERT INTO recovery_code (account, digest) VALUES ($1, $2)")
                .bind(account.0)
                .bind(code.0.as_slice())
                .execute(&mut *tx)
                .await?;
        }
        Ok(tx.commit().await?)
    }

    async fn use_recovery_code(
        &self,
        account: UserId,
        code: SecretDigest,
        now: Timestamp,
        entry: &Entry,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        let used = sqlx::query(
            "UPDATE recovery_code SET used = $3 \
             WHERE account = $1 AND digest = $2 AND used IS NULL",
        )
        .bind(account.0)
        .bind(code.0.as_slice())
        .bind(micros(now))
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if used == 0 {
            return Ok(false);
        }
        tx.commit().await?;
        Ok(true)
    }

    async fn clear_factors(
        &self,
        account: UserId,
        viewers: Option<ViewerEntry<'_>>,
        entry: &Entry,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        if let Some(viewer) = viewers {
            drop_viewers(&mut tx, account, Timestamp(0), viewer).await?;
        }
        let had = sqlx::query(
            "SELECT 1 FROM totp WHERE account = $1 UNION ALL SELECT 1 FROM passkey \
             WHERE account = $1 UNION ALL SELECT 1 FROM recovery_code WHERE account = $1 LIMIT 1",
        )
        .bind(account.0)
        .fetch_optional(&mut *tx)
        .await?;
        if had.is_none() {
            // Nothing is there to take, so nothing is said of it; the viewers go all the same.
            tx.commit().await?;
            return Ok(false);
        }
        append(&mut tx, entry).await?;
        for query in [
            "DELETE FROM totp WHERE account = $1",
            "DELETE FROM passkey WHERE account = $1",
            "DELETE FROM recovery_code WHERE account = $1",
        ] {
            sqlx::query(query).bind(account.0).execute(&mut *tx).await?;
        }
        end(&mut tx, account, Ended::All).await?;
        gave(&mut tx, account, entry).await?;
        tx.commit().await?;
        Ok(true)
    }
}
