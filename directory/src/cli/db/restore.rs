//! `db restore`: an installation from a backup. What may have been used, ended or taken back since
//! the backup was made is put in doubt, so that an old copy gives nobody back what they had lost.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use farpane_certs::files::create_private_dir;
use farpane_protocol::time::Timestamp;

use super::super::failure::Failure;
use super::super::{Context, key, output};
use super::Unlock;
use crate::app::Core;
use crate::app::grant_keys::Pace;
use crate::audit::Actor;
use crate::backup::{self, BadBackup, archive};
use crate::clock::Clock;
use crate::model::text::Email;
use crate::store::sqlite::SqliteStore;
use crate::store::{Installation as _, Store};

/// Name of the database in a backup.
pub(super) const DATABASE: &str = "directory.db";

/// Largest key file that is taken, in bytes: ours have some hundred.
const KEY_BYTES: u64 = 64 * 1024;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  farpane-directory db restore --data /srv/farpane farpane.backup --passphrase-file phrase --trust anna@example.org
  farpane-directory db restore --data /srv/farpane farpane.backup --key-file farpane-backup.key --trust-all

Afterwards hosts and relays connect again by themselves. Sessions are over, everybody is signed out,
viewers too; tickets, invitations and recovery codes are used up, API tokens, requests and unused
approvals are gone: nobody knows which of them were used or taken back after the backup. For the
same reason every account that --trust does not name is disabled and its password and passkeys are
void; enable the others one by one with user enable and give them a new password with user
reset. What hosts remember to be taken back, such as
removed devices and disabled accounts, is taken back again as soon as they connect.")]
pub(in crate::cli) struct Restore {
    /// The backup.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    unlock: Unlock,
    /// An account that may act at once; may be given several times.
    #[arg(long, value_name = "EMAIL")]
    trust: Vec<String>,
    /// Trust every account: nobody's rights were taken away since the backup.
    #[arg(long, conflicts_with = "trust")]
    trust_all: bool,
}

impl Restore {
    pub(in crate::cli) async fn run(self, context: &Context) -> Result<(), Failure> {
        let secret = self.unlock.secret(false)?;
        let trusted = self.trusted()?;
        let opened = File::open(&self.file).map_err(|error| {
            Failure::usage(format!("cannot read {}", self.file.display())).because(error)
        })?;
        let (head, mut from) = backup::open(BufReader::new(opened), &secret)?;
        let made = Made::begin(context.data.path())?;
        let beside = context.data.path().join("directory.db.new");
        let restored = async {
            unpack(&mut from, context.data.path(), &beside)?;
            let done = put_right(context, &beside, head.made, trusted.as_deref()).await?;
            fs::rename(&beside, context.data.database()).map_err(BadBackup::Io)?;
            let folder = File::open(context.data.path()).map_err(BadBackup::Io)?;
            folder.sync_all().map_err(BadBackup::Io)?;
            Ok::<_, Failure>(done)
        };
        let done = match restored.await {
            Ok(done) => done,
            Err(failure) => {
                made.undo();
                return Err(failure);
            }
        };
        if context.json {
            output::json(&serde_json::json!({
                "data": context.data.path(),
                "made": head.made,
                "disabled": done.disabled,
                "epoch": done.epoch,
            }));
            return Ok(());
        }
        for email in &done.disabled {
            output::remark(&format!(
                "{email} is disabled; if nothing was taken from them since the backup: {} and {}",
                context.hint(&format!("user enable {email}")),
                context.hint(&format!("user reset {email}"))
            ));
        }
        output::remark(
            "Tickets, invitations, recovery codes and API tokens are used up; make new ones.",
        );
        output::line(&format!("restored in {}", context.data.path().display()));
        Ok(())
    }

    /// Addresses that are trusted; `None` for everybody.
    fn trusted(&self) -> Result<Option<Vec<Email>>, Failure> {
        if self.trust_all {
            return Ok(None);
        }
        let read = |text: &String| {
            Email::parse(text)
                .map_err(|error| Failure::usage(format!("--trust {text}")).because(error))
        };
        self.trust
            .iter()
            .map(read)
            .collect::<Result<_, _>>()
            .map(Some)
    }
}

/// Writes what is in the archive into the folder.
fn unpack(from: &mut impl io::Read, folder: &Path, beside: &Path) -> Result<(), BadBackup> {
    let mut has_database = false;
    for _ in 0..archive::FILES_MOST {
        let Some((name, length)) = archive::next(from)? else {
            if !has_database {
                return Err(BadBackup::Content("no database"));
            }
            // The end has to be looked at, or a file with something after it would pass.
            let mut rest = [0; 1];
            let more = from.read(&mut rest).map_err(BadBackup::of_stream)?;
            return match more {
                0 => Ok(()),
                _ => Err(BadBackup::Content("something after the end")),
            };
        };
        let path = if name == DATABASE {
            has_database = true;
            beside.to_path_buf()
        } else if Path::new(&name).extension().is_some_and(|end| end == "key")
            && length <= KEY_BYTES
        {
            folder.join(&name)
        } else {
            return Err(BadBackup::Content(
                "a file that is neither database nor key",
            ));
        };
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)?;
        let copied = io::copy(&mut from.take(length), &mut file).map_err(BadBackup::of_stream)?;
        if copied != length {
            return Err(BadBackup::Cut);
        }
        file.sync_all()?;
    }
    Err(BadBackup::Content("too many files"))
}

struct Done {
    epoch: u64,
    disabled: Vec<String>,
}

/// Puts everything in doubt that the backup cannot know of.
async fn put_right(
    context: &Context,
    database: &Path,
    made: Timestamp,
    trusted: Option<&[Email]>,
) -> Result<Done, Failure> {
    let store = SqliteStore::open(database).await?;
    let org = store.org().await?.ok_or_else(|| {
        Failure::failed("the backup holds an empty database").because(BadBackup::Content("nothing"))
    })?;
    let core = Core {
        store: Arc::new(store.clone()) as Arc<dyn Store>,
        clock: Clock::wall(),
        org,
    };
    // The key that signed then may have been withdrawn since.
    core.hurry_grant_key(Pace::Restored).await?;
    key::follow(context, &core, Pace::Restored).await?;
    let epoch = core.after_restore(made).await?;
    let mut disabled = Vec::new();
    for org in core.store.orgs().await? {
        let core = Core {
            org,
            ..core.clone()
        };
        for account in core.store.accounts(core.org.id).await? {
            let is_trusted = trusted.is_none_or(|list| list.contains(&account.email));
            if account.disabled.is_none() && !is_trusted {
                core.lock_out(&account, Actor::Operator).await?;
                core.store.void_sign_in(account.id).await?;
                disabled.push(account.email.to_string());
            }
        }
    }
    store.close().await;
    Ok(Done { epoch, disabled })
}

/// The folder that is being filled, and taken away again if that fails.
struct Made {
    folder: PathBuf,
    existed: bool,
}

impl Made {
    fn begin(folder: &Path) -> Result<Self, Failure> {
        let refuse = |error: io::Error| {
            Failure::failed(format!(
                "cannot make the folder {}; name one that this user may write with --data",
                folder.display()
            ))
            .because(error)
        };
        let existed = folder.exists();
        if existed && fs::read_dir(folder).map_err(refuse)?.next().is_some() {
            return Err(Failure::usage(format!(
                "the folder {} is not empty; name an empty or new one with --data",
                folder.display()
            )));
        }
        create_private_dir(folder).map_err(refuse)?;
        Ok(Self {
            folder: folder.to_owned(),
            existed,
        })
    }

    /// Takes away what was made; the folder was empty before.
    fn undo(self) {
        if let Ok(entries) = fs::read_dir(&self.folder) {
            for entry in entries.flatten() {
                fs::remove_file(entry.path()).ok();
            }
        }
        if !self.existed {
            fs::remove_dir(&self.folder).ok();
        }
    }
}
