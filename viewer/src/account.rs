//! What this installation remembers about its account: the data folder, the key, who is signed
//! in where.

use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use farpane_certs::{files, keys};
use farpane_protocol::ids::ViewerId;
use farpane_protocol::key::{Fingerprint, SecretKey};
use farpane_protocol::outcome::Outcome;
use farpane_transport::directory::{Agent, DirectoryClient};
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// Largest account file that is read, in bytes: a real one stays below 1 KiB.
const ACCOUNT_BYTES: u64 = 64 * 1024;

/// The folder where a viewer keeps its key, its account and its recent devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home(PathBuf);

impl Home {
    /// That folder, or `$XDG_DATA_HOME/farpane/viewer`, or `~/.local/share/farpane/viewer`.
    pub fn new(chosen: Option<PathBuf>) -> Result<Self> {
        if let Some(folder) = chosen {
            return Ok(Self(folder));
        }
        let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let base = set("XDG_DATA_HOME")
            .map(PathBuf::from)
            .or_else(|| set("HOME").map(|home| Path::new(&home).join(".local/share")))
            .ok_or_else(|| {
                let sentence =
                    "Neither HOME nor XDG_DATA_HOME is set; say where to keep data with --data DIR.";
                Failure::new(Outcome::Usage, sentence)
            })?;
        Ok(Self(base.join("farpane/viewer")))
    }

    /// The folder itself.
    pub fn folder(&self) -> &Path {
        &self.0
    }

    /// Where the key of this installation is.
    pub fn key_file(&self) -> PathBuf {
        self.0.join("viewer.key")
    }

    /// Where the account is.
    pub fn account_file(&self) -> PathBuf {
        self.0.join("account.json")
    }

    /// Where the recently used devices are.
    pub fn recent_file(&self) -> PathBuf {
        self.0.join("recent.json")
    }

    /// Makes the folder, for its owner only.
    pub fn create(&self) -> Result<()> {
        files::create_private_dir(&self.0).with_context(|| {
            format!(
                "Cannot make the data folder {}; choose another with --data DIR",
                self.0.display()
            )
        })
    }

    /// The account, if somebody signed in here.
    pub fn account(&self) -> Result<Option<Account>> {
        let path = self.account_file();
        let text = match read_limited(&path, ACCOUNT_BYTES) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(error).with_context(|| format!("Cannot read {}", path.display()));
            }
        };
        serde_json::from_str(&text).map(Some).map_err(|_| {
            let sentence = format!(
                "{} is damaged. Sign in again with farpane-viewer sign-in.",
                path.display()
            );
            Failure::new(Outcome::Usage, sentence).into()
        })
    }

    /// The account and the key; an error that says how to sign in where there is none.
    pub fn signed_in(&self) -> Result<SignedInHere> {
        let Some(account) = self.account()? else {
            let sentence = format!(
                "Nobody is signed in with the data folder {}. Sign in first: \
                 farpane-viewer sign-in --directory URL",
                self.0.display()
            );
            return Err(Failure::new(Outcome::Usage, sentence).into());
        };
        let key = keys::load(&self.key_file()).context(
            "The key of this viewer cannot be used; sign in again with farpane-viewer sign-in",
        )?;
        Ok(SignedInHere { account, key })
    }
}

/// Reads a text file, refusing one over a limit.
pub(crate) fn read_limited(path: &Path, limit: u64) -> io::Result<String> {
    use std::io::Read as _;

    let mut text = String::new();
    let read = std::fs::File::open(path)?
        .take(limit + 1)
        .read_to_string(&mut text)?;
    if read as u64 > limit {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "the file is too large",
        ));
    }
    Ok(text)
}

/// Who is signed in, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Address of the directory.
    pub directory: String,
    /// Its identity, as confirmed when signing in.
    pub pin: Fingerprint,
    /// The account's address.
    pub email: String,
    /// The person's name.
    pub person: String,
    /// The organisation.
    pub org_name: String,
    /// What the directory calls this installation.
    pub viewer: ViewerId,
}

/// An account together with the key that speaks for it.
#[derive(Clone, Debug)]
pub struct SignedInHere {
    /// Who and where.
    pub account: Account,
    /// The key of this installation.
    pub key: SecretKey,
}

impl SignedInHere {
    /// A client of the account's directory.
    pub fn agent(&self) -> Result<Agent, Failure> {
        let client = DirectoryClient::new(&self.account.directory, self.account.pin)?;
        Ok(client.agent(self.key.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::outcome_of;

    #[test]
    fn an_empty_folder_says_how_to_sign_in() {
        let dir = tempfile::tempdir().expect("temp dir");
        let home = Home::new(Some(dir.path().into())).expect("chosen");
        let error = home.signed_in().expect_err("nobody there");
        assert_eq!(outcome_of(&error), Outcome::Usage);
        assert!(
            error.to_string().contains("farpane-viewer sign-in"),
            "{error}"
        );
    }

    #[test]
    fn a_damaged_or_endless_account_is_refused() {
        let dir = tempfile::tempdir().expect("temp dir");
        let home = Home::new(Some(dir.path().into())).expect("chosen");
        std::fs::write(home.account_file(), "{").expect("writes");
        assert_eq!(
            outcome_of(&home.account().expect_err("damaged")),
            Outcome::Usage
        );
        let endless = "x".repeat(ACCOUNT_BYTES as usize + 1);
        std::fs::write(home.account_file(), endless).expect("writes");
        assert!(home.account().is_err());
    }
}
