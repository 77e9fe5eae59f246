//! Checkpoints: signed statements of how far a chain had come, and when. Kept beside the chain,
//! in exports and in what is sent out, they show that its end was cut off or that it was written
//! anew, which the chain by itself cannot.

use farpane_protocol::ids::OrgId;
use farpane_protocol::key::{PublicKey, SecretKey};
use farpane_protocol::time::Timestamp;
use farpane_protocol::token::{self, Purpose, TokenError};
use serde::{Deserialize, Serialize};

use super::{Chain, ChainId, Hash, Head};

/// What a checkpoint says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Of which organisation.
    pub org: OrgId,
    /// Of which chain.
    pub chain: ChainId,
    /// Number of its last record then.
    pub seq: u64,
    /// Hash of that record.
    pub hash: Hash,
    /// When.
    pub at: Timestamp,
}

impl Checkpoint {
    /// Where a chain stands.
    pub fn of(chain: &Chain, at: Timestamp) -> Self {
        Self {
            org: chain.org,
            chain: chain.id,
            seq: chain.head.seq,
            hash: Hash(chain.head.hash),
            at,
        }
    }

    /// Where the chain stood.
    pub fn head(&self) -> Head {
        Head {
            seq: self.seq,
            hash: self.hash.0,
        }
    }

    /// Signs it.
    pub fn seal(&self, key: &SecretKey) -> String {
        token::seal(key, Purpose::Checkpoint, self)
    }

    /// Reads one that one of these keys signed.
    pub fn open(keys: &[PublicKey], sealed: &str) -> Result<Self, TokenError> {
        token::open(keys, Purpose::Checkpoint, sealed).map(|(checkpoint, _)| checkpoint)
    }
}
