//! The relay's data folder: its key, and which directory it is enrolled with.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use farpane_certs::files::{create_private_dir, write_private};
use farpane_certs::keys::{self, KeyFileError};
use farpane_protocol::ids::RelayId;
use farpane_protocol::key::{Fingerprint, SecretKey};
use serde::{Deserialize, Serialize};

/// Where a relay keeps what must outlive it.
#[derive(Clone, Debug)]
pub(crate) struct DataDir(PathBuf);

/// Which directory the relay is enrolled with. A relay is enrolled exactly when this file exists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Enrolment {
    /// The relay's id there.
    pub(crate) relay: RelayId,
    /// Its name there.
    pub(crate) name: String,
    /// Address of the directory.
    pub(crate) directory: String,
    /// The directory's identity.
    pub(crate) pin: Fingerprint,
}

/// Why the data folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DataError {
    /// There is no enrolment.
    #[error(
        "this relay is not enrolled (there is no {0}); make a ticket with `farpane-directory \
         ticket relay --name NAME` and run `farpane-relay enroll TICKET`"
    )]
    NotEnrolled(PathBuf),
    /// There is one already.
    #[error(
        "this relay is already enrolled with {directory} as {name}; to enrol it anew, add --force"
    )]
    Enrolled {
        /// Where.
        directory: String,
        /// As what.
        name: String,
    },
    /// The enrolment is something else.
    #[error(
        "{0} is damaged; restore it from a backup, or enrol again with `farpane-relay enroll \
         TICKET --force`"
    )]
    Damaged(PathBuf),
    /// The enrolment is there and the key is not.
    #[error(
        "the key {0} is missing; restore it from a backup, or enrol again with `farpane-relay \
         enroll TICKET --force`"
    )]
    NoKey(PathBuf),
    /// Another relay runs with this folder.
    #[error("another relay is running with {0}; stop it, or choose another folder with --data")]
    InUse(PathBuf),
    /// Reading or writing failed.
    #[error("cannot use {path}; check its owner, or choose another folder with --data")]
    Io {
        /// What.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyFileError),
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> DataError {
    let path = path.to_owned();
    |source| DataError::Io { path, source }
}

/// A key that is not this relay's yet: it becomes so with [`NewIdentity::keep`].
#[derive(Debug)]
pub(crate) struct NewIdentity {
    /// The key to enrol.
    pub(crate) key: SecretKey,
    /// Where it waits; `None` if the relay had one already.
    waiting: Option<PathBuf>,
}

impl DataDir {
    /// The folder named on the command line, or the usual one: `/var/lib/farpane-relay` for root,
    /// else `farpane/relay` in the user's data folder.
    pub(crate) fn choose(named: Option<PathBuf>) -> Self {
        Self::choose_for(named, rustix::process::geteuid().is_root(), |name| {
            std::env::var_os(name).map(PathBuf::from)
        })
    }

    fn choose_for(
        named: Option<PathBuf>,
        is_root: bool,
        variable: impl Fn(&str) -> Option<PathBuf>,
    ) -> Self {
        let user = || {
            variable("XDG_DATA_HOME")
                .filter(|path| path.is_absolute())
                .or_else(|| variable("HOME").map(|home| home.join(".local/share")))
                .unwrap_or_else(|| ".".into())
                .join("farpane/relay")
        };
        Self(named.unwrap_or_else(|| {
            if is_root {
                "/var/lib/farpane-relay".into()
            } else {
                user()
            }
        }))
    }

    fn key_file(&self) -> PathBuf {
        self.0.join("relay.key")
    }

    /// A key whose enrolment is under way. It is written before the directory hears of it, so that
    /// a crash between the directory's yes and ours loses neither key nor ticket: the next try
    /// takes it up.
    fn waiting_key_file(&self) -> PathBuf {
        self.0.join("relay.key.enrolling")
    }

    fn enrolment_file(&self) -> PathBuf {
        self.0.join("enrolment.json")
    }

    /// The enrolment.
    pub(crate) fn enrolment(&self) -> Result<Enrolment, DataError> {
        let path = self.enrolment_file();
        match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|_| DataError::Damaged(path)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(DataError::NotEnrolled(path))
            }
            Err(error) => Err(io_error(&path)(error)),
        }
    }

    /// Holds if there is no enrolment; one that cannot be read counts as one.
    pub(crate) fn must_not_be_enrolled(&self) -> Result<(), DataError> {
        match self.enrolment() {
            Err(DataError::NotEnrolled(_)) => Ok(()),
            Ok(Enrolment {
                name, directory, ..
            }) => Err(DataError::Enrolled { directory, name }),
            Err(other) => Err(other),
        }
    }

    /// The relay's key, or a new one that waits for its enrolment. Makes the folder.
    pub(crate) fn identity_to_enrol(&self) -> Result<NewIdentity, DataError> {
        create_private_dir(&self.0).map_err(io_error(&self.0))?;
        match keys::load(&self.key_file()) {
            Ok(key) => {
                // A folder that cannot be written must not cost a use of the ticket.
                let probe = self.0.join("enrolment.json.probe");
                write_private(&probe, b"").map_err(io_error(&self.0))?;
                fs::remove_file(&probe).map_err(io_error(&probe))?;
                Ok(NewIdentity { key, waiting: None })
            }
            Err(KeyFileError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                let waiting = self.waiting_key_file();
                let key = keys::load_or_create(&waiting).map_err(|error| match error {
                    KeyFileError::Io { path, source } => DataError::Io { path, source },
                    other @ (KeyFileError::Damaged(_) | KeyFileError::Exposed(_)) => other.into(),
                })?;
                Ok(NewIdentity {
                    key,
                    waiting: Some(waiting),
                })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Writes down that the directory took this identity.
    pub(crate) fn keep(&self, new: NewIdentity, enrolment: &Enrolment) -> Result<(), DataError> {
        let key = self.key_file();
        if let Some(waiting) = new.waiting {
            fs::rename(&waiting, &key).map_err(io_error(&key))?;
        }
        let path = self.enrolment_file();
        let mut json = serde_json::to_vec_pretty(enrolment).map_err(|error| DataError::Io {
            path: path.clone(),
            source: error.into(),
        })?;
        json.push(b'\n');
        // This also syncs the folder, and with it the renamed key.
        write_private(&path, &json).map_err(io_error(&path))
    }

    /// Takes back a new key that the directory did not take; leaves nothing behind.
    pub(crate) fn discard(&self, new: NewIdentity) {
        if let Some(waiting) = new.waiting {
            // What cannot be removed does no harm: the next try takes it up.
            drop(fs::remove_file(waiting));
            // Goes only if it is empty, so only if the folder was made for this.
            drop(fs::remove_dir(&self.0));
        }
    }

    /// The enrolled relay's key, and a lock that ends with the returned file.
    pub(crate) fn identity(&self) -> Result<(SecretKey, File), DataError> {
        let path = self.key_file();
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(DataError::NoKey(path));
            }
            Err(error) => return Err(io_error(&path)(error)),
        };
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(DataError::InUse(self.0.clone())),
            Err(TryLockError::Error(error)) => return Err(io_error(&path)(error)),
        }
        Ok((keys::load(&path)?, file))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn enrolment() -> Enrolment {
        Enrolment {
            relay: "018f4a2e-0000-7000-8000-000000000001".parse().expect("id"),
            name: "oslo".into(),
            directory: "https://rmm.example:8443".into(),
            pin: Fingerprint::of(b"directory"),
        }
    }

    fn folder() -> (tempfile::TempDir, DataDir) {
        let dir = tempfile::tempdir().expect("temp dir");
        let data = DataDir(dir.path().join("relay"));
        (dir, data)
    }

    #[test]
    fn an_enrolment_is_kept_with_its_key_and_private() {
        let (_dir, data) = folder();
        assert!(matches!(data.enrolment(), Err(DataError::NotEnrolled(_))));
        let new = data.identity_to_enrol().expect("makes a key");
        let key = new.key.public();
        data.keep(new, &enrolment()).expect("keeps");
        assert_eq!(data.enrolment().expect("enrolled"), enrolment());
        assert!(matches!(
            data.must_not_be_enrolled(),
            Err(DataError::Enrolled { .. })
        ));
        let (found, lock) = data.identity().expect("a key");
        assert_eq!(found.public(), key);
        assert!(matches!(data.identity(), Err(DataError::InUse(_))));
        drop(lock);
        let again = data.identity_to_enrol().expect("the same");
        assert_eq!(again.key.public(), key);
        data.discard(again);
        data.identity().expect("is still there");
        let mut names: Vec<_> = fs::read_dir(&data.0)
            .expect("lists")
            .map(|entry| entry.expect("entry").file_name())
            .collect();
        names.sort();
        assert_eq!(names, ["enrolment.json", "relay.key"]);
        for name in names {
            let meta = fs::metadata(data.0.join(name)).expect("exists");
            assert_eq!(meta.permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn a_refused_enrolment_leaves_nothing_behind() {
        let (dir, data) = folder();
        let new = data.identity_to_enrol().expect("makes a key");
        data.discard(new);
        assert_eq!(fs::read_dir(dir.path()).expect("lists").count(), 0);
    }

    #[test]
    fn a_crash_after_the_directorys_yes_loses_no_key() {
        let (_dir, data) = folder();
        let first = data.identity_to_enrol().expect("makes a key").key.public();
        let second = data.identity_to_enrol().expect("takes it up").key.public();
        assert_eq!(first, second);
    }

    #[test]
    fn a_damaged_enrolment_is_named_and_left_alone() {
        let (_dir, data) = folder();
        let new = data.identity_to_enrol().expect("makes a key");
        data.keep(new, &enrolment()).expect("keeps");
        fs::write(data.enrolment_file(), "{\"relay\":").expect("writes");
        assert!(matches!(data.enrolment(), Err(DataError::Damaged(_))));
        assert!(matches!(
            data.must_not_be_enrolled(),
            Err(DataError::Damaged(_))
        ));
        fs::remove_file(data.key_file()).expect("removes");
        assert!(matches!(data.identity(), Err(DataError::NoKey(_))));
    }

    #[test]
    fn the_usual_folder_depends_on_who_runs_it() {
        let home = |name: &str| (name == "HOME").then(|| PathBuf::from("/users/op"));
        let xdg = |name: &str| Some(PathBuf::from(if name == "HOME" { "/h" } else { "/xdg" }));
        let choose = |root, variable: &dyn Fn(&str) -> Option<PathBuf>| {
            DataDir::choose_for(None, root, variable).0
        };
        let usual = "/var/lib/farpane-relay";
        assert_eq!(choose(true, &xdg), PathBuf::from(usual));
        let under_home = "/users/op/.local/share/farpane/relay";
        assert_eq!(choose(false, &home), PathBuf::from(under_home));
        assert_eq!(choose(false, &xdg), PathBuf::from("/xdg/farpane/relay"));
        let named = DataDir::choose_for(Some("here".into()), true, xdg);
        assert_eq!(named.0, PathBuf::from("here"));
    }
}
