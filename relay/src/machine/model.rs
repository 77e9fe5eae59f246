//! A plain model of what a relay may forward, held against the machine, table and router under
//! random actions: a packet passes only between two legs that were opened by tickets that held,
//! on the two sides of one channel, from and to the addresses that their connections have proven.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use farpane_protocol::api::RelayOrder;
use farpane_protocol::ids::ChannelId;
use farpane_protocol::relay::{AddressProof, CloseLeg, Leave, OpenLeg, Ping, Side};
use proptest::prelude::*;
use proptest::test_runner::{TestRng, TestRunner};

use super::testing::{DIRECTORY, World, address, channel, secret, ticket};
use super::{CONNECTIONS_PER_KEY, ConnId, GOODBYE_WAIT, LEG_WAIT, STRANGER_WAIT};

const KEYS: u8 = 4;
const PORTS: u16 = 8;
const CHANNELS: u64 = 2;
const WRONG_TICKETS: u32 = 8;

#[derive(Clone, Copy, Debug)]
enum Flaw {
    None,
    Late,
    OtherPeer,
    OtherRelay,
    OtherSigner,
    OtherLeave,
}

#[derive(Clone, Copy, Debug)]
enum Action {
    Connect {
        key: u8,
        port: u16,
    },
    Show {
        conn: usize,
        channel: u64,
        wrong_side: bool,
        flaw: Flaw,
    },
    CloseLeg {
        conn: usize,
        channel: u64,
    },
    Move {
        conn: usize,
        port: u16,
    },
    Ping {
        conn: usize,
    },
    /// A connection shows the nonce of a check: one of its own, or another's.
    Prove {
        other: Option<usize>,
        check: usize,
    },
    Gone {
        conn: usize,
    },
    Kill {
        channel: u64,
    },
    /// A leg's connection goes elsewhere, sends data from there, and pings: what a peer does whose
    /// network changed.
    Migrate {
        leg: usize,
        port: u16,
    },
    Pass {
        tenths: u64,
    },
    Packet {
        port: u16,
        channel: u64,
    },
}

fn flaw() -> impl Strategy<Value = Flaw> {
    prop_oneof![
        12 => Just(Flaw::None),
        1 => Just(Flaw::Late),
        1 => Just(Flaw::OtherPeer),
        1 => Just(Flaw::OtherRelay),
        1 => Just(Flaw::OtherSigner),
        1 => Just(Flaw::OtherLeave),
    ]
}

fn action() -> impl Strategy<Value = Action> {
    let (conn, channel, port) = (0..6usize, 0..CHANNELS, 1..PORTS);
    prop_oneof![
        3 => (0..KEYS, port.clone()).prop_map(|(key, port)| Action::Connect { key, port }),
        6 => (conn.clone(), channel.clone(), proptest::bool::weighted(0.2), flaw())
            .prop_map(|(conn, channel, wrong_side, flaw)| Action::Show { conn, channel, wrong_side, flaw }),
        1 => (conn.clone(), channel.clone())
            .prop_map(|(conn, channel)| Action::CloseLeg { conn, channel }),
        3 => (conn.clone(), port.clone()).prop_map(|(conn, port)| Action::Move { conn, port }),
        3 => conn.clone().prop_map(|conn| Action::Ping { conn }),
        5 => (proptest::option::weighted(0.3, conn.clone()), 0..3usize)
            .prop_map(|(other, check)| Action::Prove { other, check }),
        4 => (0..6usize, port.clone()).prop_map(|(leg, port)| Action::Migrate { leg, port }),
        1 => conn.prop_map(|conn| Action::Gone { conn }),
        1 => channel.clone().prop_map(|channel| Action::Kill { channel }),
        3 => prop_oneof![3 => 1..30u64, 1 => 90..700u64].prop_map(|tenths| Action::Pass { tenths }),
        3 => (port, channel).prop_map(|(port, channel)| Action::Packet { port, channel }),
    ]
}

/// A connection as the model knows it.
struct Conn {
    id: ConnId,
    key: u8,
    connected: Instant,
    known: bool,
    leaving_since: Option<Instant>,
    wrong_tickets: u32,
    proven: SocketAddr,
    claimed: Option<SocketAddr>,
    /// Nonces sent to the claimed address since it was claimed.
    nonces: Vec<u64>,
}

#[derive(Clone, Copy, PartialEq)]
struct Leg {
    conn: ConnId,
    channel: u64,
    side: Side,
    alone_since: Option<Instant>,
}

#[derive(Default)]
struct Model {
    conns: Vec<Conn>,
    legs: Vec<Leg>,
    killed: Vec<u64>,
}

impl Model {
    fn conn(&mut self, id: ConnId) -> Option<&mut Conn> {
        self.conns.iter_mut().find(|conn| conn.id == id)
    }

    fn remove_leg(&mut self, at: usize, now: Instant) {
        let gone = self.legs.remove(at);
        for leg in &mut self.legs {
            if leg.channel == gone.channel {
                leg.alone_since = Some(now);
            }
        }
    }

    fn remove_conn(&mut self, id: ConnId, now: Instant) {
        self.conns.retain(|conn| conn.id != id);
        while let Some(at) = self.legs.iter().position(|leg| leg.conn == id) {
            self.remove_leg(at, now);
        }
    }

    /// The connection said something from where its link is.
    fn heard(&mut self, id: ConnId, link: SocketAddr) -> bool {
        let Some(conn) = self.conn(id) else {
            return false;
        };
        if conn.leaving_since.is_some() {
            return false;
        }
        conn.seen_at(link);
        true
    }

    fn opens(&mut self, id: ConnId, number: u64, side: Side, now: Instant) {
        let Some(key) = self.conn(id).map(|conn| conn.key) else {
            return;
        };
        let key_of = |model: &Self, leg: &Leg| {
            model
                .conns
                .iter()
                .find(|conn| conn.id == leg.conn)
                .map(|conn| conn.key)
        };
        let on_channel = |leg: &&Leg| leg.channel == number;
        let mine = self
            .legs
            .iter()
            .filter(on_channel)
            .find(|leg| leg.side == side)
            .copied();
        let other = self
            .legs
            .iter()
            .filter(on_channel)
            .find(|leg| leg.side != side)
            .copied();
        let foreign = mine.is_some_and(|leg| key_of(self, &leg) != Some(key));
        let same = other.is_some_and(|leg| key_of(self, &leg) == Some(key));
        if self.killed.contains(&number) || foreign || same {
            return;
        }
        if mine.is_some_and(|leg| leg.conn == id) {
            return;
        }
        self.legs.retain(|leg| Some(*leg) != mine);
        for leg in &mut self.legs {
            if leg.channel == number {
                leg.alone_since = None;
            }
        }
        let alone_since = other.is_none().then_some(now);
        self.legs.push(Leg {
            conn: id,
            channel: number,
            side,
            alone_since,
        });
    }

    fn passes(&self, source: SocketAddr, number: u64) -> Option<SocketAddr> {
        let proven = |side| {
            let leg = self
                .legs
                .iter()
                .find(|leg| leg.channel == number && leg.side == side)?;
            self.conns
                .iter()
                .find(|conn| conn.id == leg.conn)
                .map(|conn| conn.proven)
        };
        let (host, viewer) = (proven(Side::Host)?, proven(Side::Viewer)?);
        if source == host {
            Some(viewer)
        } else {
            (source == viewer).then_some(host)
        }
    }

    fn time_is(&mut self, now: Instant) {
        let mut gone = Vec::new();
        for conn in &mut self.conns {
            match conn.leaving_since {
                Some(since) if now >= since + GOODBYE_WAIT => gone.push(conn.id),
                None if !conn.known && now >= conn.connected + STRANGER_WAIT => {
                    conn.leaving_since = Some(now);
                }
                Some(_) | None => {}
            }
        }
        for id in gone {
            self.remove_conn(id, now);
        }
        self.legs
            .retain(|leg| leg.alone_since.is_none_or(|since| now < since + LEG_WAIT));
    }
}

impl Conn {
    fn seen_at(&mut self, link: SocketAddr) {
        let claimed = (link != self.proven).then_some(link);
        if claimed != self.claimed {
            self.claimed = claimed;
            self.nonces.clear();
        }
    }
}

/// The system, the model, and what the model has learned of the system.
struct Pair {
    world: World,
    model: Model,
    looked_at: usize,
    links: BTreeMap<ConnId, SocketAddr>,
    /// How often the model let something pass, and how often a new address was proven.
    passed: usize,
    moved: usize,
}

impl Pair {
    fn pick(&self, conn: usize) -> Option<ConnId> {
        let count = self.model.conns.len();
        (count > 0).then(|| self.model.conns[conn % count].id)
    }

    fn act(&mut self, action: Action) {
        let now = self.world.now;
        match action {
            Action::Connect { key, port } => {
                let same: Vec<_> = self.model.conns.iter().filter(|c| c.key == key).collect();
                let oldest = (same.len() >= CONNECTIONS_PER_KEY).then(|| same[0].id);
                if let Some(oldest) = oldest {
                    self.model.remove_conn(oldest, now);
                }
                let id = self.world.connect(key, port);
                self.links.insert(id, address(port));
                self.model.conns.push(Conn {
                    id,
                    key,
                    connected: now,
                    known: false,
                    leaving_since: None,
                    wrong_tickets: 0,
                    proven: address(port),
                    claimed: None,
                    nonces: Vec::new(),
                });
            }
            Action::Show {
                conn,
                channel,
                wrong_side,
                flaw,
            } => {
                let Some(id) = self.pick(conn) else { return };
                self.show(id, channel, wrong_side, flaw);
            }
            Action::CloseLeg {
                conn,
                channel: number,
            } => {
                let Some(id) = self.pick(conn) else { return };
                if self.model.heard(id, self.links[&id]) {
                    let leg = |leg: &Leg| leg.conn == id && leg.channel == number;
                    if let Some(at) = self.model.legs.iter().position(leg) {
                        self.model.remove_leg(at, now);
                    }
                }
                self.world.say(
                    id,
                    CloseLeg {
                        channel: channel(number).get(),
                    },
                );
            }
            Action::Move { conn, port } => {
                let Some(id) = self.pick(conn) else { return };
                self.links.insert(id, address(port));
                self.world.links.insert(id, address(port));
            }
            Action::Ping { conn } => {
                let Some(id) = self.pick(conn) else { return };
                self.model.heard(id, self.links[&id]);
                self.world.say(id, Ping { nonce: 0 });
            }
            Action::Prove { other, check } => {
                let shown = self.world.checks.iter().rev().nth(check).copied();
                let (owner, nonce) = shown.map_or((None, 0), |(owner, _, n)| (Some(owner), n));
                let prover = match other {
                    Some(conn) => self.pick(conn),
                    None => owner.filter(|owner| self.model.conn(*owner).is_some()),
                };
                let Some(id) = prover else { return };
                if self.model.heard(id, self.links[&id])
                    && let Some(conn) = self.model.conn(id)
                    && conn.nonces.contains(&nonce)
                    && let Some(claimed) = conn.claimed.take()
                {
                    conn.proven = claimed;
                    self.moved += 1;
                    conn.nonces.clear();
                }
                self.world.say(id, AddressProof { nonce });
            }
            Action::Gone { conn } => {
                let Some(id) = self.pick(conn) else { return };
                self.model.remove_conn(id, now);
                self.world.gone(id);
            }
            Action::Kill { channel: number } => {
                self.model.killed.push(number);
                self.model.legs.retain(|leg| leg.channel != number);
                self.world.order(RelayOrder::Close {
                    channel: channel(number),
                });
            }
            Action::Pass { tenths } => {
                for _ in 0..tenths {
                    self.world.pass(Duration::from_millis(100));
                    self.model.time_is(self.world.now);
                    self.learn();
                }
            }
            Action::Migrate { leg, port } => {
                let Some(leg) = self.model.legs.get(leg).copied() else {
                    return;
                };
                self.links.insert(leg.conn, address(port));
                self.world.links.insert(leg.conn, address(port));
                self.world.route(port, leg.channel);
                self.model.heard(leg.conn, address(port));
                self.world.say(leg.conn, Ping { nonce: 0 });
            }
            Action::Packet { port, channel } => {
                self.world.route(port, channel);
            }
        }
        self.learn();
    }

    fn show(&mut self, id: ConnId, number: u64, wrong_side: bool, flaw: Flaw) {
        let now = self.world.now;
        let Some(key) = self.model.conn(id).map(|conn| conn.key) else {
            return;
        };
        // Even keys are hosts, odd ones viewers; now and then one plays the other's part.
        let side = if (key % 2 == 0) == wrong_side {
            Side::Viewer
        } else {
            Side::Host
        };
        let leave = Leave::OpenLeg {
            channel: channel(number),
            side,
        };
        let mut ticket = ticket(key, leave, self.world.time());
        let mut signer = DIRECTORY;
        match flaw {
            Flaw::None => {}
            Flaw::Late => ticket.until.0 -= 1,
            Flaw::OtherPeer => ticket.peer = secret(key + 1).public(),
            Flaw::OtherRelay => ticket.relay = secret(key).public(),
            Flaw::OtherSigner => signer = key,
            Flaw::OtherLeave => ticket.leave = Leave::BePresent,
        }
        if self.model.heard(id, self.links[&id])
            && let Some(conn) = self.model.conn(id)
        {
            if matches!(flaw, Flaw::None) {
                conn.known = true;
                self.model.opens(id, number, side, now);
            } else {
                conn.wrong_tickets += 1;
                if conn.wrong_tickets == WRONG_TICKETS {
                    conn.leaving_since = Some(now);
                }
            }
        }
        let ticket = ticket.seal(&secret(signer));
        self.world.say(id, OpenLeg { ticket });
    }

    /// What the relay asked and checked shows which claims it knows of.
    fn learn(&mut self) {
        for (id, address) in std::mem::take(&mut self.world.asked) {
            if let Some(conn) = self.model.conn(id) {
                conn.seen_at(address);
            }
        }
        for (id, to, nonce) in &self.world.checks[self.looked_at..] {
            let link = self.links[id];
            assert_eq!(*to, link, "checks go only where the connection is");
            if let Some(conn) = self.model.conn(*id) {
                conn.nonces.push(*nonce);
            }
        }
        self.looked_at = self.world.checks.len();
    }

    fn compare(&mut self) -> Result<(), TestCaseError> {
        for number in 0..CHANNELS {
            for port in 1..PORTS {
                let (source, id) = (address(port), ChannelId::from_random(number));
                let router = &self.world.router;
                let forwarded = router.route_at(self.world.now, source, id, 0);
                let expected = self.model.passes(source, number);
                self.passed += usize::from(expected.is_some());
                prop_assert_eq!(forwarded, expected, "from {} on {}", source, number);
            }
        }
        Ok(())
    }
}

#[test]
fn only_what_the_model_lets_pass_is_forwarded() {
    let (passed, moved) = (Cell::new(0), Cell::new(0));
    let config = ProptestConfig {
        cases: 400,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let seeded = TestRng::deterministic_rng(config.rng_algorithm);
    TestRunner::new_with_rng(config, seeded)
        .run(&proptest::collection::vec(action(), 1..150), |actions| {
            let mut pair = Pair {
                world: World::new(),
                model: Model::default(),
                looked_at: 0,
                links: BTreeMap::new(),
                passed: 0,
                moved: 0,
            };
            for action in actions {
                pair.act(action);
                pair.compare()?;
            }
            passed.set(passed.get() + pair.passed);
            moved.set(moved.get() + pair.moved);
            Ok(())
        })
        .expect("system and model agree");
    // Agreement means nothing if the random actions never join or move anything.
    assert!(passed.get() > 1000, "{}", passed.get());
    assert!(moved.get() > 10, "{}", moved.get());
}
