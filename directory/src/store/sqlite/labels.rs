//! Tags, custom fields and saved searches on SQLite.

use async_trait::async_trait;
use farpane_protocol::ids::{OrgId, UserId};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use super::SqliteStore;
use super::chain::append;
use super::rows::{micros, number, uuid};
use crate::audit::Entry;
use crate::model::catalogue::SavedSearch;
use crate::model::field::{Field, FieldKind};
use crate::model::text::fold;
use crate::store::{Labels, StoreError};

fn field(row: &SqliteRow) -> Result<Field, sqlx::Error> {
    let choices: &str = row.try_get("choices")?;
    let choices = choices.lines().map(str::to_owned).collect();
    Ok(Field {
        num: row.try_get("num")?,
        key: row.try_get("key")?,
        label: row.try_get("label")?,
        kind: FieldKind::of(row.try_get("kind")?, choices)
            .ok_or_else(|| sqlx::Error::Decode("the stored kind of field is not one".into()))?,
    })
}

fn saved(row: &SqliteRow) -> Result<SavedSearch, sqlx::Error> {
    Ok(SavedSearch {
        id: uuid(row, "id")?,
        owner: UserId(uuid(row, "owner")?),
        shared: row.try_get("shared")?,
        name: row.try_get("name")?,
        query: row.try_get("query")?,
    })
}

#[async_trait]
impl Labels for SqliteStore {
    async fn tags(&self, org: OrgId) -> Result<Vec<(String, u64)>, StoreError> {
        let rows = sqlx::query(
            "SELECT name, (SELECT count(*) FROM device_tag g WHERE g.tag = t.num) AS devices \
             FROM tag t WHERE org = $1 ORDER BY name_fold",
        )
        .bind(org.0)
        .fetch_all(&self.readers)
        .await?;
        let read = |row: &SqliteRow| Ok((row.try_get("name")?, number(row, "devices")?));
        Ok(rows.iter().map(read).collect::<Result<_, sqlx::Error>>()?)
    }

    async fn fields(&self, org: OrgId) -> Result<Vec<Field>, StoreError> {
        let rows = sqlx::query(
            "SELECT num, key, label, kind, choices FROM field WHERE org = $1 ORDER BY label, key",
        )
        .bind(org.0)
        .fetch_all(&self.readers)
        .await?;
        Ok(rows.iter().map(field).collect::<Result<_, _>>()?)
    }

    async fn add_field(
        &self,
        org: OrgId,
        field: &Field,
        entry: &Entry,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        let choices = match &field.kind {
            FieldKind::Choice(choices) => choices.join("\n"),
            FieldKind::Text | FieldKind::Number | FieldKind::Date => String::new(),
        };
        let added = sqlx::query(
            "INSERT INTO field (org, key, label, kind, choices) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (org, key) DO NOTHING",
        )
        .bind(org.0)
        .bind(&field.key)
        .bind(&field.label)
        .bind(field.kind.word())
        .bind(choices)
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if added > 0 {
            tx.commit().await?;
        }
        Ok(added > 0)
    }

    async fn remove_field(&self, org: OrgId, key: &str, entry: &Entry) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        let num: Option<i64> =
            sqlx::query_scalar("SELECT num FROM field WHERE org = $1 AND key = $2")
                .bind(org.0)
                .bind(key)
                .fetch_optional(&mut *tx)
                .await?;
        let Some(num) = num else {
            return Ok(false);
        };
        // What words are found by is made anew for the devices that lose a value.
        sqlx::query("CREATE TEMP TABLE IF NOT EXISTS bereft (device INTEGER PRIMARY KEY)")
            .execute(&mut *tx)
            .await?;
        sqlx::query("INSERT INTO bereft SELECT device FROM device_field WHERE field = $1")
            .bind(num)
            .execute(&mut *tx)
            .await?;
        sqlx::query("DELETE FROM field WHERE num = $1")
            .bind(num)
            .execute(&mut *tx)
            .await?;
        sqlx::query(concat!(
            "UPDATE device SET words = ",
            super::bulk::words!(),
            " WHERE num IN (SELECT device FROM bereft)"
        ))
        .execute(&mut *tx)
        .await?;
        sqlx::query("DELETE FROM bereft").execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn field_values(
        &self,
        org: OrgId,
        device: i64,
    ) -> Result<Vec<(String, String, String)>, StoreError> {
        let rows = sqlx::query(
            "SELECT f.key, f.label, v.value FROM device_field v JOIN field f ON f.num = v.field \
             WHERE v.device = $1 AND f.org = $2 ORDER BY f.label, f.key",
        )
        .bind(device)
        .bind(org.0)
        .fetch_all(&self.readers)
        .await?;
        let read = |row: &SqliteRow| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?));
        Ok(rows.iter().map(read).collect::<Result<_, sqlx::Error>>()?)
    }

    async fn saved_searches(
        &self,
        org: OrgId,
        account: Option<UserId>,
    ) -> Result<Vec<SavedSearch>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, owner, shared, name, query FROM saved_search \
             WHERE org = $1 AND (shared = 1 OR owner = $2) ORDER BY name_fold, id",
        )
        .bind(org.0)
        .bind(account.map(|account| account.0))
        .fetch_all(&self.readers)
        .await?;
        Ok(rows.iter().map(saved).collect::<Result<_, _>>()?)
    }

    async fn save_search(
        &self,
        org: OrgId,
        search: &SavedSearch,
        entry: &Entry,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        sqlx::query(
            "INSERT INTO saved_search (id, org, owner, shared, name, name_fold, query, created) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (org, owner, name_fold) \
             DO UPDATE SET id = excluded.id, shared = excluded.shared, name = excluded.name, query = excluded.query",
        )
        .bind(search.id)
        .bind(org.0)
        .bind(search.owner.0)
        .bind(search.shared)
        .bind(&search.name)
        .bind(fold(&search.name))
        .bind(&search.query)
        .bind(micros(entry.at))
        .execute(&mut *tx)
        .await?;
        Ok(tx.commit().await?)
    }

    async fn remove_search(
        &self,
        org: OrgId,
        owner: UserId,
        id: Uuid,
        entry: &Entry,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        let gone =
            sqlx::query("DELETE FROM saved_search WHERE org = $1 AND owner = $2 AND id = $3")
                .bind(org.0)
                .bind(owner.0)
                .bind(id)
                .execute(&mut *tx)
                .await?
                .rows_affected();
        if gone > 0 {
            tx.commit().await?;
        }
        Ok(gone > 0)
    }
}
