//! What a person at the device is asked, and the digest that ties the answer to the question.

use sha2::{Digest as _, Sha256};

use crate::grant::Grant;

/// SHA-256 over (viewer key, identity shown, scopes, reason): if any of it changes, an answer to
/// the old question is worth nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConsentDigest([u8; 32]);

impl ConsentDigest {
    /// The digest of the question that this grant puts.
    pub fn of(grant: &Grant) -> Self {
        let mut hash = Sha256::new();
        let scopes = grant.scopes.to_string();
        let domain = grant.verified_domain.as_deref().unwrap_or("");
        let parts: [&[u8]; 8] = [
            grant.viewer_key.as_bytes(),
            grant.person.as_bytes(),
            grant.account.as_bytes(),
            grant.org_name.as_bytes(),
            domain.as_bytes(),
            grant.tenant_name.as_bytes(),
            scopes.as_bytes(),
            grant.reason.as_bytes(),
        ];
        for part in parts {
            // Lengths first, so that no two questions share one byte string.
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }
}
