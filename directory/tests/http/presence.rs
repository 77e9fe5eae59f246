//! Claims about presence: a device's own word counts, a relay's does not.

use farpane_directory::audit::Event;
use farpane_directory::clock::Clock;
use farpane_protocol::api::{Approval, DeviceState, PresentPeer, RelayReport};

use crate::agents::{Stream, host, host_with, kind, present, relay, report, viewer};
use crate::world::{START, World};

async fn states(world: &World) -> Vec<DeviceState> {
    let rows = viewer(world).await.devices("").await.devices;
    rows.into_iter().map(|row| row.state).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_cannot_invent_move_or_revive_a_device() {
    let world = World::start().await;
    let (one, two) = (relay(&world, "one").await, relay(&world, "two").await);
    let (_at_one, _at_two) = (Stream::open(&one).await, Stream::open(&two).await);
    let host = host(&world, "till").await;
    let other = crate::agents::host(&world, "other").await;
    let first = host.at(one.public(), 5);

    let mut signed_by_another = other.at(one.public(), 9);
    signed_by_another.peer = host.agent.public();
    let junk = PresentPeer {
        peer: host.agent.public(),
        proof: "v4.public.AAAA".into(),
    };
    for forged in [signed_by_another, junk, host.at(two.public(), 9)] {
        let (answer, event) = world
            .recorded(report(&one, &present(false, vec![forged])))
            .await;
        answer.expect("taken and ignored");
        assert!(matches!(event, Event::PresenceForged { count: 1, .. }));
    }
    assert_eq!(states(&world).await, [DeviceState::Never; 2]);

    report(&one, &present(false, vec![first.clone()]))
        .await
        .expect("reports");
    let reachable = [DeviceState::Never, DeviceState::Reachable];
    assert_eq!(states(&world).await, reachable);
    // The same word again, as after a break of the relay's stream, is no replay.
    report(&one, &present(true, vec![first.clone()]))
        .await
        .expect("reports");
    let moved = host.at(two.public(), 6);
    report(&two, &present(false, vec![moved]))
        .await
        .expect("reports");
    let replayed = present(false, vec![first]);
    let (answer, event) = world.recorded(report(&one, &replayed)).await;
    answer.expect("taken and ignored");
    assert!(matches!(event, Event::PresenceForged { .. }));
    let here = world.app.board.find(host.id).expect("present");
    assert_eq!(here.place.key, two.public());
}

#[tokio::test(flavor = "multi_thread")]
async fn devices_go_with_their_relay_and_with_a_whole_report_without_them() {
    let world = World::start().await;
    let relay = relay(&world, "one").await;
    let none = RelayReport::default();
    assert_eq!(kind(report(&relay, &none).await), "relay-not-listening");
    let stream = Stream::open(&relay).await;
    let (a, b) = (host(&world, "a").await, host(&world, "b").await);
    let both = vec![a.at(relay.public(), 1), b.at(relay.public(), 1)];
    report(&relay, &present(true, both)).await.expect("reports");
    assert_eq!(states(&world).await, [DeviceState::Reachable; 2]);
    let one = present(true, vec![b.at(relay.public(), 1)]);
    report(&relay, &one).await.expect("reports");
    let left = [DeviceState::Away, DeviceState::Reachable];
    assert_eq!(states(&world).await, left);
    drop(stream);
    let gone = async {
        while world.app.board.any_relay(world.app.core.org.id) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(crate::agents::PATIENCE, gone)
        .await
        .expect("the relay is gone");
    assert_eq!(states(&world).await, [DeviceState::Away; 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_stream_of_a_relay_ends_the_older_one() {
    let world = World::start().await;
    let relay = relay(&world, "one").await;
    let mut old = Stream::open(&relay).await;
    let _new = Stream::open(&relay).await;
    assert!(old.next().await.is_none());
    assert_eq!(world.app.board.listening().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_waits_for_approval_is_not_present_and_gets_no_relay() {
    let world = World::start().await;
    let relay = relay(&world, "one").await;
    let _stream = Stream::open(&relay).await;
    let host = host_with(&world, "new", Approval::Pending).await;
    report(&relay, &present(true, vec![host.at(relay.public(), 1)]))
        .await
        .expect("reports");
    assert_eq!(states(&world).await, [DeviceState::Pending]);
    assert_eq!(world.app.board.present(), 0);
    let core = &world.app.core;
    let device = core.store.device(core.org.id, host.id).await;
    let device = device.expect("reads").expect("is there");
    let config = world
        .app
        .host_config(device, farpane_directory::app::host::HostSays::default())
        .await
        .expect("answers");
    assert!(config.relays.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_says_an_address_that_peers_can_reach() {
    let world = World::start().await;
    let relay = relay(&world, "one").await;
    let bad = Stream::open_at(&relay, "nonsense").await.err();
    assert_eq!(bad.expect("refused").kind, "bad-request");
    let _stream = Stream::open_at(&relay, "0.0.0.0:4433")
        .await
        .expect("listens");
    let place = &world.app.board.listening()[0].place;
    assert_eq!(place.address, "127.0.0.1:4433");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_forges_without_end_fills_no_record() {
    let world = World::with(Clock::by_hand(START)).await;
    let relay = relay(&world, "one").await;
    let _stream = Stream::open(&relay).await;
    let host = host(&world, "till").await;
    let junk = PresentPeer {
        peer: host.agent.public(),
        proof: "junk".into(),
    };
    let forged = present(false, vec![junk]);
    let before = world.records().await.len();
    for _ in 0..50 {
        report(&relay, &forged).await.expect("taken and ignored");
    }
    assert_eq!(world.records().await.len() - before, 20);
}
