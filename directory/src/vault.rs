//! Secrets that the directory must be able to read again (the shared secrets of authenticator
//! apps): sealed with a key that lies in a file beside the database, never in it, so that a copy
//! of the database alone is worth nothing.

use std::fmt;

use farpane_protocol::key::SecretKey;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, Salt};

/// Names this use of the key file, so that the same file never keys two things alike.
const LABEL: &[u8] = b"farpane-vault/1";

/// Seals and opens secrets.
#[derive(Clone)]
pub struct Vault(std::sync::Arc<LessSafeKey>);

/// Why a sealed secret cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a sealed secret does not open: the key file is another one, or the database was changed")]
pub struct Sealed;

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault")
    }
}

impl Vault {
    /// The vault under the key of a key file.
    ///
    /// # Panics
    /// Never: the lengths are those of the algorithms.
    pub fn new(key: &SecretKey) -> Self {
        let extracted = Salt::new(HKDF_SHA256, LABEL).extract(key.dangerous_seed());
        let okm = extracted
            .expand(&[b"aes-256-gcm"], &AES_256_GCM)
            .expect("32 bytes are within what HKDF gives");
        Self(std::sync::Arc::new(LessSafeKey::new(UnboundKey::from(okm))))
    }

    /// Seals a secret. What it belongs to is `owner`: it opens under the same one only, so a row
    /// that is copied to somebody else's account opens nothing.
    ///
    /// # Panics
    /// Never for secrets below the 64 GiB that AES-GCM can seal.
    pub fn seal(&self, owner: &[u8], secret: &[u8]) -> Vec<u8> {
        let nonce = farpane_certs::random::bytes::<NONCE_LEN>();
        let mut body = secret.to_vec();
        self.0
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(owner),
                &mut body,
            )
            .expect("a secret of ours is short");
        [nonce.as_slice(), &body].concat()
    }

    /// Opens what [`Self::seal`] made.
    pub fn open(&self, owner: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Sealed> {
        let (nonce, body) = sealed.split_at_checked(NONCE_LEN).ok_or(Sealed)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Sealed)?;
        let mut body = body.to_vec();
        let opened = self.0.open_in_place(nonce, Aad::from(owner), &mut body);
        opened.map(|secret| secret.to_vec()).map_err(|_| Sealed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_under_its_key_and_for_its_owner_only() {
        let vault = Vault::new(&SecretKey::from_seed([7; 32]));
        let sealed = vault.seal(b"anna", b"secret");
        assert_eq!(vault.open(b"anna", &sealed), Ok(b"secret".to_vec()));
        assert_eq!(vault.open(b"bo", &sealed), Err(Sealed));
        let other = Vault::new(&SecretKey::from_seed([8; 32]));
        assert_eq!(other.open(b"anna", &sealed), Err(Sealed));
        let mut changed = sealed.clone();
        changed[NONCE_LEN] ^= 1;
        assert_eq!(vault.open(b"anna", &changed), Err(Sealed));
        assert_eq!(vault.open(b"anna", &sealed[..5]), Err(Sealed));
        assert_ne!(vault.seal(b"anna", b"secret"), sealed);
        assert!(!sealed.windows(6).any(|part| part == b"secret"));
    }
}
