//! Facts about the installation, its organisation and its tenants, on SQLite.

use async_trait::async_trait;
use farpane_protocol::ids::{OrgId, TenantId};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::chain::append;
use super::rows::{micros, number, uuid};
use super::{SqliteStore, Tx};
use crate::audit::Entry;
use crate::model::text::fold;
use crate::model::{Founding, Org, Tenant};
use crate::policy::rights::Builtin;
use crate::store::installation::{Counts, Setting};
use crate::store::{Installation, StoreError};

const fn setting_name(setting: Setting) -> &'static str {
    match setting {
        Setting::Url => "url",
        Setting::AliveAt => "alive_at",
    }
}

fn org(row: &SqliteRow) -> Result<Org, sqlx::Error> {
    Ok(Org {
        id: OrgId(uuid(row, "id")?),
        name: row.try_get("name")?,
    })
}

/// Organisation, record, customer, administrator, and the administrator's role: all or nothing.
async fn write_founding(tx: &mut Tx, founding: &Founding, entry: &Entry) -> Result<(), StoreError> {
    let now = micros(entry.at);
    sqlx::query("INSERT INTO org (id, name, created) VALUES ($1, $2, $3)")
        .bind(founding.org.id.0)
        .bind(&founding.org.name)
        .bind(now)
        .execute(&mut **tx)
        .await?;
    append(tx, entry).await?;
    sqlx::query(
        "INSERT INTO tenant (id, org, name, name_fold, created) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(founding.tenant.id.0)
    .bind(founding.tenant.org.0)
    .bind(&founding.tenant.name)
    .bind(fold(&founding.tenant.name))
    .bind(now)
    .execute(&mut **tx)
    .await?;
    sqlx::query(
        "INSERT INTO account (id, org, email, name, password, created) \
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(founding.admin.id.0)
    .bind(founding.admin.org.0)
    .bind(founding.admin.email.as_str())
    .bind(&founding.admin.name)
    .bind(&founding.password.0)
    .bind(now)
    .execute(&mut **tx)
    .await?;
    sqlx::query(
        "INSERT INTO assignment (id, org, account, builtin, place_kind, created) \
         VALUES ($1, $2, $3, $4, 'org', $5)",
    )
    .bind(founding.admin.id.0)
    .bind(founding.org.id.0)
    .bind(founding.admin.id.0)
    .bind(Builtin::Owner.name())
    .bind(now)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

#[async_trait]
impl Installation for SqliteStore {
    async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT 1 FROM org LIMIT 1")
            .fetch_optional(&self.readers)
            .await?;
        Ok(())
    }

    async fn setting(&self, setting: Setting) -> Result<Option<String>, StoreError> {
        Ok(
            sqlx::query_scalar("SELECT value FROM setting WHERE name = $1")
                .bind(setting_name(setting))
                .fetch_optional(&self.readers)
                .await?,
        )
    }

    async fn set(&self, setting: Setting, value: &str) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO setting (name, value) VALUES ($1, $2) \
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        )
        .bind(setting_name(setting))
        .bind(value)
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    async fn found(&self, founding: &Founding, entry: &Entry) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let founded = sqlx::query("SELECT 1 FROM org LIMIT 1")
            .fetch_optional(&mut *tx)
            .await?;
        if founded.is_some() {
            return Ok(false);
        }
        write_founding(&mut tx, founding, entry).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn found_another(&self, founding: &Founding, entry: &Entry) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let taken = sqlx::query(
            "SELECT 1 FROM org WHERE name = $1 UNION ALL SELECT 1 FROM account WHERE email = $2",
        )
        .bind(&founding.org.name)
        .bind(founding.admin.email.as_str())
        .fetch_optional(&mut *tx)
        .await?;
        if taken.is_some() {
            return Ok(false);
        }
        write_founding(&mut tx, founding, entry).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn org(&self) -> Result<Option<Org>, StoreError> {
        let row = sqlx::query("SELECT id, name FROM org ORDER BY created, id LIMIT 1")
            .fetch_optional(&self.readers)
            .await?;
        Ok(row.as_ref().map(org).transpose()?)
    }

    async fn org_by_id(&self, id: OrgId) -> Result<Option<Org>, StoreError> {
        let row = sqlx::query("SELECT id, name FROM org WHERE id = $1")
            .bind(id.0)
            .fetch_optional(&self.readers)
            .await?;
        Ok(row.as_ref().map(org).transpose()?)
    }

    async fn orgs(&self) -> Result<Vec<Org>, StoreError> {
        let rows = sqlx::query("SELECT id, name FROM org ORDER BY created, id")
            .fetch_all(&self.readers)
            .await?;
        Ok(rows.iter().map(org).collect::<Result<_, sqlx::Error>>()?)
    }

    async fn rename_org(&self, org: OrgId, name: &str, entry: &Entry) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        append(&mut tx, entry).await?;
        let renamed = sqlx::query(
            "UPDATE org SET name = $2 WHERE id = $1 \
             AND NOT EXISTS (SELECT 1 FROM org o WHERE o.name = $2 AND o.id <> $1)",
        )
        .bind(org.0)
        .bind(name)
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if renamed > 0 {
            tx.commit().await?;
        }
        Ok(renamed > 0)
    }

    async fn first_tenant(&self, org: OrgId) -> Result<Option<Tenant>, StoreError> {
        let row = sqlx::query(
            "SELECT id, org, name FROM tenant WHERE org = $1 ORDER BY created, rowid LIMIT 1",
        )
        .bind(org.0)
        .fetch_optional(&self.readers)
        .await?;
        let read = |row: &SqliteRow| {
            Ok::<_, sqlx::Error>(Tenant {
                id: TenantId(uuid(row, "id")?),
                org: OrgId(uuid(row, "org")?),
                name: row.try_get("name")?,
            })
        };
        Ok(row.as_ref().map(read).transpose()?)
    }

    async fn tenants(&self, org: OrgId) -> Result<Vec<Tenant>, StoreError> {
        let rows =
            sqlx::query("SELECT id, org, name FROM tenant WHERE org = $1 ORDER BY name_fold")
                .bind(org.0)
                .fetch_all(&self.readers)
                .await?;
        let read = |row: &SqliteRow| {
            Ok(Tenant {
                id: TenantId(uuid(row, "id")?),
                org: OrgId(uuid(row, "org")?),
                name: row.try_get("name")?,
            })
        };
        Ok(rows.iter().map(read).collect::<Result<_, sqlx::Error>>()?)
    }

    async fn counts(&self, org: OrgId) -> Result<Counts, StoreError> {
        let row = sqlx::query(
            "SELECT \
             (SELECT coalesce(sum(devices), 0) FROM device_count WHERE org = $1) AS devices, \
             (SELECT coalesce(sum(devices - pending - expected), 0) FROM device_count \
              WHERE org = $1) AS approved, \
             (SELECT coalesce(sum(pending), 0) FROM device_count WHERE org = $1) AS pending, \
             (SELECT count(*) FROM relay WHERE org = $1) AS relays, \
             (SELECT count(*) FROM session WHERE org = $1 AND ended IS NULL) AS open_sessions, \
             (SELECT coalesce(sum(seq), 0) FROM chain WHERE org = $1) AS records",
        )
        .bind(org.0)
        .fetch_one(&self.readers)
        .await?;
        Ok(Counts {
            devices: number(&row, "devices")?,
            approved: number(&row, "approved")?,
            pending: number(&row, "pending")?,
            relays: number(&row, "relays")?,
            open_sessions: number(&row, "open_sessions")?,
            records: number(&row, "records")?,
        })
    }
}
