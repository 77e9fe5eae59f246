//! Care of the database file: copies, checks, its version.

use std::path::Path;

use sqlx::migrate::Migrate as _;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, Row as _};

use super::{MIGRATIONS, OpenError, SqliteStore, cannot_open};
use crate::store::StoreError;

/// Problems that one check lists; a damaged file can have millions.
const PROBLEMS: i64 = 20;

/// Versions of the database's shape.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Versions {
    /// Steps that were taken.
    pub taken: Vec<i64>,
    /// Steps that this program would take.
    pub due: Vec<i64>,
}

impl SqliteStore {
    /// Writes a copy of everything that was committed to a new file at `to`. Reading and writing
    /// go on meanwhile.
    pub async fn copy_to(&self, to: &Path) -> Result<(), StoreError> {
        // A connection of its own: those for reading may not write, the one for writing is needed.
        let mut connection = self.writer.connect_options().connect().await?;
        sqlx::query("VACUUM INTO $1")
            .bind(to.to_string_lossy())
            .execute(&mut connection)
            .await?;
        Ok(connection.close().await?)
    }

    /// Looks through the whole file; what is wrong with it.
    pub async fn check(&self) -> Result<Vec<String>, StoreError> {
        let rows = sqlx::query("SELECT integrity_check FROM pragma_integrity_check LIMIT $1")
            .bind(PROBLEMS)
            .fetch_all(&self.readers)
            .await?;
        let mut problems = Vec::new();
        for row in rows {
            let said: String = row.try_get(0)?;
            if said != "ok" {
                problems.push(said);
            }
        }
        let rows = sqlx::query("SELECT \"table\", parent FROM pragma_foreign_key_check LIMIT $1")
            .bind(PROBLEMS)
            .fetch_all(&self.readers)
            .await?;
        for row in rows {
            let (table, parent): (String, String) = (row.try_get(0)?, row.try_get(1)?);
            problems.push(format!(
                "a row of {table} refers to a row of {parent} that is gone"
            ));
        }
        Ok(problems)
    }

    /// Gives free space inside the file back to the disk.
    pub async fn vacuum(&self) -> Result<(), StoreError> {
        sqlx::query("VACUUM").execute(&self.writer).await?;
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// Which steps of its shape the database at `path` has taken, without taking any.
    pub async fn versions(path: &Path) -> Result<Versions, OpenError> {
        if !path.exists() {
            return Err(OpenError::Missing(path.into()));
        }
        let failed = |error| cannot_open(path, error);
        let mut connection = SqliteConnectOptions::new()
            .filename(path)
            .read_only(true)
            .connect()
            .await
            .map_err(failed)?;
        let table = sqlx::query("SELECT 1 FROM sqlite_schema WHERE name = '_sqlx_migrations'")
            .fetch_optional(&mut connection)
            .await
            .map_err(failed)?;
        let mut taken = Vec::new();
        if table.is_some() {
            let applied = connection.list_applied_migrations("_sqlx_migrations").await;
            let applied = applied.map_err(|error| super::cannot_migrate(path, error))?;
            taken.extend(applied.into_iter().map(|step| step.version));
        }
        connection.close().await.map_err(failed)?;
        let steps = MIGRATIONS.iter().map(|step| step.version);
        let due = steps.filter(|step| !taken.contains(step)).collect();
        Ok(Versions { taken, due })
    }
}
