//! What a relay and the directory tell each other: who is present, what to carry, what to close.

use serde::{Deserialize, Serialize};

use crate::ids::ChannelId;
use crate::key::PublicKey;
use crate::time::Timestamp;

/// Where a relay is and how it proves itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct RelayPlace {
    /// Its name, for people.
    pub name: String,
    /// The key that it must prove.
    pub key: PublicKey,
    /// `address:port` (UDP).
    pub address: String,
}

/// A relay begins to listen to the directory.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RelayHello {
    /// `address:port` (UDP) where peers reach it.
    pub address: String,
    /// Version of the relay program.
    pub version: String,
}

/// One line of the stream that a relay listens to.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "snake_case")]
pub enum RelayOrder {
    /// First line, and then at least every 15 s: directory time and the keys that count.
    Now {
        /// Directory time.
        time: Timestamp,
        /// Keys whose relay tickets count.
        directory_keys: Vec<PublicKey>,
    },
    /// Carry this to a present peer.
    Deliver {
        /// To whom.
        peer: PublicKey,
        /// A sealed envelope.
        envelope: String,
    },
    /// Close both legs of a channel.
    Close {
        /// Which.
        channel: ChannelId,
    },
}

/// What changed at a relay since its last report.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct RelayReport {
    /// Whether this is the whole picture: peers not in it are gone.
    pub whole: bool,
    /// Peers that came (or are there, in a whole report).
    pub present: Vec<PresentPeer>,
    /// Peers that went.
    pub gone: Vec<PublicKey>,
}

/// A host at a relay, with its own word for it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PresentPeer {
    /// The host's key.
    pub peer: PublicKey,
    /// A sealed presence proof.
    pub proof: String,
}
