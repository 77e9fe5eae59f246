//! A running relay with real links over loopback: what it carries, and what it does not.

use std::net::UdpSocket;
use std::sync::atomic::Ordering::SeqCst;

use farpane_protocol::api::RelayOrder;
use farpane_protocol::ids::ChannelId;
use farpane_protocol::packet::{self, Owner, PacketType};
use farpane_protocol::relay::{Leave, Refusal, Side};
use farpane_protocol::wire::message::{Message, Text};
use farpane_relay::record;
use farpane_transport::link::LinkError;
use farpane_transport::relay_link::LinkEvent;

mod middle;
mod place;

use middle::Middle;
use place::{HOST, Place, VIEWER, next_picture, secret, send_picture, until, within};

const CHANNEL: u64 = 0x1234_5678_9abc;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pictures_pass_through_two_legs_and_nowhere_else() {
    let place = Place::open().await;
    let (host, viewer) = (place.peer(HOST).await, place.peer(VIEWER).await);
    let [hosts, viewers] = place.session(&host, &viewer, CHANNEL).await;
    for sequence in 1..=20 {
        send_picture(&hosts, sequence, 100_000).await;
        assert_eq!(next_picture(&viewers).await, sequence);
    }
    let traffic = place.relay.traffic();
    assert!(traffic.bytes > 2_000_000, "{traffic:?}");
    assert_eq!(traffic.unknown_bytes, 0);
    let census = place.relay.census().await.expect("runs");
    assert_eq!((census.connections, census.channels), (2, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_without_a_good_ticket_gets_no_leg() {
    let place = Place::open().await;
    let host = place.peer(HOST).await;
    let channel = ChannelId::from_random(CHANNEL);
    let side = Side::Host;
    let foreign = place.ticket(VIEWER, Leave::OpenLeg { channel, side });
    for ticket in [foreign, "junk".into()] {
        let refused = within(host.link.open_leg(ticket, channel)).await;
        let error = refused.err().expect("no leg");
        let LinkError::Refused { reason, sentence } = error else {
            panic!("{error}");
        };
        assert_eq!(reason, Refusal::Ticket);
        assert!(sentence.contains("ticket"), "{sentence}");
    }
    assert_eq!(place.relay.census().await.expect("runs").channels, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_third_party_injects_is_dropped() {
    let place = Place::open().await;
    let (host, viewer) = (place.peer(HOST).await, place.peer(VIEWER).await);
    let _legs = [
        place.leg(&host, CHANNEL, Side::Host).await.expect("a leg"),
        place
            .leg(&viewer, CHANNEL, Side::Viewer)
            .await
            .expect("a leg"),
    ];
    let third = UdpSocket::bind("127.0.0.1:0").expect("binds");
    let channel = ChannelId::from_random(CHANNEL);
    let mut data = packet::header(PacketType::Data, channel).to_vec();
    data.resize(500, 0x41);
    let mut check = packet::header(PacketType::AddressCheck, channel).to_vec();
    check.extend([7; 8]);
    for _ in 0..20 {
        for packet in [&data, &check] {
            third.send_to(packet, place.relay.address()).expect("sends");
        }
    }
    let injected = 20 * (data.len() + check.len()) as u64;
    until(|| place.relay.traffic().dropped_bytes == injected).await;
    let traffic = place.relay.traffic();
    assert_eq!((traffic.bytes, traffic.batches), (0, 0));
    assert_eq!(traffic.unknown_bytes, 0, "the channel was the right one");
    assert_eq!(bytes_waiting(&third), 0);
}

fn bytes_waiting(socket: &UdpSocket) -> u64 {
    socket.set_nonblocking(true).expect("can");
    let mut buffer = [0; 65_536];
    let mut bytes = 0;
    while let Ok(length) = socket.recv(&mut buffer) {
        bytes += length as u64;
    }
    bytes
}

/// What is not QUIC gets no answer at all, and garbage that looks like QUIC one at most that is
/// shorter than itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn garbage_of_every_first_byte_is_not_amplified() {
    let place = Place::open().await;
    let peer = place.peer(HOST).await;
    let [quic, ours, nobody] = std::array::from_fn::<_, 3, _>(|_| {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("binds");
        (socket, std::cell::Cell::new(0u64))
    });
    for length in [1usize, 7, 8, 16, 21, 64, 500, 1200, 1452] {
        for first in 0..=255u8 {
            let mut garbage: Vec<u8> = (0..length).map(|at| (at * 31 + length) as u8).collect();
            garbage[0] = first;
            let (socket, sent) = match packet::owner(first) {
                Owner::Quic => &quic,
                Owner::Farpane(_) => &ours,
                Owner::Nobody => &nobody,
            };
            let address = place.relay.address();
            let bytes = socket.send_to(&garbage, address).expect("sends");
            sent.set(sent.get() + bytes as u64);
            if first % 64 == 63 {
                // An answer on the same port shows that what came before it was read.
                drop(place.leg(&peer, CHANNEL, Side::Host).await.expect("a leg"));
            }
        }
    }
    // A version that nobody speaks is answered, by far less: the count would notice an answer.
    let mut greeting = vec![0xc0, 0x1a, 0x2a, 0x3a, 0x4a, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0];
    greeting.resize(1200, 0);
    let (socket, sent) = &quic;
    let bytes = socket
        .send_to(&greeting, place.relay.address())
        .expect("sends");
    sent.set(sent.get() + bytes as u64);
    drop(place.leg(&peer, CHANNEL, Side::Host).await.expect("a leg"));
    for (socket, sent) in [&ours, &nobody] {
        assert!(sent.get() > 6000);
        assert_eq!(bytes_waiting(socket), 0);
    }
    let answered = bytes_waiting(socket);
    assert!(
        (1..1200).contains(&answered),
        "{answered} for {}",
        sent.get()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_spoofed_change_of_address_aims_nothing_at_the_victim() {
    let place = Place::open().await;
    let middle = Middle::open(place.relay.address()).await;
    let host = place.peer(HOST).await;
    let viewer = place.peer_by(VIEWER, middle.address.to_string()).await;
    let [hosts, viewers] = place.session(&host, &viewer, CHANNEL).await;
    send_picture(&hosts, 1, 50_000).await;
    assert_eq!(next_picture(&viewers).await, 1);

    middle.spoof();
    let away = &middle.away;
    // The host goes on sending pictures, which must not go to the victim.
    for sequence in 2..6 {
        send_picture(&hosts, sequence, 50_000).await;
    }
    until(|| away.checks.load(SeqCst) >= 3 * 16 && away.datagrams.load(SeqCst) > 15).await;
    let (received, sent) = (away.received.load(SeqCst), away.sent.load(SeqCst));
    assert_eq!(away.data.load(SeqCst), 0);
    assert!(received <= 3 * sent, "{received} for {sent}");

    // A real change of address looks the same until the peer answers.
    middle.make_it_true();
    send_picture(&hosts, 6, 50_000).await;
    let mut seen = 0;
    while seen < 6 {
        seen = next_picture(&viewers).await;
    }
    until(|| away.data.load(SeqCst) > 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn envelopes_reach_a_present_host_and_its_presence_the_board() {
    let place = Place::open().await;
    let mut host = place.peer(HOST).await;
    let board = place.relay.board();
    assert!(board.whole()[0].present.is_empty());
    let attached = host
        .link
        .attach(place.ticket(HOST, Leave::BePresent), place.proof(HOST));
    within(attached).await.expect("attaches");
    within(board.changed()).await;
    let changes = board.changes();
    assert_eq!(changes[0].present[0].peer, secret(HOST).public());
    assert_eq!(changes[0].present[0].proof, place.proof(HOST));
    let deliver = RelayOrder::Deliver {
        peer: secret(HOST).public(),
        envelope: "sealed".into(),
    };
    place.relay.orders().give(deliver).await;
    let event = within(host.events.next()).await;
    assert_eq!(event, LinkEvent::Deliver("sealed".into()));
    drop(host);
    within(board.changed()).await;
    assert_eq!(board.changes()[0].gone, [secret(HOST).public()]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_directory_ends_a_session_at_the_relay() {
    let place = Place::open().await;
    let (mut host, viewer) = (place.peer(HOST).await, place.peer(VIEWER).await);
    let [hosts, _viewers] = place.session(&host, &viewer, CHANNEL).await;
    let channel = ChannelId::from_random(CHANNEL);
    place
        .relay
        .orders()
        .give(RelayOrder::Close { channel })
        .await;
    let killed = LinkEvent::LegClosed(channel, Refusal::Killed);
    while within(host.events.next()).await != killed {}
    // What was taken in before the end is counted once it was sent on, so the first picture is
    // only there to be taken in behind it.
    let ended = place.relay.traffic();
    send_picture(&hosts, 1, 20_000).await;
    until(|| place.relay.traffic().unknown_bytes > ended.unknown_bytes + 1200).await;
    let before = place.relay.traffic();
    assert!(before.bytes < ended.bytes + 1200, "{ended:?} {before:?}");
    send_picture(&hosts, 2, 20_000).await;
    until(|| place.relay.traffic().unknown_bytes > before.unknown_bytes + 1200).await;
    assert_eq!(place.relay.traffic().bytes, before.bytes);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_that_stops_tells_its_peers_and_frees_its_port() {
    let place = Place::open().await;
    let mut host = place.peer(HOST).await;
    let _leg = place.leg(&host, CHANNEL, Side::Host).await.expect("a leg");
    let address = place.relay.address();
    within(place.relay.stop()).await;
    while within(host.events.next()).await != LinkEvent::Lost {}
    until(|| UdpSocket::bind(address).is_ok()).await;
}

/// The record holds every byte that was forwarded, and nothing of what was said.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recording_relay_records_everything_and_reads_nothing() {
    const SAID: &str = "the quick brown fox types its password";
    let dir = tempfile::tempdir().expect("temp dir");
    let file = dir.path().join("record");
    let place = Place::recording(file.clone()).await;
    let (host, viewer) = (place.peer(HOST).await, place.peer(VIEWER).await);
    let [hosts, viewers] = place.session(&host, &viewer, CHANNEL).await;
    let (mut sender, _receiver) = within(viewers.open_control()).await.expect("opens");
    let text = Text {
        sequence: 1,
        text: SAID.into(),
    };
    let said = Message::from(text);
    within(sender.send(&said)).await.expect("sends");
    let (_sender, mut receiver) = within(hosts.accept_control()).await.expect("accepts");
    let heard = within(receiver.next()).await.expect("is open");
    assert_eq!(heard.as_ref(), Some(&said), "the plain side has it");
    drop((hosts, viewers, sender, _sender, receiver, _receiver));

    let mut records = Vec::new();
    let recorded = |records: &[record::Recorded]| -> u64 {
        records.iter().map(|(_, batch)| batch.len() as u64).sum()
    };
    until(|| {
        records = record::read(&std::fs::read(&file).expect("reads"));
        recorded(&records) == place.relay.traffic().bytes
    })
    .await;
    assert!(recorded(&records) > 3000, "two handshakes and a message");
    for (source, batch) in &records {
        let (kind, channel, _) = packet::parse(batch).expect("a packet of ours");
        assert_eq!(
            (kind, channel),
            (PacketType::Data, ChannelId::from_random(CHANNEL))
        );
        assert!(source.ip().is_loopback());
        assert!(
            !batch
                .windows(9)
                .any(|bytes| SAID.as_bytes().windows(9).any(|w| w == bytes))
        );
    }
}
