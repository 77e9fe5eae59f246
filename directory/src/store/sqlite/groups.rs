//! Groups of people, on SQLite.

use async_trait::async_trait;
use farpane_protocol::ids::{OrgId, UserId};
use farpane_protocol::time::Timestamp;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use super::chain::append;
use super::owners::has_owner;
use super::rows::{account, micros, number, uuid};
use super::{SqliteStore, Tx};
use crate::audit::Entry;
use crate::model::Account;
use crate::model::access::{GROUPS_MOST, Group};
use crate::model::text::fold;
use crate::store::roles::Change;
use crate::store::{Groups, StoreError};

fn group(row: &SqliteRow) -> Result<Group, sqlx::Error> {
    Ok(Group {
        id: uuid(row, "id")?,
        org: OrgId(uuid(row, "org")?),
        name: row.try_get("name")?,
        members: number(row, "members")?,
    })
}

macro_rules! group_columns {
    ($rest:literal) => {
        concat!(
            "SELECT g.id, g.org, g.name, \
             (SELECT count(*) FROM group_member n WHERE n.user_group = g.id) AS members \
             FROM user_group g ",
            $rest
        )
    };
}

async fn name_taken(
    tx: &mut Tx,
    org: OrgId,
    name: &str,
    but: Option<Uuid>,
) -> Result<bool, StoreError> {
    let found = sqlx::query(
        "SELECT 1 FROM user_group WHERE org = $1 AND name_fold = $2 AND ($3 IS NULL OR id <> $3)",
    )
    .bind(org.0)
    .bind(fold(name))
    .bind(but)
    .fetch_optional(&mut **tx)
    .await?;
    Ok(found.is_some())
}

#[async_trait]
impl Groups for SqliteStore {
    async fn groups(&self, org: OrgId) -> Result<Vec<Group>, StoreError> {
        let rows = sqlx::query(group_columns!(
            "WHERE g.org = $1 ORDER BY g.name_fold LIMIT $2"
        ))
        .bind(org.0)
        .bind(GROUPS_MOST)
        .fetch_all(&self.readers)
        .await?;
        Ok(rows.iter().map(group).collect::<Result<_, _>>()?)
    }

    async fn add_group(
        &self,
        new: &Group,
        now: Timestamp,
        entry: &Entry,
    ) -> Result<Change, StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        let kept = sqlx::query("SELECT count(*) AS n FROM user_group WHERE org = $1")
            .bind(new.org.0)
            .fetch_one(&mut *tx)
            .await?;
        if number(&kept, "n")? >= u64::from(GROUPS_MOST) {
            return Ok(Change::Full);
        }
        if name_taken(&mut tx, new.org, &new.name, None).await? {
            return Ok(Change::NameTaken);
        }
        sqlx::query(
            "INSERT INTO user_group (id, org, name, name_fold, created) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(new.id)
        .bind(new.org.0)
        .bind(&new.name)
        .bind(fold(&new.name))
        .bind(micros(now))
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(Change::Made)
    }

    async fn rename_group(
        &self,
        org: OrgId,
        id: Uuid,
        name: &str,
        entry: &Entry,
    ) -> Result<Change, StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        if name_taken(&mut tx, org, name, Some(id)).await? {
            return Ok(Change::NameTaken);
        }
        let changed = sqlx::query(
            "UPDATE user_group SET name = $3, name_fold = $4 WHERE id = $1 AND org = $2",
        )
        .bind(id)
        .bind(org.0)
        .bind(name)
        .bind(fold(name))
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if changed == 0 {
            return Ok(Change::NotThere);
        }
        tx.commit().await?;
        Ok(Change::Made)
    }

    async fn remove_group(
        &self,
        org: OrgId,
        id: Uuid,
        now: Timestamp,
        entry: &Entry,
    ) -> Result<Change, StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        // Members and assignments go with it.
        let gone = sqlx::query("DELETE FROM user_group WHERE id = $1 AND org = $2")
            .bind(id)
            .bind(org.0)
            .execute(&mut *tx)
            .await?
            .rows_affected();
        if gone == 0 {
            return Ok(Change::NotThere);
        }
        if !has_owner(&mut tx, org, now).await? {
            return Ok(Change::LastOwner);
        }
        tx.commit().await?;
        Ok(Change::Made)
    }

    async fn members(&self, org: OrgId, group: Uuid) -> Result<Vec<Account>, StoreError> {
        let rows = sqlx::query(
            "SELECT a.id, a.org, a.email, a.name, a.disabled FROM group_member m \
             JOIN user_group g ON g.id = m.user_group JOIN account a ON a.id = m.account \
             WHERE g.id = $1 AND g.org = $2 ORDER BY a.email",
        )
        .bind(group)
        .bind(org.0)
        .fetch_all(&self.readers)
        .await?;
        Ok(rows.iter().map(account).collect::<Result<_, _>>()?)
    }

    async fn groups_of(&self, org: OrgId, account: UserId) -> Result<Vec<Group>, StoreError> {
        let rows = sqlx::query(group_columns!(
            "JOIN group_member m ON m.user_group = g.id \
             WHERE g.org = $1 AND m.account = $2 ORDER BY g.name_fold"
        ))
        .bind(org.0)
        .bind(account.0)
        .fetch_all(&self.readers)
        .await?;
        Ok(rows.iter().map(group).collect::<Result<_, _>>()?)
    }

    async fn join_group(
        &self,
        org: OrgId,
        group: Uuid,
        account: UserId,
        entry: &Entry,
    ) -> Result<Change, StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        let both = sqlx::query(
            "SELECT 1 FROM user_group g, account a WHERE g.id = $1 AND g.org = $3 \
             AND a.id = $2 AND a.org = $3 AND a.removed IS NULL",
        )
        .bind(group)
        .bind(account.0)
        .bind(org.0)
        .fetch_optional(&mut *tx)
        .await?;
        if both.is_none() {
            return Ok(Change::NotThere);
        }
        let joined = sqlx::query(
            "INSERT INTO group_member (user_group, account, joined, joined_by) \
             VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        )
        .bind(group)
        .bind(account.0)
        .bind(micros(entry.at))
        .bind(entry.actor.person().map(|by| by.0))
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if joined == 0 {
            return Ok(Change::Was);
        }
        tx.commit().await?;
        Ok(Change::Made)
    }

    async fn leave_group(
        &self,
        org: OrgId,
        group: Uuid,
        account: UserId,
        now: Timestamp,
        entry: &Entry,
    ) -> Result<Change, StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        let gone = sqlx::query(
            "DELETE FROM group_member WHERE user_group = $1 AND account = $2 \
             AND EXISTS (SELECT 1 FROM user_group g WHERE g.id = $1 AND g.org = $3)",
        )
        .bind(group)
        .bind(account.0)
        .bind(org.0)
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if gone == 0 {
            return Ok(Change::NotThere);
        }
        if !has_owner(&mut tx, org, now).await? {
            return Ok(Change::LastOwner);
        }
        tx.commit().await?;
        Ok(Change::Made)
    }
}
