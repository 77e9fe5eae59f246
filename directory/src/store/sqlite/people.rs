//! People and their viewers, on SQLite.

use async_trait::async_trait;
use farpane_protocol::ids::{OrgId, UserId, ViewerId};
use farpane_protocol::time::Timestamp;
use sqlx::Row as _;

use super::chain::append;
use super::ends::{Whose, end_sessions};
use super::rows::{account, micros, uuid, viewer};
use super::{SqliteStore, Tx};
use crate::audit::Entry;
use crate::model::text::Email;
use crate::model::{Account, Viewer};
use crate::password::Hashed;
use crate::store::people::ViewerEnrolled;
use crate::store::{People, StoreError};

macro_rules! account_columns {
    ($rest:literal) => {
        concat!(
            "SELECT a.id, a.org, a.email, a.name, a.password, a.disabled FROM account a ",
            $rest
        )
    };
}

pub(super) use account_columns;

/// Whether the key belongs to a device or a relay: one key, one part.
pub(super) async fn is_other_agent(tx: &mut Tx, key: &[u8; 32]) -> Result<bool, StoreError> {
    let found = sqlx::query(
        "SELECT 1 FROM device WHERE key = $1 UNION ALL SELECT 1 FROM relay WHERE key = $1",
    )
    .bind(key.as_slice())
    .fetch_optional(&mut **tx)
    .await?;
    Ok(found.is_some())
}

#[async_trait]
impl People for SqliteStore {
    async fn account_by_email(
        &self,
        email: &Email,
    ) -> Result<Option<(Account, Hashed)>, StoreError> {
        let row = sqlx::query(account_columns!("WHERE a.email = $1"))
            .bind(email.as_str())
            .fetch_optional(&self.readers)
            .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        Ok(Some((account(&row)?, Hashed(row.try_get("password")?))))
    }

    async fn accounts(&self, org: OrgId) -> Result<Vec<Account>, StoreError> {
        let rows = sqlx::query(account_columns!(
            "WHERE a.org = $1 AND a.removed IS NULL ORDER BY a.email"
        ))
        .bind(org.0)
        .fetch_all(&self.readers)
        .await?;
        Ok(rows.iter().map(account).collect::<Result<_, _>>()?)
    }

    async fn set_disabled(
        &self,
        org: OrgId,
        account: UserId,
        disabled: Option<Timestamp>,
        entry: &Entry,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        let changed = sqlx::query(
            "UPDATE account SET disabled = $3 \
             WHERE id = $1 AND org = $2 AND (disabled IS NULL) <> ($3 IS NULL)",
        )
        .bind(account.0)
        .bind(org.0)
        .bind(disabled.map(micros))
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if changed == 0 {
            return Ok(false);
        }
        if let Some(now) = disabled {
            sqlx::query("DELETE FROM web_session WHERE account = $1")
                .bind(account.0)
                .execute(&mut *tx)
                .await?;
            end_sessions(&mut tx, org, Whose::Person(account), now, entry).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    async fn enroll_viewer(
        &self,
        new: &Viewer,
        now: Timestamp,
        entry: &Entry,
    ) -> Result<ViewerEnrolled, StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        if is_other_agent(&mut tx, new.key.as_bytes()).await? {
            return Ok(ViewerEnrolled::KeyTaken);
        }
        // A known key keeps its id, but only under the same account.
        let row = sqlx::query(
            "INSERT INTO viewer (id, org, account, key, name, version, created, signed_in, strong) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8) \
             ON CONFLICT (key) DO UPDATE SET name = excluded.name, version = excluded.version, \
             signed_in = excluded.signed_in, strong = excluded.strong WHERE viewer.account = excluded.account \
             RETURNING id, org, account, key, name, version, strong",
        )
        .bind(new.id.0)
        .bind(new.org.0)
        .bind(new.account.0)
        .bind(new.key.as_bytes().as_slice())
        .bind(&new.name)
        .bind(&new.version)
        .bind(micros(now))
        .bind(new.strong)
        .fetch_optional(&mut *tx)
        .await?;
        let Some(row) = row else {
            return Ok(ViewerEnrolled::KeyTaken);
        };
        let enrolled = viewer(&row)?;
        tx.commit().await?;
        Ok(ViewerEnrolled::Yes(enrolled))
    }

    async fn viewer(&self, id: ViewerId) -> Result<Option<(Viewer, Account)>, StoreError> {
        let row = sqlx::query(
            "SELECT id, org, account, key, name, version, strong FROM viewer WHERE id = $1",
        )
        .bind(id.0)
        .fetch_optional(&self.readers)
        .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let owner = sqlx::query(account_columns!("WHERE a.id = $1"))
            .bind(uuid(&row, "account")?)
            .fetch_one(&self.readers)
            .await?;
        Ok(Some((viewer(&row)?, account(&owner)?)))
    }
}
