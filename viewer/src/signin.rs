//! Signing in with a password, for accounts that have nothing more: the directory's identity is
//! confirmed, the password proves the person, and this installation's key is enrolled. Nothing is
//! written before all of it has worked. Everybody else signs in through the browser (`browser`).

use anyhow::{Context as _, Result};
use farpane_certs::{files, keys};
use farpane_media::paint::printable;
use farpane_protocol::api::{SignIn, SignedIn, path};
use farpane_protocol::key::{Fingerprint, SecretKey};
use farpane_protocol::limits::NAME_BYTES;
use farpane_transport::directory::DirectoryClient;

use crate::account::{Account, Home};

/// What a person enters.
#[derive(Clone)]
pub struct Credentials {
    /// Address of the directory.
    pub directory: String,
    /// Its identity, confirmed by the person.
    pub pin: Fingerprint,
    /// The account.
    pub email: String,
    /// The password.
    pub password: String,
}

/// Signs in and remembers the account.
///
/// # Errors
/// The directory's, and those of writing the key and the account.
pub async fn sign_in(home: &Home, credentials: &Credentials) -> Result<Account> {
    let client = DirectoryClient::new(&credentials.directory, credentials.pin)?;
    home.create()?;
    let key = CandidateKey::take(home)?;
    let request = SignIn {
        email: credentials.email.clone(),
        password: credentials.password.clone(),
        key: key.secret.public(),
        proof: client.challenge(&key.secret).await?,
        name: machine_name(),
        version: env!("CARGO_PKG_VERSION").into(),
    };
    let answer: SignedIn = client.post(path::SIGN_IN, &request).await?;
    key.remember(home, &credentials.directory, credentials.pin, &answer)
}

/// The key to enrol: the installation's own, or a new one that is kept only if signing in works.
pub(crate) struct CandidateKey {
    pub(crate) secret: SecretKey,
    /// Where a new key waits; removed when this is dropped.
    waiting: Option<std::path::PathBuf>,
}

impl CandidateKey {
    pub(crate) fn take(home: &Home) -> Result<Self> {
        let file = home.key_file();
        if file.exists() {
            let secret = keys::load(&file)?;
            return Ok(Self {
                secret,
                waiting: None,
            });
        }
        // One per process, so that two that sign in at once do not remove each other's.
        let waiting = file.with_extension(format!("key.{}", std::process::id()));
        let secret = keys::load_or_create(&waiting).with_context(|| {
            format!(
                "Cannot write into {}; choose another folder with --data DIR",
                home.folder().display()
            )
        })?;
        Ok(Self {
            secret,
            waiting: Some(waiting),
        })
    }

    /// The key is enrolled: keeps it, and who is signed in.
    pub(crate) fn remember(
        self,
        home: &Home,
        directory: &str,
        pin: Fingerprint,
        answer: &SignedIn,
    ) -> Result<Account> {
        let account = Account {
            directory: directory.to_owned(),
            pin,
            email: printable(&answer.account).into_owned(),
            person: printable(&answer.person).into_owned(),
            org_name: printable(&answer.org_name).into_owned(),
            viewer: answer.viewer,
        };
        self.keep(home)?;
        let text = serde_json::to_vec_pretty(&account)?;
        let file = home.account_file();
        files::write_private(&file, &text)
            .with_context(|| format!("Cannot write {}", file.display()))?;
        Ok(account)
    }

    fn keep(mut self, home: &Home) -> Result<()> {
        if let Some(waiting) = self.waiting.take() {
            let file = home.key_file();
            std::fs::rename(&waiting, &file)
                .with_context(|| format!("Cannot write {}", file.display()))?;
        }
        Ok(())
    }
}

impl Drop for CandidateKey {
    fn drop(&mut self) {
        if let Some(waiting) = &self.waiting {
            // Signing in did not work, and that error is the one that matters.
            drop(std::fs::remove_file(waiting));
        }
    }
}

/// What this machine calls itself.
pub(crate) fn machine_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let mut name = printable(name.trim()).into_owned();
    while name.len() > NAME_BYTES {
        name.pop();
    }
    if name.is_empty() {
        "viewer".to_owned()
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home() -> (tempfile::TempDir, Home) {
        let dir = tempfile::tempdir().expect("temp dir");
        let home = Home::new(Some(dir.path().join("viewer"))).expect("chosen");
        home.create().expect("makes it");
        (dir, home)
    }

    fn files(home: &Home) -> usize {
        std::fs::read_dir(home.folder()).expect("lists").count()
    }

    #[test]
    fn a_key_that_was_not_accepted_leaves_nothing_behind() {
        let (_dir, home) = home();
        let key = CandidateKey::take(&home).expect("makes one");
        assert_eq!(files(&home), 1);
        drop(key);
        assert_eq!(files(&home), 0);
    }

    #[test]
    fn an_accepted_key_stays_and_is_used_again() {
        let (_dir, home) = home();
        let key = CandidateKey::take(&home).expect("makes one");
        let public = key.secret.public();
        key.keep(&home).expect("keeps");
        assert_eq!(files(&home), 1);
        let again = CandidateKey::take(&home).expect("loads");
        assert_eq!(again.secret.public(), public);
        drop(again);
        assert_eq!(files(&home), 1);
    }

    #[tokio::test]
    async fn a_directory_that_is_not_there_leaves_nothing_behind() {
        farpane_certs::install_provider();
        let (_dir, home) = home();
        let credentials = Credentials {
            directory: "https://127.0.0.1:1".into(),
            pin: Fingerprint::of(b"x"),
            email: "anna@acme.example".into(),
            password: "secret".into(),
        };
        let error = sign_in(&home, &credentials)
            .await
            .expect_err("nobody there");
        let outcome = crate::failure::outcome_of(&error);
        assert_eq!(outcome, farpane_protocol::outcome::Outcome::Unreachable);
        assert_eq!(files(&home), 0);
    }
}
