//! Customers, sites and groups on SQLite.

use async_trait::async_trait;
use farpane_protocol::ids::{OrgId, PlaceId, TenantId};
use farpane_protocol::time::Timestamp;

use super::chain::append;
use super::rows::micros;
use super::{SqliteStore, Tx};
use crate::audit::Entry;
use crate::model::Tenant;
use crate::model::place::{PlaceRecord, Spot};
use crate::model::text::fold;
use crate::store::places::Placed;
use crate::store::{Places, StoreError};

/// Commits what one row came of, if it came of anything; what the rules of the tables refuse is
/// told apart.
async fn settle(
    tx: Tx,
    done: Result<sqlx::sqlite::SqliteQueryResult, sqlx::Error>,
) -> Result<Placed, StoreError> {
    match done {
        Ok(done) if done.rows_affected() == 0 => Ok(Placed::Unknown),
        Ok(_) => {
            tx.commit().await?;
            Ok(Placed::Yes)
        }
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => Ok(Placed::NameTaken),
        Err(sqlx::Error::Database(error)) if error.is_foreign_key_violation() => Ok(Placed::InUse),
        Err(error) => Err(error.into()),
    }
}

#[async_trait]
impl Places for SqliteStore {
    async fn add_tenant(
        &self,
        tenant: &Tenant,
        now: Timestamp,
        entry: &Entry,
    ) -> Result<Placed, StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        let done = sqlx::query(
            "INSERT INTO tenant (id, org, name, name_fold, created) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(tenant.id.0)
        .bind(tenant.org.0)
        .bind(&tenant.name)
        .bind(fold(&tenant.name))
        .bind(micros(now))
        .execute(&mut *tx)
        .await;
        settle(tx, done).await
    }

    async fn rename_tenant(
        &self,
        org: OrgId,
        id: TenantId,
        name: &str,
        entry: &Entry,
    ) -> Result<Placed, StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        let done =
            sqlx::query("UPDATE tenant SET name = $3, name_fold = $4 WHERE org = $1 AND id = $2")
                .bind(org.0)
                .bind(id.0)
                .bind(name)
                .bind(fold(name))
                .execute(&mut *tx)
                .await;
        settle(tx, done).await
    }

    async fn remove_tenant(
        &self,
        org: OrgId,
        id: TenantId,
        entry: &Entry,
    ) -> Result<Placed, StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        let done = sqlx::query("DELETE FROM tenant WHERE org = $1 AND id = $2")
            .bind(org.0)
            .bind(id.0)
            .execute(&mut *tx)
            .await;
        settle(tx, done).await
    }

    async fn add_place(
        &self,
        org: OrgId,
        place: &PlaceRecord,
        now: Timestamp,
        entry: &Entry,
    ) -> Result<Placed, StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        // Only below what is there, at the same customer, in the same organisation.
        let done = sqlx::query(
            "INSERT INTO place (id, org, tenant, parent, kind, name, name_fold, created) \
             SELECT $1, t.org, t.id, $4, $5, $6, $7, $8 FROM tenant t \
             WHERE t.org = $2 AND t.id = $3 AND ($4 IS NULL OR EXISTS \
             (SELECT 1 FROM place p WHERE p.id = $4 AND p.tenant = t.id))",
        )
        .bind(place.id.0)
        .bind(org.0)
        .bind(place.tenant.0)
        .bind(place.parent.map(|parent| parent.0))
        .bind(place.kind.word())
        .bind(&place.name)
        .bind(fold(&place.name))
        .bind(micros(now))
        .execute(&mut *tx)
        .await;
        settle(tx, done).await
    }

    async fn rename_place(
        &self,
        org: OrgId,
        id: PlaceId,
        name: &str,
        entry: &Entry,
    ) -> Result<Placed, StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        let done =
            sqlx::query("UPDATE place SET name = $3, name_fold = $4 WHERE org = $1 AND id = $2")
                .bind(org.0)
                .bind(id.0)
                .bind(name)
                .bind(fold(name))
                .execute(&mut *tx)
                .await;
        settle(tx, done).await
    }

    async fn move_place(
        &self,
        org: OrgId,
        id: PlaceId,
        parent: Option<PlaceId>,
        entry: &Entry,
    ) -> Result<Placed, StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        let done = sqlx::query(
            "UPDATE place SET parent = $3 WHERE org = $1 AND id = $2 AND ($3 IS NULL OR EXISTS \
             (SELECT 1 FROM place p WHERE p.id = $3 AND p.tenant = place.tenant))",
        )
        .bind(org.0)
        .bind(id.0)
        .bind(parent.map(|parent| parent.0))
        .execute(&mut *tx)
        .await;
        settle(tx, done).await
    }

    async fn remove_places(
        &self,
        org: OrgId,
        ids: &[PlaceId],
        devices_to: Option<Spot>,
        entry: &Entry,
    ) -> Result<Placed, StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        let mut gone = 0;
        for id in ids {
            // Devices that were removed and may come back stand at the customer itself then.
            sqlx::query("UPDATE device SET place = NULL WHERE place = $1 AND removed IS NOT NULL")
                .bind(id.0)
                .execute(&mut *tx)
                .await?;
            if let Some(spot) = devices_to {
                sqlx::query(
                    "UPDATE device SET place = $3 WHERE org = $1 AND place = $2 AND tenant = $4",
                )
                .bind(org.0)
                .bind(id.0)
                .bind(spot.place.map(|place| place.0))
                .bind(spot.tenant.0)
                .execute(&mut *tx)
                .await?;
            }
            let done = sqlx::query("DELETE FROM place WHERE org = $1 AND id = $2")
                .bind(org.0)
                .bind(id.0)
                .execute(&mut *tx)
                .await;
            match done {
                Ok(done) => gone += done.rows_affected(),
                Err(sqlx::Error::Database(error)) if error.is_foreign_key_violation() => {
                    return Ok(Placed::InUse);
                }
                Err(error) => return Err(error.into()),
            }
        }
        if gone == 0 {
            return Ok(Placed::Unknown);
        }
        tx.commit().await?;
        Ok(Placed::Yes)
    }
}
