//! Warming: what a machine that was just switched on would fetch from its disk piece by piece, at
//! the cost of whoever searches first, is read once in order after the start.

use std::fs::File;
use std::io::Read as _;
use std::mem::ManuallyDrop;
use std::path::Path;
use std::time::{Duration, Instant};

use farpane_protocol::ids::OrgId;

use super::{READERS, SqliteStore, rows};
use crate::store::{Search as _, StoreError};

/// Most bytes of the database that are read ahead: three million devices. What lies behind is
/// fetched when it is wanted.
const MOST: u64 = 4 * 1024 * 1024 * 1024;

/// Longest time that reading ahead may take: a slow disk has better things to do.
const LONGEST: Duration = Duration::from_secs(30);

/// Read at once.
const CHUNK: usize = 1024 * 1024;

impl SqliteStore {
    /// Reads the database once from beginning to end, so that the system keeps it in memory that
    /// nobody else wants, and makes every connection know the tables. Bounded in bytes and time;
    /// a failure costs nothing but speed, and so does an early end, which `stop` asks for. The
    /// process itself holds nothing of it.
    pub async fn warm(&self, stop: impl Fn() -> bool + Send + 'static) {
        if let Err(error) = self.warm_connections().await {
            tracing::debug!(%error, "could not warm the connections");
        }
        let path = self.path.clone();
        let read = tokio::task::spawn_blocking(move || read_once(&path, stop));
        match read.await {
            Ok(Ok(bytes)) => tracing::debug!(bytes, "warmed the database"),
            Ok(Err(error)) => tracing::debug!(%error, "could not read the database ahead"),
            Err(error) => tracing::debug!(%error, "reading the database ahead was cut off"),
        }
    }

    async fn warm_connections(&self) -> Result<(), StoreError> {
        let mut connections = Vec::new();
        for _ in 0..READERS {
            let mut connection = self.readers.acquire().await?;
            sqlx::query("SELECT num FROM device LIMIT 1")
                .fetch_optional(&mut *connection)
                .await?;
            connections.push(connection);
        }
        drop(connections);
        let orgs = sqlx::query("SELECT id FROM org")
            .fetch_all(&self.readers)
            .await?;
        for org in orgs {
            self.tree(OrgId(rows::uuid(&org, "id")?)).await?;
        }
        Ok(())
    }
}

/// Reads a file within the bounds; how many bytes it read.
fn read_once(path: &Path, stop: impl Fn() -> bool) -> std::io::Result<u64> {
    let begun = Instant::now();
    // Never closed: whoever closes a handle of a file gives up every lock of the whole process on
    // it (POSIX), those of SQLite too, and the next program that opens the database would take
    // itself for the only one and delete the log that is written here.
    let mut file = ManuallyDrop::new(File::open(path)?);
    let mut chunk = vec![0; CHUNK];
    let mut bytes = 0;
    while bytes < MOST && begun.elapsed() < LONGEST && !stop() {
        let read = file.read(&mut chunk)?;
        if read == 0 {
            break;
        }
        bytes += read as u64;
    }
    Ok(bytes)
}
