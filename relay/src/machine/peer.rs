//! One control connection as the machine knows it.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use farpane_protocol::ids::ChannelId;
use farpane_protocol::key::PublicKey;

use super::whereabouts::Whereabouts;
use crate::pace::{Pace, nanos};

/// Control messages that a peer may send per second, sustained: eight legs whose other side is
/// silent ping three times a second each; the rest is room.
const MESSAGES_PER_SECOND: u64 = 64;

/// Messages that may come at once, as time at that rate.
const MESSAGES_BURST: Duration = Duration::from_secs(4);

/// Tickets that do not hold before the connection is closed: each costs a signature check, and a
/// peer in good faith fetches new ones after the first.
const WRONG_TICKETS: u8 = 8;

/// What a connection has shown so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// No ticket yet.
    Stranger,
    /// A ticket of the directory.
    Known,
    /// It was turned away; what it still says is not heard, and it is closed in a moment.
    Leaving,
}

/// A control connection.
#[derive(Debug)]
pub(crate) struct Peer {
    /// As TLS proved it.
    pub(crate) key: PublicKey,
    /// What it has shown.
    pub(crate) standing: Standing,
    /// Where it is, and where it claims to be.
    pub(crate) place: Whereabouts,
    /// The channels that it has a leg of.
    pub(crate) legs: Vec<ChannelId>,
    /// When it is closed, unless something better happens.
    pub(crate) closes_at: Option<Instant>,
    connected: Instant,
    messages: u64,
    wrong_tickets: u8,
}

impl Peer {
    /// A new connection that is closed at `closes_at` if it shows no ticket.
    pub(crate) fn new(
        key: PublicKey,
        address: SocketAddr,
        now: Instant,
        closes_at: Instant,
    ) -> Self {
        Self {
            key,
            standing: Standing::Stranger,
            place: Whereabouts::new(address),
            legs: Vec::new(),
            closes_at: Some(closes_at),
            connected: now,
            messages: 0,
            wrong_tickets: 0,
        }
    }

    /// Counts a message; whether it is within the rate.
    pub(crate) fn may_speak(&mut self, now: Instant) -> bool {
        let pace = Pace::new(MESSAGES_PER_SECOND, MESSAGES_BURST);
        match pace.pass(self.messages, nanos(self.connected, now), 1) {
            Some(next) => {
                self.messages = next;
                true
            }
            None => false,
        }
    }

    /// Counts a ticket that does not hold; whether the peer may try another.
    pub(crate) fn may_try_again(&mut self) -> bool {
        self.wrong_tickets = self.wrong_tickets.saturating_add(1);
        self.wrong_tickets < WRONG_TICKETS
    }
}
