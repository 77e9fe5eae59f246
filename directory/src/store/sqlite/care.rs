//! Care of the database file: copies, checks, its version.

use std::error::Error;
use std::path::Path;

use async_trait::async_trait;
use sqlx::migrate::Migrate as _;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, Row as _};

use super::{MIGRATIONS, OpenError, SqliteStore, cannot_open};
use crate::store::{Care, StoreError};

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

/// SQLite's result codes for a disk that takes nothing: full, a write that failed (a quota ends
/// one so), read-only.
const SQLITE_READONLY: i32 = 8;
const SQLITE_IOERR: i32 = 10;
const SQLITE_FULL: i32 = 13;

/// Whether an error of the store says that the disk takes nothing.
pub fn is_for_want_of_room(error: &(dyn Error + Send + Sync + 'static)) -> bool {
    let Some(sqlx::Error::Database(error)) = error.downcast_ref::<sqlx::Error>() else {
        return false;
    };
    let code = error.code().and_then(|code| code.parse::<i32>().ok());
    // The lowest byte is the kind; what is above it says where.
    code.is_some_and(|code| [SQLITE_READONLY, SQLITE_IOERR, SQLITE_FULL].contains(&(code & 0xff)))
}

/// What is written to see whether there is room, in bytes: more than one record needs.
const TRIAL_BYTES: i64 = 256 * 1024;

#[async_trait]
impl Care for SqliteStore {
    async fn room(&self) -> Result<Option<u64>, StoreError> {
        let options = self.writer.connect_options();
        let folder = options.get_filename().parent().map(Path::to_owned);
        let asked = tokio::task::spawn_blocking(move || {
            let folder = folder.filter(|folder| !folder.as_os_str().is_empty());
            rustix::fs::statvfs(folder.as_deref().unwrap_or(Path::new(".")))
        });
        let Ok(Ok(space)) = asked.await else {
            return Ok(None);
        };
        Ok(Some(space.f_bavail.saturating_mul(space.f_frsize)))
    }

    async fn try_writing(&self) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        sqlx::query("INSERT INTO trial (body) VALUES (randomblob($1))")
            .bind(TRIAL_BYTES)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        sqlx::query("DELETE FROM trial")
            .execute(&self.writer)
            .await?;
        Ok(())
    }
}
