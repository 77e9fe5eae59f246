//! How an agent proves its key once and gets a short-lived token; and how it names a new key.

use serde::{Deserialize, Serialize};

use crate::key::{Fingerprint, PublicKey};
use crate::time::Timestamp;

/// An agent asks for something to sign.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ChallengeRequest {
    /// The key that it will prove.
    pub key: PublicKey,
}

/// Something to sign, once, within a minute.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Challenge {
    /// Goes into [`Proof`].
    pub challenge: String,
    /// Directory time.
    pub time: Timestamp,
}

/// What an agent signs (purpose `Proof`) to prove its key to this directory and no other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// From [`Challenge`].
    pub challenge: String,
    /// The identity that the agent pinned, so that the proof is worth nothing elsewhere.
    pub directory: Fingerprint,
}

/// An agent proves its key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TokenRequest {
    /// Which key.
    pub key: PublicKey,
    /// A sealed [`Proof`].
    pub proof: String,
    /// Version of the program; empty from those that did not say yet.
    #[serde(default)]
    pub version: String,
}

/// A device names its new key; both keys have signed the change.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RotateKey {
    /// The new key.
    pub key: PublicKey,
    /// A [`KeyChange`](super::machine::KeyChange), sealed by the old key.
    pub by_old: String,
    /// The same, sealed by the new key.
    pub by_new: String,
}

/// Leave to use the agent interface for a while.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Token {
    /// Goes into `Authorization: Bearer …`.
    pub token: String,
    /// How long it works, in seconds.
    pub seconds: u32,
    /// Directory time.
    pub time: Timestamp,
}
