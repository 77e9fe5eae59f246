//! Which grants were used: written down durably before one is acted on, so that each works once,
//! also across a crash or a restart.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use farpane_protocol::ids::GrantId;
use farpane_protocol::session::host::Recorded;

/// How long a used grant is remembered. Grants live for seconds and name a run of the host, so
/// that a week is far more than needed even with a wrong wall clock.
const REMEMBERED: Duration = Duration::from_secs(7 * 24 * 3600);

/// A folder with one empty file per used grant.
#[derive(Clone, Debug)]
pub struct UsedGrants {
    folder: PathBuf,
}

impl UsedGrants {
    /// Opens the folder, makes it where there is none, and forgets what is long past.
    pub fn open(folder: &Path) -> io::Result<Self> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
        let now = SystemTime::now();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let written = entry.metadata()?.modified()?;
            if now
                .duration_since(written)
                .is_ok_and(|age| age > REMEMBERED)
            {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(Self {
            folder: folder.into(),
        })
    }

    /// Writes the id down: file and folder are synced before this returns `First`. The file's
    /// exclusive creation decides between two that try at once.
    pub fn record(&self, id: GrantId) -> Recorded {
        let path = self.folder.join(id.to_string());
        let made = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path);
        let synced = made.and_then(|file| {
            file.sync_all()?;
            File::open(&self.folder)?.sync_all()
        });
        match synced {
            Ok(()) => Recorded::First,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Recorded::Before,
            Err(error) => {
                tracing::error!(%error, "cannot record a grant as used");
                Recorded::Failed
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_is_recorded_once_also_after_a_restart() {
        let dir = tempfile::tempdir().expect("temp dir");
        let folder = dir.path().join("grants");
        let used = UsedGrants::open(&folder).expect("opens");
        let id = GrantId([7; 16]);
        assert_eq!(used.record(id), Recorded::First);
        assert_eq!(used.record(id), Recorded::Before);
        let again = UsedGrants::open(&folder).expect("opens again");
        assert_eq!(again.record(id), Recorded::Before);
        assert_eq!(again.record(GrantId([8; 16])), Recorded::First);
    }

    #[test]
    fn of_many_that_try_at_once_one_wins() {
        let dir = tempfile::tempdir().expect("temp dir");
        let used = UsedGrants::open(dir.path()).expect("opens");
        let first = std::thread::scope(|scope| {
            let tries: Vec<_> = (0..16)
                .map(|_| scope.spawn(|| used.record(GrantId([1; 16]))))
                .collect();
            tries
                .into_iter()
                .map(|t| t.join().expect("no panic"))
                .collect::<Vec<_>>()
        });
        assert_eq!(first.iter().filter(|r| **r == Recorded::First).count(), 1);
    }

    #[test]
    fn what_cannot_be_written_is_said_and_not_taken_for_first() {
        let dir = tempfile::tempdir().expect("temp dir");
        let folder = dir.path().join("grants");
        let used = UsedGrants::open(&folder).expect("opens");
        fs::remove_dir(&folder).expect("removes");
        assert_eq!(used.record(GrantId([1; 16])), Recorded::Failed);
    }
}
