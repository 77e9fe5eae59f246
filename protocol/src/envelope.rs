//! Signed messages from the directory to a host, carried by a relay that cannot change them.

use serde::{Deserialize, Serialize};

use crate::ids::{ChannelId, DeviceId, SessionId};
use crate::key::{PublicKey, SecretKey};
use crate::time::Timestamp;
use crate::token::{self, Purpose, TokenError};

/// One message to one host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// Whom it is for.
    pub device: DeviceId,
    /// Rises with every message to this device; a host refuses one that it has passed.
    pub counter: u64,
    /// The directory's time when it was written.
    pub time: Timestamp,
    /// What it says.
    pub order: Order,
}

/// What the directory tells a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Order {
    /// A viewer is about to come: open this leg and expect this key.
    Invite {
        /// The session to come.
        session: SessionId,
        /// Where both legs meet.
        channel: ChannelId,
        /// The key that the end-to-end connection must prove.
        viewer_key: PublicKey,
        /// For the relay, to open the leg with.
        relay_ticket: String,
    },
    /// Something was taken back or given back: ask for the list.
    Rules {
        /// The policy epoch now.
        epoch: u64,
    },
    /// End this session now.
    Kill {
        /// Which.
        session: SessionId,
    },
}

/// Why an envelope was not obeyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// Malformed, or not signed by the directory.
    #[error("the message is not from the directory")]
    Token(#[from] TokenError),
    /// Meant for another device.
    #[error("the message is for another device")]
    OtherDevice,
    /// Not newer than one that was obeyed before.
    #[error("the message was sent before")]
    Replayed,
}

impl Envelope {
    /// Signs it.
    pub fn seal(&self, key: &SecretKey) -> String {
        token::seal(key, Purpose::Envelope, self)
    }

    /// Reads one meant for `device` and newer than `counter`.
    pub fn open(
        keys: &[PublicKey],
        device: DeviceId,
        counter: u64,
        sealed: &str,
    ) -> Result<Self, EnvelopeError> {
        let (envelope, _) = token::open::<Self>(keys, Purpose::Envelope, sealed)?;
        if envelope.device != device {
            return Err(EnvelopeError::OtherDevice);
        }
        if envelope.counter <= counter {
            return Err(EnvelopeError::Replayed);
        }
        Ok(envelope)
    }
}

/// Leave for a running session to go on, renewed by the directory while it stands by it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// For which session.
    pub session: SessionId,
    /// For which device.
    pub device: DeviceId,
    /// The directory's time when it was written.
    pub issued: Timestamp,
    /// Until when, in directory time.
    pub until: Timestamp,
}

impl Lease {
    /// Signs it.
    pub fn seal(&self, key: &SecretKey) -> String {
        token::seal(key, Purpose::Lease, self)
    }

    /// Reads one for this session and device.
    pub fn open(
        keys: &[PublicKey],
        device: DeviceId,
        session: SessionId,
        sealed: &str,
    ) -> Result<Self, EnvelopeError> {
        let (lease, _) = token::open::<Self>(keys, Purpose::Lease, sealed)?;
        if lease.device != device || lease.session != session {
            return Err(EnvelopeError::OtherDevice);
        }
        Ok(lease)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn an_envelope_is_obeyed_once_and_by_its_device() {
        let key = SecretKey::from_seed([5; 32]);
        let keys = [key.public()];
        let device = DeviceId(Uuid::from_u128(1));
        let kill = Envelope {
            device,
            counter: 7,
            time: Timestamp(1),
            order: Order::Kill {
                session: SessionId(Uuid::from_u128(2)),
            },
        };
        let sealed = kill.seal(&key);
        assert_eq!(Envelope::open(&keys, device, 6, &sealed), Ok(kill));
        assert_eq!(
            Envelope::open(&keys, device, 7, &sealed),
            Err(EnvelopeError::Replayed)
        );
        assert_eq!(
            Envelope::open(&keys, DeviceId(Uuid::from_u128(9)), 6, &sealed),
            Err(EnvelopeError::OtherDevice)
        );
    }
}
