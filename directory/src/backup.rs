//! Backups: the database and the keys of an installation in one encrypted file.
//!
//! The file begins with a line that names the format and a line that says how it is locked; the
//! rest is a [`seal`]ed stream of an [`archive`]. Whoever lacks the passphrase or the key file
//! learns when it was made and how large it is, and cannot change or shorten it unnoticed.

pub mod archive;
pub mod seal;

use std::io::{self, BufRead, Read as _, Write};

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use farpane_protocol::key::{Fingerprint, SecretKey};
use farpane_protocol::time::Timestamp;
use ring::aead::{CHACHA20_POLY1305, LessSafeKey, UnboundKey};
use ring::hkdf::{HKDF_SHA256, Salt};
use serde::{Deserialize, Serialize};

use seal::{Opening, Sealing};

const FORMAT: &str = "farpane-backup/1";

/// Names this use of a key, so that the same key file never keys two things alike.
const LABEL: &[u8] = b"farpane-backup/1 stream";

/// Longest of the two lines, in bytes: ours have some two hundred.
const LINE_BYTES: u64 = 4096;

/// What the passphrase costs to try: 64 MiB and three passes, a quarter of a second here. A backup
/// is tried off line, so more than a sign-in costs.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;

/// What a file may ask for at most, so that a foreign one cannot take the machine down.
const MEMORY_KIB_MOST: u32 = 1024 * 1024;
const PASSES_MOST: u32 = 16;

/// Shortest passphrase that locks a backup.
const PASSPHRASE_CHARS: usize = 12;

/// What opens a backup.
#[derive(Clone)]
pub enum Secret {
    /// A passphrase.
    Passphrase(String),
    /// A key file, kept elsewhere.
    Key(SecretKey),
}

/// The second line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// When it was made.
    pub made: Timestamp,
    /// By which version of the program.
    pub version: String,
    /// How it is locked.
    pub lock: Lock,
    /// Random; makes each file's key its own.
    salt: String,
}

/// How a backup is locked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lock {
    /// By a passphrase, through argon2id.
    Passphrase {
        /// Memory for one try, in KiB.
        memory_kib: u32,
        /// Passes of one try.
        passes: u32,
    },
    /// By a key file.
    Key {
        /// Which.
        key: Fingerprint,
    },
}

/// Why a backup cannot be made or opened.
#[derive(Debug, thiserror::Error)]
pub enum BadBackup {
    /// Reading or writing failed.
    #[error("cannot read or write")]
    Io(#[from] io::Error),
    /// It is something else.
    #[error("this is not a backup of farpane-directory")]
    NotOne,
    /// A later version of the program wrote it.
    #[error("a newer version of farpane-directory made this backup")]
    Newer,
    /// The passphrase is too short to protect anything.
    #[error("a passphrase needs at least {PASSPHRASE_CHARS} characters")]
    Short,
    /// It needs the other kind of secret.
    #[error("this backup is locked with {0}")]
    OtherKind(&'static str),
    /// Another key file locked it.
    #[error("this backup is locked with the key file {0}")]
    OtherKey(Fingerprint),
    /// The passphrase could not be tried.
    #[error("the passphrase cannot be tried on this machine")]
    Derive,
    /// Wrong passphrase, or a changed file.
    #[error("the passphrase or key file is wrong, or the file was changed")]
    Locked,
    /// The file ends too early.
    #[error("the file is cut off")]
    Cut,
    /// It opens, and holds what no version of ours writes.
    #[error("the file holds something unexpected: {0}")]
    Content(&'static str),
}

impl BadBackup {
    /// The error that a stream carried through [`io::Error`], where it is one of ours.
    pub fn of_stream(error: io::Error) -> Self {
        match error.downcast::<Self>() {
            Ok(ours) => ours,
            Err(error) => Self::Io(error),
        }
    }
}

/// The stream's key: from the secret, and from every byte of the two lines.
fn stream_key(secret: &Secret, head: &Head, lines: &[u8]) -> Result<LessSafeKey, BadBackup> {
    let salt = URL_SAFE_NO_PAD.decode(&head.salt);
    let salt = salt.map_err(|_| BadBackup::NotOne)?;
    let mut root = [0u8; 32];
    match (secret, &head.lock) {
        (Secret::Passphrase(text), Lock::Passphrase { memory_kib, passes }) => {
            if *memory_kib > MEMORY_KIB_MOST || *passes > PASSES_MOST {
                return Err(BadBackup::Derive);
            }
            let params = Params::new(*memory_kib, *passes, 1, Some(root.len()));
            let params = params.map_err(|_| BadBackup::Derive)?;
            Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
                .hash_password_into(text.as_bytes(), &salt, &mut root)
                .map_err(|_| BadBackup::Derive)?;
        }
        (Secret::Key(key), Lock::Key { key: named }) => {
            if key.public().fingerprint() != *named {
                return Err(BadBackup::OtherKey(*named));
            }
            root = *key.dangerous_seed();
        }
        (Secret::Passphrase(_), Lock::Key { .. }) => {
            return Err(BadBackup::OtherKind("a key file; name it with --key-file"));
        }
        (Secret::Key(_), Lock::Passphrase { .. }) => {
            return Err(BadBackup::OtherKind(
                "a passphrase; name its file with --passphrase-file",
            ));
        }
    }
    let extracted = Salt::new(HKDF_SHA256, &salt).extract(&root);
    let info = [LABEL, lines];
    let okm = extracted.expand(&info, &CHACHA20_POLY1305);
    let okm = okm.map_err(|_| BadBackup::Derive)?;
    Ok(LessSafeKey::new(UnboundKey::from(okm)))
}

impl Secret {
    /// Refuses a passphrase that is too short to protect anything.
    pub fn check(&self) -> Result<(), BadBackup> {
        match self {
            Self::Passphrase(text) if text.chars().count() < PASSPHRASE_CHARS => {
                Err(BadBackup::Short)
            }
            Self::Passphrase(_) | Self::Key(_) => Ok(()),
        }
    }
}

/// Begins a backup: writes the two lines; what is written after is sealed.
pub fn create<W: Write>(
    mut to: W,
    secret: &Secret,
    made: Timestamp,
) -> Result<Sealing<W>, BadBackup> {
    secret.check()?;
    let lock = match secret {
        Secret::Passphrase(_) => Lock::Passphrase {
            memory_kib: MEMORY_KIB,
            passes: PASSES,
        },
        Secret::Key(key) => Lock::Key {
            key: key.public().fingerprint(),
        },
    };
    let head = Head {
        made,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        lock,
        salt: URL_SAFE_NO_PAD.encode(farpane_certs::random::bytes::<32>()),
    };
    let head_line = serde_json::to_string(&head).map_err(|_| BadBackup::NotOne)?;
    let lines = format!("{FORMAT}\n{head_line}\n");
    let key = stream_key(secret, &head, lines.as_bytes())?;
    to.write_all(lines.as_bytes())?;
    Ok(Sealing::new(to, key))
}

/// Opens a backup: reads the two lines; what is read after is checked, chunk by chunk.
pub fn open<R: BufRead>(mut from: R, secret: &Secret) -> Result<(Head, Opening<R>), BadBackup> {
    let mut lines = Vec::new();
    from.by_ref()
        .take(LINE_BYTES)
        .read_until(b'\n', &mut lines)?;
    if lines != format!("{FORMAT}\n").as_bytes() {
        let newer = lines.starts_with(b"farpane-backup/");
        return Err(if newer {
            BadBackup::Newer
        } else {
            BadBackup::NotOne
        });
    }
    let at = lines.len();
    from.by_ref()
        .take(LINE_BYTES)
        .read_until(b'\n', &mut lines)?;
    let head: Head = serde_json::from_slice(&lines[at..]).map_err(|_| BadBackup::NotOne)?;
    let key = stream_key(secret, &head, &lines)?;
    Ok((head, Opening::new(from, key)))
}

#[cfg(test)]
mod tests;
