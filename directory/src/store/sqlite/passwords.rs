//! Passwords and the links that set them, on SQLite.

use async_trait::async_trait;
use farpane_protocol::ids::{OrgId, UserId};
use farpane_protocol::time::Timestamp;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::chain::append;
use super::people::account_columns;
use super::rows::{account, micros, time, uuid};
use super::staff::drop_viewers;
use super::ties::gave;
use super::web_sessions::end;
use super::{SqliteStore, Tx};
use crate::audit::Entry;
use crate::model::Account;
use crate::model::proof::{LinkKind, PasswordLink};
use crate::password::Hashed;
use crate::secret::SecretDigest;
use crate::store::staff::ViewerEntry;
use crate::store::web_sessions::Ended;
use crate::store::{Passwords, StoreError};

const fn kind_word(kind: LinkKind) -> &'static str {
    match kind {
        LinkKind::Invitation => "invitation",
        LinkKind::Reset => "reset",
    }
}

fn link(row: &SqliteRow) -> Result<PasswordLink, sqlx::Error> {
    Ok(PasswordLink {
        org: OrgId(uuid(row, "org")?),
        account: UserId(uuid(row, "account")?),
        kind: match row.try_get::<&str, _>("kind")? {
            "invitation" => LinkKind::Invitation,
            _ => LinkKind::Reset,
        },
        created: time(row, "created")?,
        expires: time(row, "expires")?,
    })
}

async fn add_link(
    tx: &mut Tx,
    link: &PasswordLink,
    secret: SecretDigest,
    entry: &Entry,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO password_link (account, org, kind, secret, created, expires, made_by) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (account) DO UPDATE SET \
         kind = excluded.kind, secret = excluded.secret, created = excluded.created, \
         expires = excluded.expires, made_by = excluded.made_by",
    )
    .bind(link.account.0)
    .bind(link.org.0)
    .bind(kind_word(link.kind))
    .bind(secret.0.as_slice())
    .bind(micros(link.created))
    .bind(micros(link.expires))
    .bind(entry.actor.person().map(|by| by.0))
    .execute(&mut **tx)
    .await?;
    gave(tx, link.account, entry).await
}

/// Voids every link that somebody made, who is disabled or removed.
pub(super) async fn drop_links_by(tx: &mut Tx, maker: UserId) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM password_link WHERE made_by = $1")
        .bind(maker.0)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

async fn drop_link(tx: &mut Tx, account: UserId) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM password_link WHERE account = $1")
        .bind(account.0)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

#[async_trait]
impl Passwords for SqliteStore {
    async fn account_of(
        &self,
        org: OrgId,
        id: UserId,
    ) -> Result<Option<(Account, Hashed)>, StoreError> {
        let row = sqlx::query(account_columns!("WHERE a.id = $1 AND a.org = $2"))
            .bind(id.0)
            .bind(org.0)
            .fetch_optional(&self.readers)
            .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        Ok(Some((account(&row)?, Hashed(row.try_get("password")?))))
    }

    async fn set_password(
        &self,
        account: &Account,
        password: &Hashed,
        which: Ended,
        entry: &Entry,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        sqlx::query("UPDATE account SET password = $2 WHERE id = $1")
            .bind(account.id.0)
            .bind(&password.0)
            .execute(&mut *tx)
            .await?;
        drop_link(&mut tx, account.id).await?;
        end(&mut tx, account.id, which).await?;
        Ok(tx.commit().await?)
    }

    async fn invite(
        &self,
        account: &Account,
        password: &Hashed,
        link: &PasswordLink,
        secret: SecretDigest,
        entry: &Entry,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        let made = sqlx::query(
            "INSERT INTO account (id, org, email, name, password, created) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (email) DO NOTHING",
        )
        .bind(account.id.0)
        .bind(account.org.0)
        .bind(account.email.as_str())
        .bind(&account.name)
        .bind(&password.0)
        .bind(micros(link.created))
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if made == 0 {
            return Ok(false);
        }
        add_link(&mut tx, link, secret, entry).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn add_password_link(
        &self,
        link: &PasswordLink,
        secret: SecretDigest,
        viewers: Option<ViewerEntry<'_>>,
        entry: &Entry,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        if let Some(viewer) = viewers {
            drop_viewers(&mut tx, link.account, Timestamp(0), viewer).await?;
        }
        add_link(&mut tx, link, secret, entry).await?;
        Ok(tx.commit().await?)
    }

    async fn password_link(
        &self,
        secret: SecretDigest,
    ) -> Result<Option<(PasswordLink, Account)>, StoreError> {
        let row = sqlx::query(
            "SELECT account, org, kind, created, expires FROM password_link WHERE secret = $1",
        )
        .bind(secret.0.as_slice())
        .fetch_optional(&self.readers)
        .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let link = link(&row)?;
        let owner = self.account_of(link.org, link.account).await?;
        Ok(owner.map(|(owner, _)| (link, owner)))
    }

    async fn password_links(&self, org: OrgId) -> Result<Vec<PasswordLink>, StoreError> {
        let rows = sqlx::query(
            "SELECT account, org, kind, created, expires FROM password_link WHERE org = $1 \
             ORDER BY created, account",
        )
        .bind(org.0)
        .fetch_all(&self.readers)
        .await?;
        Ok(rows.iter().map(link).collect::<Result<_, _>>()?)
    }

    async fn use_password_link(
        &self,
        secret: SecretDigest,
        name: &str,
        password: &Hashed,
        now: Timestamp,
        viewer: ViewerEntry<'_>,
        entry: &Entry,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        let used = sqlx::query(
            "DELETE FROM password_link WHERE secret = $1 AND expires > $2 \
             RETURNING account, org, kind, created, expires",
        )
        .bind(secret.0.as_slice())
        .bind(micros(now))
        .fetch_optional(&mut *tx)
        .await?;
        let Some(used) = used else {
            return Ok(false);
        };
        let used = link(&used)?;
        let account = used.account;
        match used.kind {
            // Whoever knew the old password could sign one in until now.
            LinkKind::Reset => drop_viewers(&mut tx, account, used.created, viewer).await?,
            LinkKind::Invitation => {}
        }
        sqlx::query("UPDATE account SET password = $2, name = $3 WHERE id = $1")
            .bind(account.0)
            .bind(&password.0)
            .bind(name)
            .execute(&mut *tx)
            .await?;
        end(&mut tx, account, Ended::All).await?;
        tx.commit().await?;
        Ok(true)
    }
}
