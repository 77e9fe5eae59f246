//! `db`: back up, restore, check and upgrade the database.

mod backup;
mod restore;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use farpane_protocol::outcome::Outcome;

use super::failure::Failure;
use super::{Context, open, output, serve};
use crate::backup::{BadBackup, Secret};
use crate::store::sqlite::SqliteStore;

#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:
  farpane-directory db backup /mnt/backup/farpane.backup --passphrase-file phrase
  farpane-directory db restore --data /srv/farpane /mnt/backup/farpane.backup --passphrase-file phrase --trust anna@example.org
  farpane-directory db check")]
pub(super) enum Db {
    /// Write the database and the keys into one encrypted file, also while the server runs.
    Backup(backup::Backup),
    /// Make an installation from a backup, in an empty folder.
    Restore(restore::Restore),
    /// Look through the whole database for damage.
    #[command(after_help = "Example:
  farpane-directory db check")]
    Check,
    /// Give free space inside the database back to the disk. Writing waits meanwhile.
    #[command(after_help = "Example:
  farpane-directory db vacuum")]
    Vacuum,
    /// Bring the database up to this version of the program; serve does it too.
    #[command(after_help = "Example:
  farpane-directory db migrate")]
    Migrate,
    /// Say which version the database has, without changing it.
    #[command(after_help = "Example:
  farpane-directory db status --json")]
    Status,
}

impl Db {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        match self {
            Self::Backup(verb) => verb.run(context).await,
            Self::Restore(verb) => verb.run(context).await,
            Self::Check => check(context).await,
            Self::Vacuum => vacuum(context).await,
            Self::Migrate => migrate(context).await,
            Self::Status => status(context).await,
        }
    }
}

/// What opens a backup, as the command line names it.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Unlock {
    /// File whose first line is the passphrase.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// Key file; db backup makes it where there is none. Keep it on another machine.
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
}

impl Unlock {
    fn secret(&self, may_make: bool) -> Result<Secret, Failure> {
        if let Some(path) = &self.key_file {
            let key = if may_make {
                farpane_certs::keys::load_or_create(path)
            } else {
                farpane_certs::keys::load(path)
            };
            return key
                .map(Secret::Key)
                .map_err(|error| Failure::usage("cannot use --key-file").because(error));
        }
        let path = self.passphrase_file.as_deref().unwrap_or(Path::new(""));
        let text = std::fs::read_to_string(path).map_err(|error| {
            Failure::usage(format!("cannot read --passphrase-file {}", path.display()))
                .because(error)
        })?;
        let first = text.lines().next().unwrap_or_default();
        Ok(Secret::Passphrase(first.to_owned()))
    }
}

impl From<BadBackup> for Failure {
    fn from(bad: BadBackup) -> Self {
        let outcome = match bad {
            BadBackup::Short | BadBackup::OtherKind(_) => Outcome::Usage,
            BadBackup::Io(_)
            | BadBackup::NotOne
            | BadBackup::Newer
            | BadBackup::OtherKey(_)
            | BadBackup::Derive
            | BadBackup::Locked
            | BadBackup::Cut
            | BadBackup::Content(_) => Outcome::Failed,
        };
        Self::new(outcome, "the backup cannot be used").because(bad)
    }
}

async fn check(context: &Context) -> Result<(), Failure> {
    let (_, store) = open::core(context).await?;
    let problems = store.check().await?;
    if context.json {
        output::json(&serde_json::json!({ "intact": problems.is_empty(), "problems": problems }));
    }
    match problems.first() {
        None if context.json => Ok(()),
        None => {
            output::line("intact");
            Ok(())
        }
        Some(first) => Err(Failure::failed(format!(
            "the database is damaged; restore it from a backup: {first}"
        ))),
    }
}

async fn vacuum(context: &Context) -> Result<(), Failure> {
    let (_, store) = open::core(context).await?;
    let size = || std::fs::metadata(context.data.database()).map_or(0, |file| file.len());
    let before = size();
    store.vacuum().await?;
    let after = size();
    if context.json {
        output::json(&serde_json::json!({ "bytes_before": before, "bytes": after }));
    } else {
        output::line(&format!("{after} bytes, {before} before"));
    }
    Ok(())
}

async fn migrate(context: &Context) -> Result<(), Failure> {
    let before = SqliteStore::versions(&context.data.database()).await?;
    let _lock = serve::lock(context)?;
    open::core(context).await?;
    if context.json {
        output::json(&serde_json::json!({ "taken": before.due }));
    } else {
        output::line(&format!("{} steps taken", before.due.len()));
    }
    Ok(())
}

async fn status(context: &Context) -> Result<(), Failure> {
    let path = context.data.database();
    let versions = SqliteStore::versions(&path).await?;
    let bytes = std::fs::metadata(&path).map_or(0, |file| file.len());
    let version = versions.taken.last().copied().unwrap_or(0);
    if context.json {
        output::json(&serde_json::json!({
            "database": path,
            "bytes": bytes,
            "version": version,
            "due": versions.due,
        }));
    } else {
        output::line(&format!(
            "{}: {bytes} bytes, version {version}",
            path.display()
        ));
        if !versions.due.is_empty() {
            output::remark(&format!(
                "{} steps are due; serve or db migrate takes them",
                versions.due.len()
            ));
        }
    }
    Ok(())
}
