//! People as those who manage them see and change them, on SQLite.

use async_trait::async_trait;
use farpane_protocol::ids::{OrgId, UserId, ViewerId};
use farpane_protocol::key::SecretKey;
use farpane_protocol::time::Timestamp;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use super::chain::append;
use super::ends::{Whose, end_sessions};
use super::owners::has_owner;
use super::passwords::drop_links_by;
use super::rows::{account, micros, time, uuid};
use super::ties::gave;
use super::{SqliteStore, Tx};
use crate::audit::Entry;
use crate::model::Account;
use crate::model::access::ViewerSeen;
use crate::password::Hashed;
use crate::store::roles::Change;
use crate::store::staff::ViewerEntry;
use crate::store::{Staff, StoreError};

/// What stands where the name of a removed person stood.
const NOBODY: &str = "a removed person";

fn viewer(row: &SqliteRow) -> Result<ViewerSeen, sqlx::Error> {
    Ok(ViewerSeen {
        id: ViewerId(uuid(row, "id")?),
        name: row.try_get("name")?,
        version: row.try_get("version")?,
        created: time(row, "created")?,
        signed_in: time(row, "signed_in")?,
    })
}

/// Takes a viewer's name and key. The key is replaced by one that nobody holds, so that no look-up
/// by key can find the row again, and the old key is free to be enrolled anew.
pub(super) async fn void_viewer(tx: &mut Tx, id: Uuid, now: Timestamp) -> Result<(), StoreError> {
    let nobodys = SecretKey::from_seed(farpane_certs::random::bytes()).public();
    sqlx::query("UPDATE viewer SET key = $2, name = '', version = '', removed = $3 WHERE id = $1")
        .bind(id)
        .bind(nobodys.as_bytes().as_slice())
        .bind(micros(now))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

async fn sign_out(tx: &mut Tx, account: UserId) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM web_session WHERE account = $1")
        .bind(account.0)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

#[async_trait]
impl Staff for SqliteStore {
    async fn account(&self, org: OrgId, id: UserId) -> Result<Option<Account>, StoreError> {
        let row = sqlx::query(
            "SELECT id, org, email, name, disabled FROM account \
             WHERE id = $1 AND org = $2 AND removed IS NULL",
        )
        .bind(id.0)
        .bind(org.0)
        .fetch_optional(&self.readers)
        .await?;
        Ok(row.as_ref().map(account).transpose()?)
    }

    async fn add_account(
        &self,
        account: &Account,
        password: &Hashed,
        now: Timestamp,
        entry: &Entry,
    ) -> Result<Change, StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        let added = sqlx::query(
            "INSERT INTO account (id, org, email, name, password, created) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (email) DO NOTHING",
        )
        .bind(account.id.0)
        .bind(account.org.0)
        .bind(account.email.as_str())
        .bind(&account.name)
        .bind(&password.0)
        .bind(micros(now))
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if added == 0 {
            return Ok(Change::NameTaken);
        }
        gave(&mut tx, account.id, entry).await?;
        tx.commit().await?;
        Ok(Change::Made)
    }

    async fn rename_account(
        &self,
        org: OrgId,
        id: UserId,
        name: &str,
        entry: &Entry,
    ) -> Result<Change, StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        let changed = sqlx::query(
            "UPDATE account SET name = $3 WHERE id = $1 AND org = $2 AND removed IS NULL",
        )
        .bind(id.0)
        .bind(org.0)
        .bind(name)
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if changed == 0 {
            return Ok(Change::NotThere);
        }
        tx.commit().await?;
        Ok(Change::Made)
    }

    async fn disable_account(
        &self,
        org: OrgId,
        id: UserId,
        now: Timestamp,
        entry: &Entry,
    ) -> Result<Change, StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        let changed = sqlx::query(
            "UPDATE account SET disabled = $3 \
             WHERE id = $1 AND org = $2 AND disabled IS NULL AND removed IS NULL",
        )
        .bind(id.0)
        .bind(org.0)
        .bind(micros(now))
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if changed == 0 {
            return Ok(Change::Was);
        }
        if !has_owner(&mut tx, org, now).await? {
            return Ok(Change::LastOwner);
        }
        sign_out(&mut tx, id).await?;
        drop_links_by(&mut tx, id).await?;
        end_sessions(&mut tx, org, Whose::Person(id), now, entry).await?;
        tx.commit().await?;
        Ok(Change::Made)
    }

    async fn remove_account(
        &self,
        org: OrgId,
        id: UserId,
        now: Timestamp,
        entry: &Entry,
    ) -> Result<Change, StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        // An address that nobody can receive at (RFC 2606) and no password matches.
        let gone = sqlx::query(
            "UPDATE account SET email = $3, name = $4, password = '', removed = $5, \
             disabled = coalesce(disabled, $5) WHERE id = $1 AND org = $2 AND removed IS NULL",
        )
        .bind(id.0)
        .bind(org.0)
        .bind(format!("{}@removed.invalid", id.0))
        .bind(NOBODY)
        .bind(micros(now))
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if gone == 0 {
            return Ok(Change::NotThere);
        }
        for sql in [
            "DELETE FROM assignment WHERE account = $1",
            "DELETE FROM group_member WHERE account = $1",
            "DELETE FROM api_token WHERE account = $1",
            "DELETE FROM totp WHERE account = $1",
            "DELETE FROM passkey WHERE account = $1",
            "DELETE FROM recovery_code WHERE account = $1",
            "DELETE FROM password_link WHERE account = $1",
        ] {
            sqlx::query(sql).bind(id.0).execute(&mut *tx).await?;
        }
        if !has_owner(&mut tx, org, now).await? {
            return Ok(Change::LastOwner);
        }
        sign_out(&mut tx, id).await?;
        drop_links_by(&mut tx, id).await?;
        end_sessions(&mut tx, org, Whose::Person(id), now, entry).await?;
        sqlx::query("UPDATE session SET person = $2, reason = '' WHERE account = $1")
            .bind(id.0)
            .bind(NOBODY)
            .execute(&mut *tx)
            .await?;
        sqlx::query("UPDATE request SET reason = '' WHERE asked_by = $1")
            .bind(id.0)
            .execute(&mut *tx)
            .await?;
        let viewers = sqlx::query("SELECT id FROM viewer WHERE account = $1 AND removed IS NULL")
            .bind(id.0)
            .fetch_all(&mut *tx)
            .await?;
        for row in &viewers {
            void_viewer(&mut tx, uuid(row, "id")?, now).await?;
        }
        tx.commit().await?;
        Ok(Change::Made)
    }

    async fn viewers_of(&self, org: OrgId, id: UserId) -> Result<Vec<ViewerSeen>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, name, version, created, signed_in FROM viewer \
             WHERE account = $1 AND org = $2 AND removed IS NULL ORDER BY signed_in DESC, id",
        )
        .bind(id.0)
        .bind(org.0)
        .fetch_all(&self.readers)
        .await?;
        Ok(rows.iter().map(viewer).collect::<Result<_, _>>()?)
    }

    async fn remove_viewer(
        &self,
        org: OrgId,
        account: UserId,
        id: ViewerId,
        now: Timestamp,
        entry: &Entry,
    ) -> Result<Change, StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        let known = sqlx::query(
            "SELECT 1 FROM viewer WHERE id = $1 AND account = $2 AND org = $3 AND removed IS NULL",
        )
        .bind(id.0)
        .bind(account.0)
        .bind(org.0)
        .fetch_optional(&mut *tx)
        .await?;
        if known.is_none() {
            return Ok(Change::NotThere);
        }
        void_viewer(&mut tx, id.0, now).await?;
        end_sessions(&mut tx, org, Whose::Viewer(id), now, entry).await?;
        tx.commit().await?;
        Ok(Change::Made)
    }
}

/// Removes a person's viewers that were signed in since a moment as part of something else, each
/// with its record.
pub(super) async fn drop_viewers(
    tx: &mut Tx,
    account: UserId,
    since: Timestamp,
    entry: ViewerEntry<'_>,
) -> Result<(), StoreError> {
    let rows = sqlx::query(
        "SELECT id, name, version, created, signed_in FROM viewer \
         WHERE account = $1 AND signed_in >= $2 AND removed IS NULL ORDER BY signed_in DESC, id",
    )
    .bind(account.0)
    .bind(micros(since))
    .fetch_all(&mut **tx)
    .await?;
    for row in &rows {
        let known = viewer(row)?;
        let entry = entry(&known);
        append(tx, &entry).await?;
        void_viewer(tx, known.id.0, entry.at).await?;
        end_sessions(tx, entry.org, Whose::Viewer(known.id), entry.at, &entry).await?;
    }
    Ok(())
}
