//! The relay as a machine: what happens goes in, commands come out. It owns every rule about who
//! may be here, which legs a channel has, and where they are; it reads no clock and no socket.
//!
//! Calling contract: after each `handle`, take commands with [`Machine::poll`] until there are
//! none, and carry them out in that order; call [`Machine::tick`] when [`Machine::next_tick`] says.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use farpane_protocol::api::{PresentPeer, RelayOrder};
use farpane_protocol::ids::ChannelId;
use farpane_protocol::key::PublicKey;
use farpane_protocol::relay::{self, Message, Refusal};
use farpane_protocol::time::DirectoryClock;

use crate::crowd::Crowd;
use crate::table::Joined;

mod channel;
mod connections;
mod killed;
mod legs;
mod meters;
mod peer;
mod tickets;
mod whereabouts;

#[cfg(test)]
mod model;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use channel::Channel;
use killed::Killed;
use meters::Meters;
use peer::{Peer, Standing};

/// Most control connections. At 37 KB each they hold less than 400 MB.
pub const CONNECTIONS: usize = 10_000;

/// Most of them that have shown no ticket yet: each leaves within [`STRANGER_WAIT`], so this takes
/// a hundred newcomers per second after a restart, and a flood of strangers leaves room for guests.
/// One network has a share of it; beyond that, and beyond this, the oldest stranger goes: a peer
/// in good faith shows its ticket with its first message and is a stranger for no time.
pub const STRANGERS: usize = 1024;

/// Most control connections of one key; a newer one makes the oldest go. A host that reconnects
/// leaves old ones behind until they time out (75 s).
pub const CONNECTIONS_PER_KEY: usize = 4;

/// Most legs of one connection: a device shares one screen with a few technicians at most.
pub const LEGS_PER_CONNECTION: usize = 8;

/// Most channels with a leg; beyond that new legs are refused.
pub const CHANNELS: usize = 16_384;

/// How long a connection may take to show a ticket that holds: four round trips of a bad network.
/// With [`GOODBYE_WAIT`] a stranger is gone after ten seconds.
pub const STRANGER_WAIT: Duration = Duration::from_secs(9);

/// How long a leg waits for the other one, at first or again: a reconnect after sleep or a change
/// of network takes seconds, and the end-to-end connection gives up after the same 60 s.
pub const LEG_WAIT: Duration = Duration::from_secs(60);

/// How long a peer that was turned away has to read why.
pub const GOODBYE_WAIT: Duration = Duration::from_secs(1);

/// Pause between two looks at time-outs and moved legs while there are channels.
pub const TICK: Duration = Duration::from_millis(100);

/// One control connection; numbers are not used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnId(pub u64);

/// What the machine wants done.
#[derive(Clone, Debug)]
pub enum Command {
    /// Send this to a peer.
    Say {
        /// To whom.
        to: ConnId,
        /// What.
        message: Message,
    },
    /// Put a channel into the leg table, or take it out.
    Publish {
        /// Which.
        channel: ChannelId,
        /// Its ends; `None` while it is not joined.
        joined: Option<Joined>,
    },
    /// Send an address check.
    CheckAddress {
        /// The connection that claims the address.
        of: ConnId,
        /// The address.
        to: SocketAddr,
        /// One of the peer's channels.
        channel: ChannelId,
        /// What must come back.
        nonce: u64,
    },
    /// Say where this connection is now, with [`Machine::moved`].
    AskAddress {
        /// Which.
        of: ConnId,
    },
    /// Tell the directory that a host is here.
    Came(PresentPeer),
    /// Tell the directory that a host is gone.
    Went(PublicKey),
    /// Close a connection; nothing more will be said to it.
    Close {
        /// Which.
        conn: ConnId,
        /// Why.
        refusal: Refusal,
    },
}

/// Where a random number comes from.
pub type Chance = Box<dyn FnMut() -> u64 + Send>;

/// The relay's rules and soft state.
pub struct Machine {
    relay: PublicKey,
    chance: Chance,
    clock: DirectoryClock,
    directory_keys: Vec<PublicKey>,
    peers: BTreeMap<ConnId, Peer>,
    /// Oldest connection first.
    by_key: BTreeMap<PublicKey, Vec<ConnId>>,
    /// Those that have shown no ticket, also when they were turned away, until they are gone.
    strangers: Crowd<ConnId>,
    present: BTreeMap<PublicKey, ConnId>,
    channels: BTreeMap<ChannelId, Channel>,
    killed: Killed,
    meters: Meters,
    closings: BTreeSet<(Instant, ConnId)>,
    commands: VecDeque<Command>,
    ticked: Option<Instant>,
    draining: bool,
}

impl Machine {
    /// A relay with this key. It lets nobody in before the directory has stated its time and keys.
    pub fn new(relay: PublicKey, chance: Chance) -> Self {
        Self {
            relay,
            chance,
            clock: DirectoryClock::default(),
            directory_keys: Vec::new(),
            peers: BTreeMap::new(),
            by_key: BTreeMap::new(),
            strangers: Crowd::new(STRANGERS),
            present: BTreeMap::new(),
            channels: BTreeMap::new(),
            killed: Killed::default(),
            meters: Meters::default(),
            closings: BTreeSet::new(),
            commands: VecDeque::new(),
            ticked: None,
            draining: false,
        }
    }

    /// The next thing to do.
    pub fn poll(&mut self) -> Option<Command> {
        self.commands.pop_front()
    }

    /// A peer said something; its connection is at `address` now.
    pub fn said(&mut self, now: Instant, conn: ConnId, address: SocketAddr, message: Message) {
        let Some(peer) = self.peers.get_mut(&conn) else {
            return;
        };
        if peer.standing == Standing::Leaving {
            return;
        }
        if !peer.may_speak(now) {
            let sentence = "you say too much at once; connect again more slowly";
            return self.turn_away(now, conn, Refusal::Busy, sentence);
        }
        self.seen_at(conn, address);
        self.heard(now, conn, message);
        self.check_address(now, conn);
    }

    fn heard(&mut self, now: Instant, conn: ConnId, message: Message) {
        match message {
            Message::Attach(body) => self.attach(now, conn, &body),
            Message::OpenLeg(body) => self.open_leg(now, conn, &body.ticket),
            Message::CloseLeg(body) => {
                if let Some(channel) = ChannelId::new(body.channel) {
                    self.close_leg(now, conn, channel);
                }
            }
            Message::Ping(body) => {
                let pong = relay::Pong { nonce: body.nonce };
                self.say(conn, pong);
            }
            Message::AddressProof(body) => self.address_proof(conn, body.nonce),
            // What only a relay says is nonsense from a peer.
            Message::Attached(_)
            | Message::LegOpen(_)
            | Message::LegClosed(_)
            | Message::Pong(_)
            | Message::Deliver(_)
            | Message::Refused(_) => self.close(now, conn, Refusal::Other),
        }
    }

    /// Answers [`Command::AskAddress`]: the connection is at `address` now.
    pub fn moved(&mut self, now: Instant, conn: ConnId, address: SocketAddr) {
        self.seen_at(conn, address);
        self.check_address(now, conn);
    }

    /// The directory, authenticated, orders something.
    pub fn ordered(&mut self, now: Instant, order: RelayOrder) {
        match order {
            RelayOrder::Now {
                time,
                directory_keys,
            } => {
                self.clock.hear(time, now);
                self.directory_keys = directory_keys;
            }
            RelayOrder::Deliver { peer, envelope } => {
                // A host that is not here any more gets it from wherever it is next.
                if let Some(conn) = self.present.get(&peer).copied() {
                    self.say(conn, relay::Deliver { envelope });
                }
            }
            RelayOrder::Close { channel } => {
                self.killed.add(now, channel);
                self.close_channel(now, channel, Refusal::Killed);
            }
        }
    }

    /// The relay is going down: everybody is told and nobody is let in any more.
    pub fn drain(&mut self, now: Instant) {
        self.draining = true;
        let channels: Vec<_> = self.channels.keys().copied().collect();
        for channel in channels {
            self.close_channel(now, channel, Refusal::Draining);
        }
        let conns: Vec<_> = self.peers.keys().copied().collect();
        for conn in conns {
            self.close(now, conn, Refusal::Draining);
        }
    }

    /// When [`Self::tick`] is due next; `None` while nothing waits.
    pub fn next_tick(&self, now: Instant) -> Option<Instant> {
        let closing = self.closings.first().map(|(when, _)| *when);
        // Counted from the last one, so that a flood of messages does not put it off for ever.
        let next = self.ticked.map_or(now, |last| last + TICK);
        let channels = (!self.channels.is_empty()).then_some(next);
        closing.into_iter().chain(channels).min()
    }

    /// Looks at what time changes.
    pub fn tick(&mut self, now: Instant) {
        self.ticked = Some(now);
        while let Some((when, conn)) = self.closings.first().copied()
            && when <= now
        {
            self.closings.remove(&(when, conn));
            match self.peers.get(&conn).map(|peer| peer.standing) {
                Some(Standing::Stranger) => {
                    let sentence = "no ticket of the directory was shown in time";
                    self.turn_away(now, conn, Refusal::Ticket, sentence);
                }
                Some(Standing::Known | Standing::Leaving) => {
                    self.close(now, conn, Refusal::Other);
                }
                None => {}
            }
        }
        self.tick_channels(now);
    }

    /// How many connections, of them strangers, and how many channels there are.
    pub fn census(&self) -> Census {
        Census {
            connections: self.peers.len(),
            strangers: self.strangers.len(),
            present: self.present.len(),
            channels: self.channels.len(),
        }
    }

    fn command(&mut self, command: Command) {
        self.commands.push_back(command);
    }

    fn say(&mut self, to: ConnId, message: impl Into<Message>) {
        let message = message.into();
        self.command(Command::Say { to, message });
    }

    fn refuse(&mut self, conn: ConnId, refusal: Refusal, sentence: &str) {
        let refused = relay::Refused {
            reason: refusal.code(),
            sentence: sentence.to_owned(),
        };
        self.say(conn, refused);
    }
}

/// How full the relay is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// Control connections.
    pub connections: usize,
    /// Those that have shown no ticket yet.
    pub strangers: usize,
    /// Hosts that are present.
    pub present: usize,
    /// Channels with at least one leg.
    pub channels: usize,
}

impl fmt::Debug for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Machine")
            .field("census", &self.census())
            .finish_non_exhaustive()
    }
}
