//! How one key to sign grants with follows another, as a record tells it.

use farpane_protocol::key::PublicKey;
use farpane_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

/// When a new key takes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyPlan {
    /// The new one.
    pub key: PublicKey,
    /// The one that it follows.
    pub follows: PublicKey,
    /// From when on the new one signs.
    pub signs: Timestamp,
    /// Until when the old one counts.
    pub until: Timestamp,
}
