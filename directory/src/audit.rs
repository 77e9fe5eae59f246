//! The record of everything that mattered: a hash chain per organisation, each record's bytes
//! kept exactly as they were written, personal fields beside the chain.
//!
//! `hash = SHA-256("farpane-audit/1" ‖ prev ‖ body)`. The body holds ids only; names and addresses
//! stand in a second text that the body names by its digest, salted so that it cannot be guessed
//! back. Erasing that text leaves the chain whole.

pub mod event;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use farpane_protocol::ids::{OrgId, TenantId};
use farpane_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

pub use event::{Actor, Event, Personal};

const DOMAIN: &[u8] = b"farpane-audit/1";

/// Something to record.
#[derive(Clone, Debug)]
pub struct Entry {
    /// In whose chain.
    pub org: OrgId,
    /// Whose device it is about, if one's.
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
    /// In whose chain.
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
    let digest: [u8; 32] = Sha256::digest(text.as_bytes()).into();
    URL_SAFE_NO_PAD.encode(digest)
}

#[derive(Serialize)]
struct Salted<'a> {
    salt: String,
    #[serde(flatten)]
    personal: &'a Personal,
}

impl Entry {
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
            v: 1,
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

/// Why a chain does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// A record is missing or out of place.
    #[error("record {0} is missing")]
    Missing(u64),
    /// A record does not follow from the one before it, or was changed.
    #[error("record {0} was changed")]
    Changed(u64),
    /// The names beside a record were changed.
    #[error("the names beside record {0} were changed")]
    PersonalChanged(u64),
    /// The chain ends elsewhere than where it was left.
    #[error("records after {0} were cut off or put in")]
    End(u64),
}

/// Walks a chain from its first record and says where it breaks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Verifier {
    head: Head,
}

/// The only parts of a body that verification needs, so that records of later versions, with
/// events that this one does not know, can be verified too.
#[derive(Deserialize)]
struct Skeleton {
    seq: u64,
    personal: Option<String>,
}

impl Verifier {
    /// Takes the next record.
    pub fn take(&mut self, record: &Record) -> Result<(), Broken> {
        let seq = self.head.seq + 1;
        if record.seq != seq {
            return Err(Broken::Missing(seq));
        }
        let fits =
            record.prev == self.head.hash && record.hash == chain_hash(&record.prev, &record.body);
        let body = serde_json::from_slice::<Skeleton>(&record.body)
            .ok()
            .filter(|body| fits && body.seq == seq)
            .ok_or(Broken::Changed(seq))?;
        if let Some(text) = &record.personal
            && body.personal.as_deref() != Some(digest_text(text).as_str())
        {
            return Err(Broken::PersonalChanged(seq));
        }
        self.head = record.head();
        Ok(())
    }

    /// Says how many records hold, if the chain ends where it was left.
    pub fn finish(self, left: Head) -> Result<u64, Broken> {
        if self.head == left {
            Ok(self.head.seq)
        } else {
            Err(Broken::End(self.head.seq))
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn chain() -> Vec<Record> {
        let mut head = Head::default();
        (0..4u8)
            .map(|n| {
                let entry = Entry {
                    org: OrgId(Uuid::from_u128(1)),
                    tenant: None,
                    at: Timestamp(u64::from(n)),
                    actor: Actor::Operator,
                    event: Event::ConsoleSignedOut,
                    personal: Personal {
                        account: (n != 2).then(|| "anna@example.org".to_owned()),
                        ..Personal::default()
                    },
                };
                let record = entry.seal(head, [n; 16]);
                head = record.head();
                record
            })
            .collect()
    }

    fn verify(records: &[Record]) -> Result<u64, Broken> {
        let left = chain().last().map(Record::head).unwrap_or_default();
        let mut verifier = Verifier::default();
        for record in records {
            verifier.take(record)?;
        }
        verifier.finish(left)
    }

    #[test]
    fn a_whole_chain_holds_and_so_does_one_with_erased_names() {
        let mut records = chain();
        assert_eq!(verify(&records), Ok(4));
        records[1].personal = None;
        assert_eq!(verify(&records), Ok(4));
        assert_eq!(Verifier::default().finish(Head::default()), Ok(0));
    }

    #[test]
    fn every_way_of_tampering_is_named() {
        let tampered = |spoil: fn(&mut Vec<Record>)| {
            let mut records = chain();
            spoil(&mut records);
            verify(&records)
        };
        assert_eq!(tampered(|r| drop(r.pop())), Err(Broken::End(3)));
        assert_eq!(tampered(|r| drop(r.remove(1))), Err(Broken::Missing(2)));
        assert_eq!(tampered(|r| r.swap(1, 2)), Err(Broken::Missing(2)));
        assert_eq!(tampered(|r| r[2].body[9] ^= 1), Err(Broken::Changed(3)));
        assert_eq!(tampered(|r| r[0].hash[0] ^= 1), Err(Broken::Changed(1)));
        let renamed = tampered(|r| {
            r[0].personal = Some(
                r[0].personal
                    .clone()
                    .unwrap_or_default()
                    .replace("anna", "bo"),
            );
        });
        assert_eq!(renamed, Err(Broken::PersonalChanged(1)));
        let put_beside = tampered(|r| r[2].personal = Some("{}".into()));
        assert_eq!(put_beside, Err(Broken::PersonalChanged(3)));
    }

    #[test]
    fn bodies_hold_no_names_and_read_back() {
        let record = &chain()[0];
        assert!(!String::from_utf8_lossy(&record.body).contains("anna"));
        let body = record.read().expect("reads");
        assert_eq!((body.v, body.seq), (1, 1));
        assert_eq!(
            record.personal().account.as_deref(),
            Some("anna@example.org")
        );
    }
}
