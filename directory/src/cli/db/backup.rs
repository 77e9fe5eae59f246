//! `db backup`: the database and the keys in one encrypted file.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use clap::Args;

use super::super::failure::Failure;
use super::super::{Context, open, output};
use super::Unlock;
use crate::app::Core;
use crate::audit::{Actor, Event};
use crate::backup::{self, BadBackup, Secret, archive};
use crate::store::sqlite::SqliteStore;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  farpane-directory db backup farpane.backup --passphrase-file phrase
  farpane-directory db backup farpane.backup --key-file /media/usb/farpane-backup.key

The server may run meanwhile. The folder of the installation needs room for one more copy of the
database until the file is written.")]
pub(in crate::cli) struct Backup {
    /// Where to write it. A file that is there already is left alone.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    unlock: Unlock,
}

impl Backup {
    pub(in crate::cli) async fn run(self, context: &Context) -> Result<(), Failure> {
        let (core, store) = open::core(context).await?;
        let secret = self.unlock.secret(true)?;
        secret.check()?;
        if self.file.exists() {
            return Err(Failure::failed(format!(
                "{} is there already; name another file",
                self.file.display()
            )));
        }
        let beside = with_suffix(&self.file, ".new");
        // Begun before it is recorded: what cannot be written is no backup.
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&beside)
            .map_err(|error| self.cannot(error))?;
        let entry = core.entry(Actor::Operator, Event::BackedUp);
        core.store.record(&entry).await?;
        let to = (file, beside.as_path());
        let written = self.write(context, (&core, &store), &secret, to).await;
        let bytes = match written {
            Ok(bytes) => bytes,
            Err(failure) => {
                fs::remove_file(&beside).ok(); // half of one is worth nothing
                return Err(failure);
            }
        };
        if context.json {
            output::json(&serde_json::json!({ "file": self.file, "bytes": bytes }));
        } else {
            output::line(&format!("{bytes} bytes in {}", self.file.display()));
        }
        Ok(())
    }

    fn cannot(&self, error: io::Error) -> Failure {
        Failure::failed(format!(
            "cannot write {}; check the folder and the free space",
            self.file.display()
        ))
        .because(error)
    }

    async fn write(
        &self,
        context: &Context,
        (core, store): (&Core, &SqliteStore),
        secret: &Secret,
        (file, beside): (File, &Path),
    ) -> Result<u64, Failure> {
        let cannot = |error| self.cannot(error);
        let copy = Copy::begin(context)?;
        store.copy_to(&copy.0).await?;
        let mut sealing = backup::create(BufWriter::new(file), secret, core.clock.now())?;
        let keys = context.data.key_files().map_err(cannot)?;
        for key in &keys {
            let name = key.file_name().unwrap_or_default().to_string_lossy();
            put(&mut sealing, &name, key).map_err(cannot)?;
        }
        put(&mut sealing, super::restore::DATABASE, &copy.0).map_err(cannot)?;
        archive::end(&mut sealing).map_err(cannot)?;
        let file = sealing.finish().map_err(cannot)?;
        let file = file
            .into_inner()
            .map_err(|error| cannot(error.into_error()))?;
        file.sync_all().map_err(cannot)?;
        let bytes = file.metadata().map_err(cannot)?.len();
        fs::rename(beside, &self.file).map_err(cannot)?;
        let folder = self
            .file
            .parent()
            .filter(|path| !path.as_os_str().is_empty());
        let folder = File::open(folder.unwrap_or(Path::new("."))).map_err(cannot)?;
        folder.sync_all().map_err(cannot)?;
        Ok(bytes)
    }
}

fn put(to: &mut impl Write, name: &str, path: &Path) -> io::Result<()> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    archive::put(to, name, length, &mut file)
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// The copy of the database that is being packed; gone when this goes. It lies in the folder of
/// the installation, which only its owner may read.
struct Copy(PathBuf);

impl Copy {
    fn begin(context: &Context) -> Result<Self, Failure> {
        let copy = Self(context.data.path().join("directory.db.backup"));
        match fs::remove_file(&copy.0) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(Failure::from(BadBackup::Io(error)))
            }
            Ok(()) | Err(_) => Ok(copy),
        }
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        fs::remove_file(&self.0).ok();
    }
}
