//! What a relay is told and tells: tickets that it checks offline, and its control messages.
//!
//! A relay learns keys, channel numbers and addresses; never names, scopes or content.

use serde::{Deserialize, Serialize};

use crate::ids::ChannelId;
use crate::key::{PublicKey, SecretKey};
use crate::time::Timestamp;
use crate::token::{self, Purpose, TokenError};
use crate::wire::messages;

/// What a relay ticket allows its holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "may", rename_all = "snake_case")]
pub enum Leave {
    /// Keep a control connection open and receive envelopes.
    BePresent,
    /// Open one leg of this channel.
    OpenLeg {
        /// Where both legs meet.
        channel: ChannelId,
        /// Which of the two.
        side: Side,
    },
}

/// Which end of a channel a leg is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The shared device.
    Host,
    /// The controlling side.
    Viewer,
}

/// The directory's leave for one key at one relay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelayTicket {
    /// The only relay that it counts at.
    pub relay: PublicKey,
    /// The only key that may show it.
    pub peer: PublicKey,
    /// What it allows.
    pub leave: Leave,
    /// Until when it may be shown, in directory time.
    pub until: Timestamp,
    /// Bytes per second that the leg may send, sustained.
    pub rate: u64,
}

/// Why a relay ticket was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TicketRefusal {
    /// Malformed, or not signed by the directory.
    #[error("the ticket is not from the directory")]
    Token(#[from] TokenError),
    /// For another relay.
    #[error("the ticket is for another relay")]
    OtherRelay,
    /// For another key than the connection's.
    #[error("the ticket is for another key")]
    OtherPeer,
    /// Shown too late, or the relay does not know the time.
    #[error("the ticket has expired")]
    Expired,
}

impl RelayTicket {
    /// Signs it.
    pub fn seal(&self, key: &SecretKey) -> String {
        token::seal(key, Purpose::RelayTicket, self)
    }

    /// Reads one shown by `peer` at the relay whose key is `relay`, at directory time `now`.
    pub fn open(
        keys: &[PublicKey],
        relay: &PublicKey,
        peer: &PublicKey,
        now: Option<Timestamp>,
        sealed: &str,
    ) -> Result<Self, TicketRefusal> {
        let (ticket, _) = token::open::<Self>(keys, Purpose::RelayTicket, sealed)?;
        if ticket.relay != *relay {
            return Err(TicketRefusal::OtherRelay);
        }
        if ticket.peer != *peer {
            return Err(TicketRefusal::OtherPeer);
        }
        if now.is_none_or(|now| now > ticket.until) {
            return Err(TicketRefusal::Expired);
        }
        Ok(ticket)
    }
}

/// A host's own word that it is there, so that a relay cannot invent devices. Sealed with
/// [`Purpose::Presence`] by the host's key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresenceProof {
    /// The relay it is at.
    pub relay: PublicKey,
    /// Rises with every connection of this host; the directory takes only a higher one.
    pub counter: u64,
    /// The nonce of this run of the host, named in grants.
    pub epoch: crate::ids::EpochNonce,
}

/// Why a relay refused or closed something. The numbers are part of the wire format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A reason of a later version.
    Other,
    /// The ticket does not hold.
    Ticket,
    /// The channel has two legs or this side already.
    Taken,
    /// A limit of the relay is reached.
    Busy,
    /// The other leg went away.
    PeerLeft,
    /// The directory ended the session.
    Killed,
    /// The relay is going down.
    Draining,
}

impl Refusal {
    /// Its number on the wire.
    pub const fn code(self) -> u32 {
        match self {
            Self::Other => 0,
            Self::Ticket => 1,
            Self::Taken => 2,
            Self::Busy => 3,
            Self::PeerLeft => 4,
            Self::Killed => 5,
            Self::Draining => 6,
        }
    }

    /// The reason with that number.
    pub const fn from_code(code: u32) -> Self {
        match code {
            1 => Self::Ticket,
            2 => Self::Taken,
            3 => Self::Busy,
            4 => Self::PeerLeft,
            5 => Self::Killed,
            6 => Self::Draining,
            _ => Self::Other,
        }
    }
}

messages! {
    /// Host: here is my leave to be present and my own word for it.
    Attach = 1 {
        /// A sealed [`RelayTicket`].
        #[prost(string, tag = "1")] ticket: String,
        /// A sealed [`PresenceProof`].
        #[prost(string, tag = "2")] proof: String,
    }
    /// Peer: open this leg for me.
    OpenLeg = 2 {
        /// A sealed [`RelayTicket`].
        #[prost(string, tag = "1")] ticket: String,
    }
    /// Peer: I am done with this leg.
    CloseLeg = 3 {
        /// Channel number.
        #[prost(uint64, tag = "1")] channel: u64,
    }
    /// Peer: are you there, and where do you see me?
    Ping = 4 {
        /// Comes back in the reply.
        #[prost(uint32, tag = "1")] nonce: u32,
    }
    /// Peer: this nonce reached me at my new address.
    AddressProof = 5 {
        /// From the address check.
        #[prost(fixed64, tag = "1")] nonce: u64,
    }
    /// Relay: you are present.
    Attached = 20 {}
    /// Relay: the leg stands.
    LegOpen = 21 {
        /// Channel number.
        #[prost(uint64, tag = "1")] channel: u64,
        /// Whether the other leg stands too. Sent again when it comes.
        #[prost(bool, tag = "2")] joined: bool,
    }
    /// Relay: the leg is gone.
    LegClosed = 22 {
        /// Channel number.
        #[prost(uint64, tag = "1")] channel: u64,
        /// A number of [`Refusal`].
        #[prost(uint32, tag = "2")] reason: u32,
    }
    /// Relay: I am here.
    Pong = 23 {
        /// From the ping.
        #[prost(uint32, tag = "1")] nonce: u32,
    }
    /// Relay: the directory sends you this, sealed.
    Deliver = 24 {
        /// A sealed envelope.
        #[prost(string, tag = "1")] envelope: String,
    }
    /// Relay: no.
    Refused = 25 {
        /// A number of [`Refusal`].
        #[prost(uint32, tag = "1")] reason: u32,
        /// For people; at most 200 bytes.
        #[prost(string, tag = "2")] sentence: String,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn secret(seed: u8) -> SecretKey {
        SecretKey::from_seed([seed; 32])
    }

    #[test]
    fn a_ticket_counts_for_its_relay_peer_and_time_only() {
        let directory = secret(1);
        let keys = [directory.public()];
        let (relay, peer, other) = (secret(2).public(), secret(3).public(), secret(4).public());
        let until = Timestamp(1_000_000);
        let ticket = RelayTicket {
            relay,
            peer,
            leave: Leave::BePresent,
            until,
            rate: 1,
        };
        let sealed = ticket.seal(&directory);
        let open = |relay, peer, now| RelayTicket::open(&keys, relay, peer, now, &sealed);
        assert_eq!(open(&relay, &peer, Some(until)), Ok(ticket));
        assert_eq!(
            open(&other, &peer, Some(until)),
            Err(TicketRefusal::OtherRelay)
        );
        assert_eq!(
            open(&relay, &other, Some(until)),
            Err(TicketRefusal::OtherPeer)
        );
        let late = until.after(Duration::from_micros(1));
        assert_eq!(open(&relay, &peer, Some(late)), Err(TicketRefusal::Expired));
        assert_eq!(open(&relay, &peer, None), Err(TicketRefusal::Expired));
    }

    #[test]
    fn a_ticket_tells_the_relay_no_names_and_no_scopes() {
        let ticket = RelayTicket {
            relay: secret(1).public(),
            peer: secret(2).public(),
            leave: Leave::OpenLeg {
                channel: ChannelId::from_random(5),
                side: Side::Host,
            },
            until: Timestamp(1),
            rate: 1,
        };
        let json = serde_json::to_value(&ticket).expect("json");
        let mut fields: Vec<_> = json.as_object().expect("object").keys().collect();
        fields.sort();
        assert_eq!(fields, ["leave", "peer", "rate", "relay", "until"]);
    }
}
