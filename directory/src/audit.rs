//! The record of everything that mattered: a hash chain per organisation and per tenant, each
//! record's bytes kept exactly as they were written, personal fields beside the chain.
//!
//! `hash = SHA-256("farpane-audit/1" ‖ prev ‖ body)`. The body holds ids only; names and addresses
//! stand in a second text that the body names by its digest, salted so that it cannot be guessed
//! back. Erasing that text leaves the chain whole.

pub mod actor;
pub mod chain;
mod change;
pub mod checkpoint;
pub mod event;
pub mod export;
mod key_plan;
pub mod kind;
pub mod line;
pub mod many;
mod takes_back;
pub mod verify;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use farpane_protocol::ids::{OrgId, TenantId};
use farpane_protocol::time::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest as _, Sha256};

pub use actor::{Actor, Personal};
pub use chain::{Chain, ChainId, Kept};
pub use event::{Change, Event, KeyPlan};
pub use verify::{Broken, Verifier};

const DOMAIN: &[u8] = b"farpane-audit/1";

/// Version of a body's format. Before 2, what was about a tenant stood in its organisation's
/// chain.
const VERSION: u8 = 2;

/// Something to record.
#[derive(Clone, Debug)]
pub struct Entry {
    /// In which organisation.
    pub org: OrgId,
    /// Whose device it is about, if one's: then it belongs to that tenant's chain.
    pub tenant: Option<TenantId>,
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub actor: Actor,
    /// What.
    pub event: Event,
    /// Names and addresses.
    pub personal: Personal,
}

/// What a record says, as read back.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Body {
    /// Version of this format.
    pub v: u8,
    /// In which organisation.
    pub org: OrgId,
    /// Place in the chain, from 1.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// Whose device it is about, if one's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<TenantId>,
    /// Who did it.
    pub actor: Actor,
    /// What.
    pub event: Event,
    /// Digest of the personal text, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub personal: Option<String>,
}

/// A SHA-256 digest, written as base64url.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// Of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(de::Error::custom)?;
        let bytes = bytes.try_into();
        bytes
            .map(Self)
            .map_err(|_| de::Error::custom("not 32 bytes"))
    }
}

/// Where a chain stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// Number of the last record; 0 for an empty chain.
    pub seq: u64,
    /// Its hash; zeros for an empty chain.
    pub hash: [u8; 32],
}

/// A record as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Place in the chain, from 1.
    pub seq: u64,
    /// Hash of the record before it.
    pub prev: [u8; 32],
    /// Its own hash.
    pub hash: [u8; 32],
    /// The chained bytes, as written.
    pub body: Vec<u8>,
    /// Names and addresses; gone when they were erased.
    pub personal: Option<String>,
}

fn chain_hash(prev: &[u8; 32], body: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(DOMAIN);
    hash.update(prev);
    hash.update(body);
    hash.finalize().into()
}

fn digest_text(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(Hash::of(text.as_bytes()).0)
}

#[derive(Serialize)]
struct Salted<'a> {
    salt: String,
    #[serde(flatten)]
    personal: &'a Personal,
}

impl Entry {
    /// The chain that it belongs to.
    pub fn chain(&self) -> ChainId {
        ChainId::of(self.org, self.tenant)
    }

    /// The record that continues the chain after `head`. `salt` is 16 random bytes.
    ///
    /// # Panics
    /// Only if a record type of ours cannot be written as JSON, which is a bug.
    pub fn seal(&self, head: Head, salt: [u8; 16]) -> Record {
        let personal = (!self.personal.is_empty()).then(|| {
            serde_json::to_string(&Salted {
                salt: URL_SAFE_NO_PAD.encode(salt),
                personal: &self.personal,
            })
            .expect("personal fields serialise to JSON")
        });
        let body = Body {
            v: VERSION,
            org: self.org,
            seq: head.seq + 1,
            at: self.at,
            tenant: self.tenant,
            actor: self.actor.clone(),
            event: self.event.clone(),
            personal: personal.as_deref().map(digest_text),
        };
        let body = serde_json::to_vec(&body).expect("a record serialises to JSON");
        Record {
            seq: head.seq + 1,
            prev: head.hash,
            hash: chain_hash(&head.hash, &body),
            body,
            personal,
        }
    }
}

impl Record {
    /// What it says. `None` if a later version wrote something that this one cannot read.
    pub fn read(&self) -> Option<Body> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The names and addresses beside it, if they are still there.
    pub fn personal(&self) -> Personal {
        self.personal
            .as_deref()
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default()
    }

    /// Where the chain stands after it.
    pub fn head(&self) -> Head {
        Head {
            seq: self.seq,
            hash: self.hash,
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn bodies_hold_no_names_and_read_back() {
        let entry = Entry {
            org: OrgId(Uuid::from_u128(1)),
            tenant: None,
            at: Timestamp(7),
            actor: Actor::Operator,
            event: Event::ConsoleSignedOut,
            personal: Personal {
                account: Some("anna@example.org".into()),
                ..Personal::default()
            },
        };
        let record = entry.seal(Head::default(), [1; 16]);
        assert!(!String::from_utf8_lossy(&record.body).contains("anna"));
        let body = record.read().expect("reads");
        assert_eq!((body.v, body.seq), (VERSION, 1));
        assert_eq!(
            record.personal().account.as_deref(),
            Some("anna@example.org")
        );
    }
}
