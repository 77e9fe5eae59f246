//! The Ed25519 key of an installation: made on this machine, kept in a file that only its owner
//! may read, never sent anywhere.

use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use farpane_protocol::key::SecretKey;
use zeroize::Zeroizing;

use crate::files::write_private;

const HEAD: &str = "farpane-ed25519-seed ";

/// Why a key file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// Reading or writing failed.
    #[error("cannot use the key file {path}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is something else.
    #[error("{0} is not a Farpane key file; restore it from a backup or remove it and enrol again")]
    Damaged(PathBuf),
    /// Others may read it, so it may be known.
    #[error("other users can read the key file {0}; take their access away with chmod 600")]
    Exposed(PathBuf),
}

/// Reads the key, or makes one where there is none yet.
pub fn load_or_create(path: &Path) -> Result<SecretKey, KeyFileError> {
    match load(path) {
        Err(KeyFileError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            let key = SecretKey::from_seed(crate::random::bytes());
            let seed = Zeroizing::new(STANDARD.encode(key.dangerous_seed()));
            let line = Zeroizing::new(format!("{HEAD}{}\n", *seed));
            write_private(path, line.as_bytes()).map_err(|source| KeyFileError::Io {
                path: path.into(),
                source,
            })?;
            Ok(key)
        }
        other => other,
    }
}

/// Reads the key of an installation that must have one.
pub fn load(path: &Path) -> Result<SecretKey, KeyFileError> {
    let io_error = |source| KeyFileError::Io {
        path: path.into(),
        source,
    };
    let text = Zeroizing::new(std::fs::read_to_string(path).map_err(io_error)?);
    if std::fs::metadata(path)
        .map_err(io_error)?
        .permissions()
        .mode()
        & 0o077
        != 0
    {
        return Err(KeyFileError::Exposed(path.into()));
    }
    let damaged = || KeyFileError::Damaged(path.into());
    let seed = text.trim_end().strip_prefix(HEAD).ok_or_else(damaged)?;
    let seed = Zeroizing::new(STANDARD.decode(seed).map_err(|_| damaged())?);
    Ok(SecretKey::from_seed(
        seed.as_slice().try_into().map_err(|_| damaged())?,
    ))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_key_is_made_once_and_kept() {
        let dir = tempfile::tempdir().expect("temp dir");
        let path = dir.path().join("host.key");
        let made = load_or_create(&path).expect("makes");
        assert_eq!(
            load_or_create(&path).expect("reads").public(),
            made.public()
        );
    }

    #[test]
    fn exposed_and_damaged_files_are_refused_and_left_alone() {
        let dir = tempfile::tempdir().expect("temp dir");
        let path = dir.path().join("host.key");
        load_or_create(&path).expect("makes");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("chmod");
        assert!(matches!(
            load_or_create(&path),
            Err(KeyFileError::Exposed(_))
        ));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("chmod");
        fs::write(&path, "junk").expect("writes");
        assert!(matches!(
            load_or_create(&path),
            Err(KeyFileError::Damaged(_))
        ));
        assert_eq!(fs::read_to_string(&path).expect("reads"), "junk");
    }
}
