//! What a relay promises, shown on the machine in virtual time.

use std::time::Duration;

use farpane_protocol::api::RelayOrder;
use farpane_protocol::relay::{
    AddressProof, Attached, CloseLeg, Deliver, Leave, LegClosed, LegOpen, Message, OpenLeg, Ping,
    Pong, Refusal, Side,
};

use super::testing::{DIRECTORY, START, World, address, channel, secret, ticket};
use super::{
    CONNECTIONS, CONNECTIONS_PER_KEY, Census, ConnId, GOODBYE_WAIT, LEG_WAIT, LEGS_PER_CONNECTION,
    STRANGER_WAIT, STRANGERS, TICK,
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

#[test]
fn strangers_do_not_fill_the_relay() {
    let mut world = World::new();
    let mut next = 0u32;
    let mut newcomer = |world: &mut World| {
        next += 1;
        let mut seed = [7; 32];
        seed[..4].copy_from_slice(&next.to_be_bytes());
        let key = farpane_protocol::key::SecretKey::from_seed(seed).public();
        let conn = ConnId(1_000_000 + u64::from(next));
        world.machine.connected(world.now, conn, key, address(1));
        matches!(world.machine.poll(), Some(super::Command::Close { .. }))
    };
    let turned_away = (0..STRANGERS + 10).filter(|_| newcomer(&mut world)).count();
    assert_eq!(turned_away, 10);
    assert_eq!(world.machine.census().strangers, STRANGERS);
    world.pass(STRANGER_WAIT + GOODBYE_WAIT);
    assert_eq!(world.machine.census(), Census::default());
    assert!(!newcomer(&mut world));
    const { assert!(STRANGERS < CONNECTIONS) };
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
