//! Relays once they are enrolled, on SQLite.

use async_trait::async_trait;
use farpane_protocol::ids::{OrgId, RelayId};

use super::SqliteStore;
use super::chain::append;
use crate::audit::Entry;
use crate::model::text::fold;
use crate::store::places::Placed;
use crate::store::{Relays, StoreError};

#[async_trait]
impl Relays for SqliteStore {
    async fn rename_relay(
        &self,
        org: OrgId,
        id: RelayId,
        name: &str,
        entry: &Entry,
    ) -> Result<Placed, StoreError> {
        let mut tx = self.begin().await?;
        let taken =
            sqlx::query("SELECT 1 FROM relay WHERE org = $1 AND name_fold = $2 AND id <> $3")
                .bind(org.0)
                .bind(fold(name))
                .bind(id.0)
                .fetch_optional(&mut *tx)
                .await?;
        if taken.is_some() {
            return Ok(Placed::NameTaken);
        }
        append(&mut tx, entry).await?;
        let changed =
            sqlx::query("UPDATE relay SET name = $3, name_fold = $4 WHERE org = $1 AND id = $2")
                .bind(org.0)
                .bind(id.0)
                .bind(name)
                .bind(fold(name))
                .execute(&mut *tx)
                .await?;
        if changed.rows_affected() == 0 {
            return Ok(Placed::Unknown);
        }
        tx.commit().await?;
        Ok(Placed::Yes)
    }

    async fn remove_relay(
        &self,
        org: OrgId,
        id: RelayId,
        entry: &Entry,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        let gone = sqlx::query("DELETE FROM relay WHERE org = $1 AND id = $2")
            .bind(org.0)
            .bind(id.0)
            .execute(&mut *tx)
            .await?;
        if gone.rows_affected() == 0 {
            return Ok(false);
        }
        tx.commit().await?;
        Ok(true)
    }
}
