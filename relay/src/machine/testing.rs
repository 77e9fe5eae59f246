//! A machine with its leg table and router, in virtual time, for tests.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use farpane_protocol::api::RelayOrder;
use farpane_protocol::ids::{ChannelId, EpochNonce};
use farpane_protocol::key::{PublicKey, SecretKey};
use farpane_protocol::relay::{
    Attach, Leave, Message, OpenLeg, PresenceProof, Refusal, RelayTicket, Side,
};
use farpane_protocol::time::Timestamp;
use farpane_protocol::token::{Purpose, seal};

use super::{Command, ConnId, Machine, TICK};
use crate::router::Router;
use crate::table::LegTable;

pub(super) fn secret(seed: u8) -> SecretKey {
    SecretKey::from_seed([seed; 32])
}

pub(super) fn address(port: u16) -> SocketAddr {
    ([192, 0, 2, 1], port).into()
}

pub(super) fn channel(number: u64) -> ChannelId {
    ChannelId::from_random(number)
}

/// The directory's key, the relay's key, and directory time at the start.
pub(super) const DIRECTORY: u8 = 200;
pub(super) const RELAY: u8 = 201;
pub(super) const START: Timestamp = Timestamp(1_000_000_000_000);

/// A sealed ticket for the peer with that seed.
pub(super) fn ticket(seed: u8, leave: Leave, until: Timestamp) -> RelayTicket {
    RelayTicket {
        relay: secret(RELAY).public(),
        peer: secret(seed).public(),
        leave,
        until,
        rate: u64::MAX,
    }
}

/// Everything around a machine.
pub(super) struct World {
    pub(super) machine: Machine,
    pub(super) router: Router,
    pub(super) table: Arc<LegTable>,
    pub(super) start: Instant,
    pub(super) now: Instant,
    /// What was said to whom since the test looked last.
    pub(super) said: Vec<(ConnId, Message)>,
    /// Address checks, with the connection that claims the address.
    pub(super) checks: Vec<(ConnId, SocketAddr, u64)>,
    /// Connections that the machine asked the address of, and what it was told.
    pub(super) asked: Vec<(ConnId, SocketAddr)>,
    pub(super) closed: Vec<(ConnId, Refusal)>,
    pub(super) came: Vec<PublicKey>,
    pub(super) went: Vec<PublicKey>,
    /// Where each connection is; what a driver would ask it.
    pub(super) links: BTreeMap<ConnId, SocketAddr>,
    next: u64,
}

impl World {
    /// A relay that has not heard from the directory.
    pub(super) fn deaf() -> Self {
        let table = Arc::new(LegTable::default());
        let mut counter = 0;
        let chance = Box::new(move || {
            counter += 1;
            counter
        });
        let now = Instant::now();
        Self {
            machine: Machine::new(secret(RELAY).public(), chance),
            router: Router::new(table.clone()),
            table,
            start: now,
            now,
            said: Vec::new(),
            checks: Vec::new(),
            asked: Vec::new(),
            closed: Vec::new(),
            came: Vec::new(),
            went: Vec::new(),
            links: BTreeMap::new(),
            next: 0,
        }
    }

    /// A relay that knows the directory's time and key.
    pub(super) fn new() -> Self {
        let mut world = Self::deaf();
        world.order(RelayOrder::Now {
            time: START,
            directory_keys: vec![secret(DIRECTORY).public()],
        });
        world
    }

    pub(super) fn time(&self) -> Timestamp {
        START.after(self.now - self.start)
    }

    pub(super) fn order(&mut self, order: RelayOrder) {
        self.machine.ordered(self.now, order);
        self.drive();
    }

    pub(super) fn connect(&mut self, seed: u8, port: u16) -> ConnId {
        let conn = ConnId(self.next);
        self.next += 1;
        self.links.insert(conn, address(port));
        let key = secret(seed).public();
        self.machine.connected(self.now, conn, key, address(port));
        self.drive();
        conn
    }

    pub(super) fn say(&mut self, conn: ConnId, message: impl Into<Message>) {
        if let Some(address) = self.links.get(&conn).copied() {
            self.machine.said(self.now, conn, address, message.into());
            self.drive();
        }
    }

    pub(super) fn gone(&mut self, conn: ConnId) {
        self.links.remove(&conn);
        self.machine.gone(self.now, conn);
        self.drive();
    }

    pub(super) fn pass(&mut self, span: Duration) {
        let end = self.now + span;
        while self.now < end {
            self.now = end.min(self.now + TICK);
            self.machine.tick(self.now);
            self.drive();
        }
    }

    pub(super) fn route(&self, port: u16, number: u64) -> Option<u16> {
        let to = self
            .router
            .route_at(self.now, address(port), channel(number), 100);
        to.map(|to| to.port())
    }

    fn drive(&mut self) {
        while let Some(command) = self.machine.poll() {
            match command {
                Command::Say { to, message } => self.said.push((to, message)),
                Command::Publish { channel, joined } => {
                    self.table.publish(channel, joined);
                }
                Command::CheckAddress { of, to, nonce, .. } => self.checks.push((of, to, nonce)),
                Command::AskAddress { of } => {
                    if let Some(address) = self.links.get(&of).copied() {
                        self.asked.push((of, address));
                        self.machine.moved(self.now, of, address);
                    }
                }
                Command::Came(peer) => self.came.push(peer.peer),
                Command::Went(peer) => self.went.push(peer),
                Command::Close { conn, refusal } => {
                    self.links.remove(&conn);
                    self.closed.push((conn, refusal));
                }
            }
        }
    }

    /// Connects and opens a leg by a ticket that holds.
    pub(super) fn guest(&mut self, seed: u8, port: u16, number: u64, side: Side) -> ConnId {
        let conn = self.connect(seed, port);
        self.open(conn, seed, number, side);
        conn
    }

    /// Opens a leg by a ticket that holds for the key with that seed.
    pub(super) fn open(&mut self, conn: ConnId, seed: u8, number: u64, side: Side) {
        let leave = Leave::OpenLeg {
            channel: channel(number),
            side,
        };
        let ticket = ticket(seed, leave, self.time());
        self.show(conn, &ticket);
    }

    pub(super) fn show(&mut self, conn: ConnId, ticket: &RelayTicket) {
        let ticket = ticket.seal(&secret(DIRECTORY));
        self.say(conn, OpenLeg { ticket });
    }

    /// An attach message of the host with that seed.
    pub(super) fn attach(&self, seed: u8, proof_by: u8, relay: u8) -> Attach {
        let proof = PresenceProof {
            relay: secret(relay).public(),
            counter: 1,
            epoch: EpochNonce([1; 16]),
        };
        let ticket = ticket(seed, Leave::BePresent, self.time());
        Attach {
            ticket: ticket.seal(&secret(DIRECTORY)),
            proof: seal(&secret(proof_by), Purpose::Presence, &proof),
        }
    }

    /// What was said to this connection since the test looked last.
    pub(super) fn heard_by(&mut self, conn: ConnId) -> Vec<Message> {
        let said = std::mem::take(&mut self.said);
        let (his, others) = said.into_iter().partition(|(to, _)| *to == conn);
        self.said = others;
        his.into_iter().map(|(_, message)| message).collect()
    }

    /// The one refusal that was said to this connection.
    pub(super) fn refusal(&mut self, conn: ConnId) -> Option<Refusal> {
        match self.heard_by(conn).as_slice() {
            [Message::Refused(body)] => {
                assert!(body.sentence.len() <= 200, "{}", body.sentence);
                Some(Refusal::from_code(body.reason))
            }
            _ => None,
        }
    }
}
