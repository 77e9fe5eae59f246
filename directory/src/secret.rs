//! Secrets that the directory gives out and later recognises without keeping them: tickets,
//! bearer tokens, cookies.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// Longest secret text that is looked at, in bytes: ours have 43 characters.
const MAX_CHARS: usize = 64;

/// 256 random bits as text; shown once.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A new one.
    pub fn draw() -> Self {
        Self(URL_SAFE_NO_PAD.encode(farpane_certs::random::bytes::<32>()))
    }

    /// The text to hand out.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    pub fn digest(&self) -> SecretDigest {
        SecretDigest(Sha256::digest(self.0.as_bytes()).into())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// SHA-256 of a secret. One round is enough: there are 256 bits to guess.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SecretDigest(pub [u8; 32]);

impl SecretDigest {
    /// Of a text that somebody showed; `None` if it is too long to be one of ours.
    pub fn of_shown(text: &str) -> Option<Self> {
        (text.len() <= MAX_CHARS).then(|| Self(Sha256::digest(text.as_bytes()).into()))
    }
}

impl fmt::Debug for SecretDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretDigest")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shown_secret_is_recognised_and_never_printed() {
        let secret = Secret::draw();
        assert_eq!(
            SecretDigest::of_shown(secret.expose()),
            Some(secret.digest())
        );
        assert_ne!(Secret::draw().digest(), secret.digest());
        assert!(!format!("{secret:?}{:?}", secret.digest()).contains(secret.expose()));
        assert_eq!(SecretDigest::of_shown(&"x".repeat(65)), None);
    }
}
