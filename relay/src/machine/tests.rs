//! What a relay promises, shown on the machine in virtual time.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use farpane_protocol::api::RelayOrder;
use farpane_protocol::relay::{
    AddressProof, Attached, CloseLeg, Deliver, Leave, LegClosed, LegOpen, Message, OpenLeg, Ping,
    Pong, Refusal, Side,
};

use super::testing::{DIRECTORY, START, World, address, channel, secret, ticket};
use super::{
    CONNECTIONS, CONNECTIONS_PER_KEY, Census, Command, ConnId, GOODBYE_WAIT, LEG_WAIT,
    LEGS_PER_CONNECTION, STRANGER_WAIT, STRANGERS, TICK,
};

const HOST: u8 = 1;
const VIEWER: u8 = 2;
const OTHER: u8 = 3;

fn leg_open(number: u64, joined: bool) -> Message {
    let channel = channel(number).get();
    LegOpen { channel, joined }.into()
}

fn leg_closed(number: u64, refusal: Refusal) -> Message {
    let (channel, reason) = (channel(number).get(), refusal.code());
    LegClosed { channel, reason }.into()
}

fn leg(number: u64, side: Side) -> Leave {
    let channel = channel(number);
    Leave::OpenLeg { channel, side }
}

/// A host at port 10 and a viewer at port 20, joined on channel 1; all messages read.
fn joined() -> (World, ConnId, ConnId) {
    let mut world = World::new();
    let host = world.guest(HOST, 10, 1, Side::Host);
    let viewer = world.guest(VIEWER, 20, 1, Side::Viewer);
    world.said.clear();
    (world, host, viewer)
}

#[test]
fn two_legs_with_tickets_are_joined_and_told_so() {
    let mut world = World::new();
    let host = world.guest(HOST, 10, 1, Side::Host);
    assert_eq!(world.heard_by(host), [leg_open(1, false)]);
    assert_eq!(world.route(10, 1), None);
    let viewer = world.guest(VIEWER, 20, 1, Side::Viewer);
    assert_eq!(world.heard_by(viewer), [leg_open(1, true)]);
    assert_eq!(world.heard_by(host), [leg_open(1, true)]);
    assert_eq!(
        (world.route(10, 1), world.route(20, 1)),
        (Some(20), Some(10))
    );
    assert_eq!(world.route(30, 1), None);
}

#[test]
fn a_stranger_is_refused_and_closed_within_ten_seconds() {
    let mut world = World::new();
    let stranger = world.connect(OTHER, 30);
    world.say(stranger, Ping { nonce: 7 });
    assert_eq!(world.heard_by(stranger), [Pong { nonce: 7 }.into()]);
    world.pass(STRANGER_WAIT - TICK);
    assert!(world.heard_by(stranger).is_empty());
    world.pass(TICK);
    assert_eq!(world.refusal(stranger), Some(Refusal::Ticket));
    world.open(stranger, OTHER, 1, Side::Host);
    assert!(world.heard_by(stranger).is_empty(), "too late");
    world.pass(GOODBYE_WAIT);
    assert_eq!(world.closed.len(), 1);
    assert_eq!(world.machine.census(), Census::default());
    assert!(STRANGER_WAIT + GOODBYE_WAIT <= Duration::from_secs(10));
}

#[test]
fn a_ticket_must_be_from_the_directory_for_this_relay_this_key_and_now() {
    let good = ticket(OTHER, leg(1, Side::Host), START);
    let foreign = good.seal(&secret(OTHER));
    let mut other_relay = good.clone();
    other_relay.relay = secret(9).public();
    let other_peer = ticket(HOST, leg(1, Side::Host), START);
    let mut late = good.clone();
    late.until.0 -= 1;
    let presence = ticket(OTHER, Leave::BePresent, START);
    let sealed =
        [other_relay, other_peer, late, presence].map(|ticket| ticket.seal(&secret(DIRECTORY)));
    for ticket in sealed.into_iter().chain([foreign, "junk".into()]) {
        let mut world = World::new();
        let conn = world.connect(OTHER, 30);
        world.say(conn, OpenLeg { ticket });
        assert_eq!(world.refusal(conn), Some(Refusal::Ticket));
        assert_eq!(world.machine.census().channels, 0);
        assert_eq!(world.machine.census().strangers, 1);
    }
    let mut world = World::new();
    let conn = world.connect(OTHER, 30);
    world.show(conn, &good);
    assert_eq!(world.heard_by(conn), [leg_open(1, false)]);
    assert_eq!(world.machine.census().strangers, 0);
}

#[test]
fn wrong_tickets_are_not_tried_for_ever() {
    let mut world = World::new();
    let conn = world.connect(OTHER, 30);
    for _ in 0..100 {
        world.say(
            conn,
            OpenLeg {
                ticket: "junk".into(),
            },
        );
    }
    assert_eq!(world.heard_by(conn).len(), 8);
    world.pass(GOODBYE_WAIT);
    assert_eq!(world.closed, [(conn, Refusal::Other)]);
}

#[test]
fn nobody_enters_before_the_directory_was_heard() {
    let mut world = World::deaf();
    let conn = world.guest(HOST, 10, 1, Side::Host);
    assert_eq!(world.refusal(conn), Some(Refusal::Busy));
    world.order(RelayOrder::Now {
        time: START,
        directory_keys: vec![secret(DIRECTORY).public()],
    });
    world.open(conn, HOST, 1, Side::Host);
    assert_eq!(world.heard_by(conn), [leg_open(1, false)]);
}

#[test]
fn a_key_that_the_directory_withdrew_signs_nothing_any_more() {
    let mut world = World::new();
    world.order(RelayOrder::Now {
        time: START,
        directory_keys: vec![secret(9).public()],
    });
    let conn = world.guest(HOST, 10, 1, Side::Host);
    assert_eq!(world.refusal(conn), Some(Refusal::Ticket));
}

#[test]
fn tickets_expire_in_directory_time_also_without_word_from_it() {
    let mut world = World::new();
    let conn = world.connect(HOST, 10);
    let until = START.after(Duration::from_secs(5));
    let ticket = ticket(HOST, leg(1, Side::Host), until);
    world.pass(Duration::from_secs(5));
    world.show(conn, &ticket);
    assert_eq!(world.heard_by(conn), [leg_open(1, false)]);
    world.pass(TICK);
    world.show(conn, &ticket);
    assert_eq!(world.refusal(conn), Some(Refusal::Ticket));
}

#[test]
fn a_side_belongs_to_one_key_and_the_sides_to_different_ones() {
    let (mut world, _, viewer) = joined();
    let other = world.guest(OTHER, 30, 1, Side::Host);
    assert_eq!(world.refusal(other), Some(Refusal::Taken));
    let second = world.guest(VIEWER, 21, 2, Side::Viewer);
    world.said.clear();
    world.open(viewer, VIEWER, 2, Side::Host);
    assert_eq!(world.refusal(viewer), Some(Refusal::Taken));
    assert!(world.heard_by(second).is_empty());
    assert_eq!((world.route(10, 1), world.route(30, 1)), (Some(20), None));
}

#[test]
fn a_newer_connection_of_the_same_key_takes_its_leg_over() {
    let (mut world, host, viewer) = joined();
    let newer = world.guest(VIEWER, 21, 1, Side::Viewer);
    assert_eq!(world.heard_by(newer), [leg_open(1, true)]);
    assert_eq!(world.heard_by(viewer), [leg_closed(1, Refusal::Taken)]);
    assert_eq!(world.heard_by(host), [leg_open(1, true)]);
    assert_eq!((world.route(20, 1), world.route(21, 1)), (None, Some(10)));
    world.gone(viewer);
    world.say(newer, CloseLeg { channel: 99 });
    assert_eq!(
        world.route(10, 1),
        Some(21),
        "the old one took nothing with it"
    );
}

/// Bytes that the leg at `port` can send on channel 1 at once.
fn sends_at_once(world: &World, port: u16) -> usize {
    const PACKET: usize = 1000;
    let sends = || {
        let (now, source) = (world.now, address(port));
        world.router.route_at(now, source, channel(1), PACKET)
    };
    std::iter::from_fn(sends).take(1000).count() * PACKET
}

/// Opens the viewer's leg of channel 1 at a rate of one byte per second.
fn open_slow(world: &mut World, conn: ConnId) {
    let mut ticket = ticket(VIEWER, leg(1, Side::Viewer), world.time());
    ticket.rate = 1;
    world.show(conn, &ticket);
}

/// A host at port 10 and a slow viewer at port 20 that has sent what it may send at once.
fn exhausted() -> (World, ConnId, ConnId) {
    let mut world = World::new();
    let host = world.guest(HOST, 10, 1, Side::Host);
    let viewer = world.connect(VIEWER, 20);
    open_slow(&mut world, viewer);
    let sent = sends_at_once(&world, 20);
    assert!((100_000..200_000).contains(&sent), "{sent}");
    world.said.clear();
    (world, host, viewer)
}

#[test]
fn a_leg_that_is_opened_again_keeps_its_meter_and_only_its_peer_is_told() {
    let (mut world, host, viewer) = exhausted();
    open_slow(&mut world, viewer);
    assert_eq!(world.heard_by(viewer), [leg_open(1, true)]);
    assert!(world.heard_by(host).is_empty());
    assert_eq!(sends_at_once(&world, 20), 0);
}

#[test]
fn closing_a_leg_and_opening_it_again_resets_no_meter() {
    let close = CloseLeg {
        channel: channel(1).get(),
    };
    let (mut world, host, viewer) = exhausted();
    world.say(viewer, close.clone());
    open_slow(&mut world, viewer);
    assert_eq!(sends_at_once(&world, 20), 0, "the other leg stood");

    world.say(viewer, close.clone());
    world.say(host, close.clone());
    assert_eq!(world.machine.census().channels, 0);
    world.open(host, HOST, 1, Side::Host);
    open_slow(&mut world, viewer);
    assert_eq!(sends_at_once(&world, 20), 0, "no leg stood");

    world.say(viewer, close);
    let other = world.guest(OTHER, 30, 1, Side::Viewer);
    open_slow(&mut world, viewer);
    assert!(world.heard_by(other).contains(&leg_open(1, true)));
    world.gone(other);
    open_slow(&mut world, viewer);
    assert_eq!(sends_at_once(&world, 20), 0, "an attempt was refused");
}

#[test]
fn opening_a_leg_again_pays_for_no_address_check() {
    let (mut world, _, viewer) = joined();
    world.links.insert(viewer, address(25));
    world.say(viewer, Ping { nonce: 1 });
    assert_eq!(world.route(25, 1), None);
    world.pass(Duration::from_secs(1));
    let paid = world.checks.len();
    for _ in 0..10 {
        let channel = channel(1).get();
        world.say(viewer, CloseLeg { channel });
        world.open(viewer, VIEWER, 1, Side::Viewer);
        world.pass(Duration::from_secs(6));
    }
    assert_eq!(world.checks.len(), paid);
}

#[test]
fn a_newer_connection_of_the_same_key_brings_no_new_meter() {
    let (mut world, _, viewer) = exhausted();
    let newer = world.connect(VIEWER, 21);
    open_slow(&mut world, newer);
    assert_eq!(sends_at_once(&world, 21), 0, "it took the leg over");
    world.gone(viewer);
    world.gone(newer);
    let last = world.connect(VIEWER, 22);
    open_slow(&mut world, last);
    assert_eq!(sends_at_once(&world, 22), 0, "the leg had died");
}

#[test]
fn waiting_longer_takes_more_than_opening_the_same_leg_again() {
    let mut world = World::new();
    let host = world.guest(HOST, 10, 1, Side::Host);
    world.pass(LEG_WAIT - TICK);
    world.open(host, HOST, 1, Side::Host);
    world.said.clear();
    world.pass(TICK);
    assert_eq!(world.heard_by(host), [leg_closed(1, Refusal::PeerLeft)]);
}

#[test]
fn a_leg_dies_with_its_connection_and_the_other_waits_a_minute() {
    let (mut world, host, viewer) = joined();
    world.gone(viewer);
    assert_eq!(world.heard_by(host), [leg_open(1, false)]);
    assert_eq!((world.route(10, 1), world.route(20, 1)), (None, None));
    world.pass(LEG_WAIT - TICK);
    let back = world.guest(VIEWER, 22, 1, Side::Viewer);
    assert_eq!(world.heard_by(host), [leg_open(1, true)]);
    assert_eq!(world.route(10, 1), Some(22));
    world.gone(back);
    world.said.clear();
    world.pass(LEG_WAIT);
    assert_eq!(world.heard_by(host), [leg_closed(1, Refusal::PeerLeft)]);
    assert_eq!(world.machine.census().channels, 0);
    assert_eq!(
        world.machine.census().connections,
        1,
        "the host itself stays"
    );
}

#[test]
fn both_sides_may_close_and_nothing_is_left() {
    let (mut world, host, viewer) = joined();
    let channel = channel(1).get();
    world.say(OTHER_CONN, CloseLeg { channel });
    assert_eq!(world.route(10, 1), Some(20));
    world.say(viewer, CloseLeg { channel });
    assert_eq!(world.route(10, 1), None);
    world.say(host, CloseLeg { channel });
    assert_eq!(world.machine.census().channels, 0);
    assert_eq!(world.table.look(super::testing::channel(1), |_| ()), None);
}

const OTHER_CONN: ConnId = ConnId(4711);

#[test]
fn a_stranger_to_the_channel_cannot_close_it() {
    let (mut world, _, _) = joined();
    let other = world.guest(OTHER, 30, 2, Side::Host);
    world.say(
        other,
        CloseLeg {
            channel: channel(1).get(),
        },
    );
    assert_eq!(world.route(10, 1), Some(20));
}

#[test]
fn the_directory_ends_a_channel_and_no_ticket_brings_it_back() {
    let (mut world, host, viewer) = joined();
    world.order(RelayOrder::Close {
        channel: channel(1),
    });
    assert_eq!(world.heard_by(host), [leg_closed(1, Refusal::Killed)]);
    assert_eq!(world.heard_by(viewer), [leg_closed(1, Refusal::Killed)]);
    assert_eq!(world.route(10, 1), None);
    world.open(viewer, VIEWER, 1, Side::Viewer);
    assert_eq!(world.refusal(viewer), Some(Refusal::Killed));
    world.order(RelayOrder::Close {
        channel: channel(2),
    });
    world.open(host, HOST, 2, Side::Host);
    assert_eq!(
        world.refusal(host),
        Some(Refusal::Killed),
        "ended before it began"
    );
}

#[test]
fn a_host_is_present_by_ticket_and_its_own_word() {
    let mut world = World::new();
    let host = world.connect(HOST, 10);
    for wrong in [
        world.attach(HOST, OTHER, super::testing::RELAY),
        world.attach(HOST, HOST, OTHER),
        world.attach(OTHER, OTHER, super::testing::RELAY),
    ] {
        world.say(host, wrong);
        assert_eq!(world.refusal(host), Some(Refusal::Ticket));
    }
    assert!(world.came.is_empty());
    let attach = world.attach(HOST, HOST, super::testing::RELAY);
    world.say(host, attach);
    assert_eq!(world.heard_by(host), [Attached {}.into()]);
    assert_eq!(world.came, [secret(HOST).public()]);
    world.order(RelayOrder::Deliver {
        peer: secret(HOST).public(),
        envelope: "sealed".into(),
    });
    world.order(RelayOrder::Deliver {
        peer: secret(OTHER).public(),
        envelope: "for nobody".into(),
    });
    let envelope = "sealed".to_owned();
    assert_eq!(world.heard_by(host), [Deliver { envelope }.into()]);
    assert!(world.said.is_empty());
    world.gone(host);
    assert_eq!(world.went, [secret(HOST).public()]);
}

#[test]
fn a_host_that_reconnects_stays_present_on_its_newer_connection() {
    let mut world = World::new();
    let older = world.connect(HOST, 10);
    let attach = world.attach(HOST, HOST, super::testing::RELAY);
    world.say(older, attach.clone());
    let newer = world.connect(HOST, 11);
    world.say(newer, attach);
    world.gone(older);
    assert!(world.went.is_empty());
    world.said.clear();
    world.order(RelayOrder::Deliver {
        peer: secret(HOST).public(),
        envelope: String::new(),
    });
    assert_eq!(world.heard_by(newer).len(), 1);
}

#[test]
fn a_leg_moves_only_after_the_new_address_was_proven() {
    let (mut world, _, viewer) = joined();
    world.links.insert(viewer, address(25));
    assert_eq!(world.route(25, 1), None);
    assert!(world.checks.is_empty());
    world.say(viewer, Ping { nonce: 1 });
    let (_, to, nonce) = world.checks[0];
    assert_eq!(to, address(25));
    assert_eq!(
        world.route(10, 1),
        Some(20),
        "data still goes where it was proven"
    );
    assert_eq!(world.route(25, 1), None, "data from the new address falls");
    assert_eq!(world.route(20, 1), Some(10));
    world.say(viewer, AddressProof { nonce: nonce + 1 });
    assert_eq!(world.route(10, 1), Some(20));
    world.say(viewer, AddressProof { nonce });
    assert_eq!(
        (world.route(10, 1), world.route(25, 1)),
        (Some(25), Some(10))
    );
    assert_eq!(world.route(20, 1), None);
}

#[test]
fn data_from_a_new_address_alone_makes_the_relay_look() {
    let (mut world, _, viewer) = joined();
    world.links.insert(viewer, address(25));
    world.pass(Duration::from_secs(1));
    assert!(world.checks.is_empty(), "nothing came from there");
    assert_eq!(world.route(25, 1), None);
    world.pass(TICK);
    assert_eq!(world.checks.len(), 1);
    world.pass(Duration::from_secs(1));
    assert_eq!(world.checks.len(), 1, "unpaid checks are not sent");
    assert_eq!(world.route(25, 1), None);
    world.pass(TICK);
    assert_eq!(world.checks.len(), 2);
    let (conn, _, nonce) = world.checks[1];
    world.say(conn, AddressProof { nonce });
    assert_eq!(world.route(25, 1), Some(10));
}

#[test]
fn a_third_party_that_injects_moves_nothing() {
    let (mut world, _, _) = joined();
    for _ in 0..100 {
        assert_eq!(world.route(66, 1), None);
        world.pass(TICK);
    }
    assert!(world.checks.is_empty());
    assert_eq!(
        (world.route(10, 1), world.route(20, 1)),
        (Some(20), Some(10))
    );
}

#[test]
fn somebody_elses_nonce_proves_nothing() {
    let (mut world, host, viewer) = joined();
    world.links.insert(viewer, address(25));
    world.route(25, 1);
    world.say(viewer, Ping { nonce: 1 });
    let (_, _, nonce) = world.checks[0];
    world.say(host, AddressProof { nonce });
    assert_eq!(world.route(10, 1), Some(20));
}

#[test]
fn a_viewer_that_claims_the_hosts_address_moves_nothing() {
    let (mut world, host, viewer) = joined();
    world.links.insert(viewer, address(10));
    for nonce in 0..20 {
        assert_eq!(world.route(10, 1), Some(20));
        world.say(viewer, Ping { nonce: 1 });
        world.say(host, AddressProof { nonce });
        world.say(viewer, AddressProof { nonce });
        world.pass(TICK);
    }
    assert!(
        world.checks.is_empty(),
        "what the host sends pays for nothing"
    );
    assert_eq!(world.route(20, 1), Some(10));
}

#[test]
fn a_change_of_address_without_data_from_there_brings_no_check() {
    let (mut world, _, viewer) = joined();
    world.links.insert(viewer, address(25));
    for nonce in 0..50 {
        world.say(viewer, Ping { nonce });
        world.pass(TICK);
    }
    assert!(world.checks.is_empty());
}

#[test]
fn a_leg_opened_after_a_move_starts_at_the_proven_address() {
    let (mut world, _, _) = joined();
    let other = world.connect(OTHER, 30);
    world.links.insert(other, address(35));
    world.open(other, OTHER, 2, Side::Host);
    world.guest(VIEWER, 21, 2, Side::Viewer);
    assert_eq!(world.route(21, 2), Some(30));
    assert_eq!(world.route(35, 2), None);
    world.pass(TICK);
    let (conn, _, nonce) = world.checks[0];
    world.say(conn, AddressProof { nonce });
    assert_eq!(world.route(21, 2), Some(35));
}

#[test]
fn what_only_a_relay_says_closes_the_connection() {
    let (mut world, host, _) = joined();
    world.say(host, Attached {});
    assert_eq!(world.closed, [(host, Refusal::Other)]);
    assert_eq!(world.route(20, 1), None);
}

#[test]
fn legs_per_connection_are_bounded() {
    let mut world = World::new();
    let host = world.connect(HOST, 10);
    for number in 0..LEGS_PER_CONNECTION as u64 {
        world.open(host, HOST, number, Side::Host);
    }
    world.said.clear();
    world.open(host, HOST, 100, Side::Host);
    assert_eq!(world.refusal(host), Some(Refusal::Busy));
    world.open(host, HOST, 3, Side::Host);
    assert_eq!(
        world.heard_by(host),
        [leg_open(3, false)],
        "one that it has is fine"
    );
    world.say(host, CloseLeg { channel: 0 });
    world.open(host, HOST, 100, Side::Host);
    assert_eq!(world.heard_by(host), [leg_open(100, false)]);
}

#[test]
fn connections_per_key_are_bounded_and_the_oldest_goes() {
    let mut world = World::new();
    let conns: Vec<_> = (0..=CONNECTIONS_PER_KEY)
        .map(|n| world.guest(HOST, 10 + n as u16, n as u64, Side::Host))
        .collect();
    assert_eq!(world.closed, [(conns[0], Refusal::Busy)]);
    assert_eq!(world.machine.census().channels, CONNECTIONS_PER_KEY);
}

/// The next stranger, of a key of its own, from `source`; `None` if it was not let in.
fn stranger_from(world: &mut World, next: &mut u32, source: IpAddr) -> Option<ConnId> {
    *next += 1;
    let mut seed = [7; 32];
    seed[..4].copy_from_slice(&next.to_be_bytes());
    let key = farpane_protocol::key::SecretKey::from_seed(seed).public();
    let conn = ConnId(1_000_000 + u64::from(*next));
    world
        .machine
        .connected(world.now, conn, key, (source, 1).into());
    let mut let_in = true;
    while let Some(command) = world.machine.poll() {
        if let Command::Close { conn: closed, .. } = command {
            let_in &= closed != conn;
            world.closed.push((closed, Refusal::Busy));
        }
    }
    let_in.then_some(conn)
}

fn v6(site: u16, customer: u16, host: u16) -> IpAddr {
    Ipv6Addr::new(0x2001, 0xdb8, site, customer, 0, 0, 0, host).into()
}

#[test]
fn strangers_do_not_fill_the_relay() {
    let (mut world, mut next) = (World::new(), 0);
    let conns: Vec<_> = (0..STRANGERS as u16 + 10)
        .map(|site| stranger_from(&mut world, &mut next, v6(site, 0, 0)).expect("is let in"))
        .collect();
    let gone: Vec<_> = world.closed.iter().map(|(conn, _)| *conn).collect();
    assert_eq!(gone, conns[..10], "the oldest gave way");
    assert_eq!(world.machine.census().strangers, STRANGERS);
    world.pass(STRANGER_WAIT + GOODBYE_WAIT);
    assert_eq!(world.machine.census(), Census::default());
    assert!(stranger_from(&mut world, &mut next, v6(0, 0, 0)).is_some());
    const { assert!(STRANGERS < CONNECTIONS) };
}

#[test]
fn strangers_of_one_network_only_push_out_each_other() {
    let sources: [fn(u16) -> IpAddr; 4] = [
        |n| Ipv4Addr::new(198, 51, 100, n as u8).into(),
        |n| v6(1, 1, n),
        |n| v6(1, n % 256, n),
        |n| v6(1, n, n),
    ];
    for flood in sources {
        let (mut world, mut next) = (World::new(), 0);
        let elsewhere = stranger_from(&mut world, &mut next, v6(2, 0, 0)).expect("is let in");
        for n in 0..5000 {
            assert!(stranger_from(&mut world, &mut next, flood(n)).is_some());
        }
        let strangers = world.machine.census().strangers;
        assert!(strangers <= 1 + STRANGERS / 8, "{strangers}");
        assert!(world.closed.iter().all(|(conn, _)| *conn != elsewhere));
    }
}

#[test]
fn strangers_that_were_turned_away_still_count_until_they_are_gone() {
    let (mut world, mut next) = (World::new(), 0);
    for n in 0..STRANGERS as u16 {
        let conn = stranger_from(&mut world, &mut next, v6(1, 1, n)).expect("is let in");
        for _ in 0..8 {
            let ticket = "junk".into();
            let message = OpenLeg { ticket }.into();
            world.machine.said(world.now, conn, address(1), message);
        }
    }
    assert!(world.machine.census().connections <= STRANGERS / 8);
}

#[test]
fn a_guest_is_no_stranger_and_does_not_give_way() {
    let (mut world, mut next) = (World::new(), 0);
    let host = world.guest(HOST, 10, 1, Side::Host);
    let same_network = address(1).ip();
    for _ in 0..STRANGERS {
        stranger_from(&mut world, &mut next, same_network);
    }
    assert!(world.closed.iter().all(|(conn, _)| *conn != host));
    assert_eq!(
        world.machine.census().connections,
        1 + world.machine.census().strangers
    );
}

#[test]
fn a_peer_that_says_too_much_is_turned_away() {
    let (mut world, host, viewer) = joined();
    for nonce in 0..1000 {
        world.say(host, Ping { nonce });
    }
    let heard = world.heard_by(host);
    assert!(heard.len() < 300, "{}", heard.len());
    assert!(matches!(heard.last(), Some(Message::Refused(_))));
    world.pass(GOODBYE_WAIT);
    assert_eq!(world.closed, [(host, Refusal::Other)]);
    assert_eq!(world.heard_by(viewer), [leg_open(1, false)]);
}

#[test]
fn a_relay_that_goes_down_says_so_and_lets_nobody_in() {
    let (mut world, host, viewer) = joined();
    world.machine.drain(world.now);
    world.pass(TICK);
    assert_eq!(world.heard_by(host), [leg_closed(1, Refusal::Draining)]);
    assert_eq!(
        world.closed,
        [(host, Refusal::Draining), (viewer, Refusal::Draining)]
    );
    let late = world.connect(OTHER, 30);
    assert_eq!(world.closed.last(), Some(&(late, Refusal::Draining)));
}

#[test]
fn an_idle_relay_asks_for_no_ticks() {
    let mut world = World::new();
    assert_eq!(world.machine.next_tick(world.now), None);
    let host = world.connect(HOST, 10);
    let due = world.machine.next_tick(world.now);
    assert_eq!(due, Some(world.now + STRANGER_WAIT));
    let attach = world.attach(HOST, HOST, super::testing::RELAY);
    world.say(host, attach);
    assert_eq!(world.machine.next_tick(world.now), None);
}
