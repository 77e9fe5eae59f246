//! The store on SQLite: one file, one writer, several readers.
//!
//! Writing goes through one connection, so transactions of this process never meet each other;
//! each begins with `BEGIN IMMEDIATE`, so those of another process (a command line beside a
//! running server) wait instead of failing half-way. The write-ahead log is synced at each commit.

mod api_tokens;
mod bulk;
mod care;
mod catalogue;
mod chain;
mod ends;
mod enrolments;
mod epochs;
mod erasure;
mod factors;
mod facts;
mod grant_keys;
mod groups;
mod imports;
mod installation;
mod inventory;
mod labels;
mod machines;
mod owners;
mod passwords;
mod people;
mod places;
mod presence;
mod proofs;
mod relays;
mod repeats;
mod requests;
mod rights;
mod roles;
mod rows;
mod search;
mod sessions;
mod staff;
mod ties;
mod warm;
mod web_sessions;
mod webhooks;

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Connection as _, Sqlite, Transaction};

use super::{Store, StoreError};
pub use care::{Versions, is_for_want_of_room};

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// Connections that only read. Reading is quick; more than the cores that a small server has
/// would only add memory.
const READERS: u32 = 4;

/// How long a transaction waits for one of another process before it gives up.
const BUSY_WAIT: Duration = Duration::from_secs(5);

/// How long a call waits for a connection of ours before it gives up: longer than any burst of
/// our own writes, shorter than a client's patience.
const CONNECTION_WAIT: Duration = Duration::from_secs(8);

/// Pages that each connection keeps, in KiB with a minus sign as SQLite has it: what a walk along
/// an index of a million devices looks at again and again. Five connections, so 120 MB at most.
const CACHE: &str = "-24576";

type Tx = Transaction<'static, Sqlite>;

/// The store on SQLite.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    writer: SqlitePool,
    readers: SqlitePool,
    trees: search::Trees,
    path: PathBuf,
}

impl Store for SqliteStore {}

/// Why a database file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is none.
    #[error("there is no database at {0}")]
    Missing(PathBuf),
    /// One is there already.
    #[error("there is a database at {0} already")]
    Exists(PathBuf),
    /// A later version of the program wrote it.
    #[error("the database {0} was written by a newer version of this program")]
    Newer(PathBuf),
    /// It is something else, or damaged.
    #[error("{0} is not a database of this program, or it is damaged")]
    Damaged(PathBuf),
    /// The file system said no.
    #[error("cannot use {0}")]
    Io(PathBuf, #[source] io::Error),
    /// SQLite said no.
    #[error("cannot open {0}")]
    Database(PathBuf, #[source] sqlx::Error),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        Self(Box::new(error))
    }
}

impl SqliteStore {
    /// Makes a new database at `path`, readable by its owner only. Fails if something is there.
    pub async fn create(path: &Path) -> Result<Self, OpenError> {
        // The log and its index take over the mode of the file that they belong to.
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .map_err(|error| {
                if error.kind() == io::ErrorKind::AlreadyExists {
                    OpenError::Exists(path.into())
                } else {
                    OpenError::Io(path.into(), error)
                }
            })?;
        Self::connect(path).await
    }

    /// Opens the database at `path` and brings it up to this version.
    pub async fn open(path: &Path) -> Result<Self, OpenError> {
        match fs::metadata(path) {
            Ok(_) => Self::connect(path).await,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(OpenError::Missing(path.into()))
            }
            Err(error) => Err(OpenError::Io(path.into(), error)),
        }
    }

    async fn connect(path: &Path) -> Result<Self, OpenError> {
        let failed = |error: sqlx::Error| cannot_open(path, error);
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY_WAIT)
            .pragma("cache_size", CACHE)
            .pragma("trusted_schema", "OFF")
            // What is erased is overwritten, not only let go.
            .pragma("secure_delete", "ON");
        let pool = |connections: u32| {
            SqlitePoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(CONNECTION_WAIT)
                // Closing an idle connection would only pay for opening it again.
                .idle_timeout(None)
                .max_lifetime(None)
        };
        let writer = pool(1)
            // The engine itself rolls a transaction back when the disk is full; then the library
            // still counts it as open and could never begin another one on this connection.
            .before_acquire(|connection, _| {
                let usable = !connection.is_in_transaction();
                Box::pin(async move { Ok(usable) })
            })
            .connect_with(options.clone())
            .await
            .map_err(failed)?;
        MIGRATIONS
            .run(&writer)
            .await
            .map_err(|error| cannot_migrate(path, error))?;
        let readers = pool(READERS)
            .connect_with(options.pragma("query_only", "ON"))
            .await
            .map_err(failed)?;
        Ok(Self {
            writer,
            readers,
            trees: search::Trees::default(),
            path: path.into(),
        })
    }

    /// Closes the database; the log is folded into the file.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    async fn begin(&self) -> Result<Tx, StoreError> {
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
    }
}

/// SQLite's result codes for "malformed" and "not a database".
const SQLITE_CORRUPT: &str = "11";
const SQLITE_NOTADB: &str = "26";

fn cannot_open(path: &Path, error: sqlx::Error) -> OpenError {
    let code = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .unwrap_or_default();
    if [SQLITE_CORRUPT, SQLITE_NOTADB].contains(&code.as_ref()) {
        OpenError::Damaged(path.into())
    } else {
        OpenError::Database(path.into(), error)
    }
}

fn cannot_migrate(path: &Path, error: MigrateError) -> OpenError {
    if matches!(error, MigrateError::VersionMissing(_)) {
        return OpenError::Newer(path.into());
    }
    if matches!(
        error,
        MigrateError::VersionMismatch(_) | MigrateError::Dirty(_)
    ) {
        return OpenError::Damaged(path.into());
    }
    if let MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) = error {
        return cannot_open(path, error);
    }
    OpenError::Database(path.into(), sqlx::Error::Migrate(Box::new(error)))
}

#[cfg(test)]
mod tests {
    use farpane_protocol::ids::{DeviceId, OrgId, UserId};
    use farpane_protocol::time::Timestamp;
    use sha2::{Digest as _, Sha256};
    use uuid::Uuid;

    use super::*;
    use crate::audit::{Broken, Verifier};
    use crate::store::Records as _;
    use crate::store::records::Sought;

    #[tokio::test]
    async fn a_database_of_a_newer_version_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.db");
        let store = SqliteStore::create(&path).await.expect("creates");
        sqlx::query(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, \
             execution_time) VALUES (9999, 'of the future', 1, x'00', 0)",
        )
        .execute(&store.writer)
        .await
        .expect("writes");
        store.close().await;
        let before = fs::read(&path).expect("reads");
        let opened = SqliteStore::open(&path).await;
        assert!(matches!(opened, Err(OpenError::Newer(_))), "{opened:?}");
        assert_eq!(fs::read(&path).expect("reads"), before);
    }

    /// What version 0.1 wrote: everything in the organisation's chain, bodies without a chain.
    async fn first_version(path: &Path) -> OrgId {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true);
        let pool = SqlitePool::connect_with(options).await.expect("opens");
        let first = Migrator {
            migrations: MIGRATIONS
                .iter()
                .filter(|migration| migration.version == 1)
                .cloned()
                .collect(),
            ..Migrator::DEFAULT
        };
        first.run(&pool).await.expect("migrates");
        let org = OrgId(Uuid::from_u128(7));
        sqlx::query("INSERT INTO org (id, name, created) VALUES ($1, 'Acme', 1)")
            .bind(org.0)
            .execute(&pool)
            .await
            .expect("writes");
        let mut prev = [0u8; 32];
        for seq in 1..=3i64 {
            let body = format!(
                "{{\"v\":1,\"org\":\"{}\",\"seq\":{seq},\"at\":{},\"tenant\":\"{}\",\
                 \"actor\":{{\"is\":\"account\",\"account\":\"{}\"}},\
                 \"event\":{{\"did\":\"device_approved\",\"device\":\"{}\"}}}}",
                org.0,
                100 + seq,
                Uuid::from_u128(8),
                Uuid::from_u128(9),
                Uuid::from_u128(10),
            );
            let mut hash = Sha256::new();
            hash.update(b"farpane-audit/1");
            hash.update(prev);
            hash.update(&body);
            let hash: [u8; 32] = hash.finalize().into();
            sqlx::query(
                "INSERT INTO audit (org, seq, prev, hash, body) VALUES ($1, $2, $3, $4, $5)",
            )
            .bind(org.0)
            .bind(seq)
            .bind(prev.as_slice())
            .bind(hash.as_slice())
            .bind(body.into_bytes())
            .execute(&pool)
            .await
            .expect("writes");
            prev = hash;
        }
        sqlx::query("UPDATE org SET chain_seq = 3, chain_hash = $1")
            .bind(prev.as_slice())
            .execute(&pool)
            .await
            .expect("writes");
        pool.close().await;
        org
    }

    #[tokio::test]
    async fn records_of_the_first_version_still_hold_and_are_found() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.db");
        let org = first_version(&path).await;
        let store = SqliteStore::open(&path).await.expect("opens");
        let chains = store.chains(org).await.expect("reads");
        let [chain] = chains.as_slice() else {
            panic!("one chain: {chains:?}")
        };
        let records = store.records_after(chain.id, 0, 10).await.expect("reads");
        let mut verifier = Verifier::new(chain.id);
        for record in &records {
            verifier.take(record).expect("holds");
        }
        assert_eq!(verifier.finish(chain.head), Ok(3));
        let sought = Sought {
            person: Some(UserId(Uuid::from_u128(9))),
            device: Some(DeviceId(Uuid::from_u128(10))),
            kind: Some("device_approved".into()),
            from: Some(Timestamp(102)),
            ..Sought::default()
        };
        let found = store.find_records(&sought, None, 10).await.expect("reads");
        assert_eq!(found.len(), 2);
    }

    /// Whoever can write to the database can make a shorter chain that holds by itself.
    #[tokio::test]
    async fn a_chain_that_was_cut_does_not_fit_its_checkpoint() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.db");
        let org = first_version(&path).await;
        let store = SqliteStore::open(&path).await.expect("opens");
        let core = crate::app::Core {
            store: std::sync::Arc::new(store.clone()),
            clock: crate::clock::Clock::by_hand(Timestamp(500)),
            org: crate::model::Org {
                id: org,
                name: "Acme".into(),
            },
        };
        let key = farpane_protocol::key::SecretKey::from_seed([1; 32]);
        let keys = [key.public()];
        let chain = store.chains(org).await.expect("reads")[0];
        core.sign_chain(&key, &chain).await.expect("signs");
        let verified = core.verify_audit(&keys).await.expect("reads");
        assert_eq!(verified, Ok(3));
        for cut in [
            "DELETE FROM record WHERE seq = 3",
            "UPDATE chain SET seq = 2, hash = (SELECT hash FROM record WHERE seq = 2)",
        ] {
            sqlx::query(cut).execute(&store.writer).await.expect("cuts");
        }
        let verified = core.verify_audit(&keys).await.expect("reads");
        assert_eq!(verified.map_err(|found| found.broken), Err(Broken::End(2)));
        let other = farpane_protocol::key::SecretKey::from_seed([2; 32]).public();
        let unsigned = core.verify_audit(&[other]).await.expect("reads");
        let unsigned = unsigned.map_err(|found| found.broken);
        assert_eq!(unsigned, Err(Broken::Checkpoint(3)));
    }
}
