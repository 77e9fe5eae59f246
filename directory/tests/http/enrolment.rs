//! Claims about enrolment and proofs of keys.

use std::time::Duration;

use farpane_directory::audit::Event;
use farpane_directory::clock::Clock;
use farpane_protocol::api::{Approval, DeviceState, EnrollDevice, path};
use farpane_protocol::key::Fingerprint;

use crate::agents::{Agent, host, kind, relay, viewer};
use crate::world::{START, World};

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_of_seven_uses_enrols_seven_of_fifty_at_once() {
    let world = World::start().await;
    let ticket = world.device_ticket(7, Approval::Approved).await;
    let mut enrolling = tokio::task::JoinSet::new();
    for n in 0..50 {
        let agent = Agent::new(&world);
        let secret = ticket.secret.clone();
        enrolling.spawn(async move {
            let enrolled = agent.enroll_device(&secret, &format!("device {n}")).await;
            enrolled.map_err(|problem| problem.kind)
        });
    }
    let answers = enrolling.join_all().await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 7);
    for refused in answers.into_iter().filter_map(Result::err) {
        assert_eq!(refused, "ticket-used-up");
    }
    assert_eq!(viewer(&world).await.devices("").await.total, 7);
    let records = world.records().await;
    let enrolled = records
        .iter()
        .filter(|(body, _)| matches!(body.event, Event::DeviceEnrolled { .. }));
    assert_eq!(enrolled.count(), 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_costs_no_second_use() {
    let world = World::start().await;
    let ticket = world.device_ticket(1, Approval::Approved).await;
    let agent = Agent::new(&world);
    let first = agent.enroll_device(&ticket.secret, "one").await;
    let again = agent.enroll_device(&ticket.secret, "one").await;
    assert_eq!(
        first.expect("enrols").device,
        again.expect("is known").device
    );
    let other = Agent::new(&world)
        .enroll_device(&ticket.secret, "two")
        .await;
    assert_eq!(kind(other), "ticket-used-up");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_refused_enrolment_has_its_own_problem_and_a_record() {
    let world = World::with(Clock::by_hand(START)).await;
    let agent = Agent::new(&world);
    let for_device = world.device_ticket(1, Approval::Approved).await;
    let for_relay = world.relay_ticket("one").await;
    let viewer = viewer(&world).await;
    let known_host = host(&world, "known").await;

    let check = |answer: String, kind: &str, event: Event| {
        assert_eq!(answer, kind);
        let Event::EnrolmentRefused { why, .. } = event else {
            panic!("a refusal, not {event:?}");
        };
        assert_eq!(why, kind);
    };
    let (a, e) = world.recorded(agent.enroll_device("nonsense", "x")).await;
    check(kind(a), "ticket-unknown", e);
    let long = "x".repeat(1000);
    let (a, e) = world.recorded(agent.enroll_device(&long, "x")).await;
    check(kind(a), "ticket-unknown", e);
    let wrong_kind = agent.enroll_device(&for_relay.secret, "x");
    let (a, e) = world.recorded(wrong_kind).await;
    check(kind(a), "ticket-unknown", e);
    let wrong_kind = agent.enroll_relay(&for_device.secret);
    let (a, e) = world.recorded(wrong_kind).await;
    check(kind(a), "ticket-unknown", e);
    let taken = viewer.enroll_device(&for_device.secret, "x");
    let (a, e) = world.recorded(taken).await;
    check(kind(a), "key-taken", e);
    let taken = known_host.agent.enroll_relay(&for_relay.secret);
    let (a, e) = world.recorded(taken).await;
    check(kind(a), "key-taken", e);
    let unproved = EnrollDevice {
        secret: for_device.secret.clone(),
        key: agent.public(),
        proof: viewer.proof().await,
        name: "x".into(),
        os: String::new(),
        version: String::new(),
        unattended: true,
        machine: None,
    };
    let unproved = agent.post::<()>(path::ENROLL_DEVICE, &unproved);
    let (a, e) = world.recorded(unproved).await;
    check(kind(a), "proof-invalid", e);
    world.clock.advance(Duration::from_secs(3601));
    let late = agent.enroll_device(&for_device.secret, "x");
    let (a, e) = world.recorded(late).await;
    check(kind(a), "ticket-expired", e);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_counts_once_here_and_in_its_minute() {
    let world = World::with(Clock::by_hand(START)).await;
    let host = host(&world, "one").await.agent;
    let once = host.proof().await;
    host.try_token(once.clone()).await.expect("a token");
    assert_eq!(kind(host.try_token(once).await), "challenge-unknown");
    let challenge = host.challenge().await.expect("a challenge").challenge;
    let elsewhere = host.prove(&challenge, Fingerprint::of(b"another directory"));
    assert_eq!(kind(host.try_token(elsewhere).await), "proof-invalid");
    let made_up = host.prove("made up", world.pin());
    assert_eq!(kind(host.try_token(made_up).await), "challenge-unknown");
    let others = relay(&world, "one").await.challenge().await;
    let others = host.prove(&others.expect("a challenge").challenge, world.pin());
    assert_eq!(kind(host.try_token(others).await), "challenge-unknown");
    assert_eq!(kind(host.try_token("junk".into()).await), "proof-invalid");
    let late = host.proof().await;
    world.clock.advance(Duration::from_secs(61));
    assert_eq!(kind(host.try_token(late).await), "challenge-unknown");
    let stranger = Agent::new(&world);
    let unknown = stranger.try_token(stranger.proof().await).await;
    assert_eq!(kind(unknown), "key-unknown");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_ends_after_a_quarter_of_an_hour() {
    let world = World::with(Clock::by_hand(START)).await;
    let viewer = viewer(&world).await;
    assert_eq!(viewer.devices("").await.total, 0);
    world.clock.advance(Duration::from_secs(15 * 60));
    let request = viewer.request(reqwest::Method::GET, path::DEVICES);
    let answer = crate::agents::read::<()>(request.send().await.expect("an answer")).await;
    assert_eq!(kind(answer), "token-unknown");
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_names_are_data_in_lists_pages_and_records() {
    let world = World::start().await;
    let ticket = world.device_ticket(3, Approval::Approved).await;
    let name = "\u{202e}<img src=x onerror=alert(1)>\u{0}\r\n\u{1b}[31m{{7*7}}'\"&";
    let agent = Agent::new(&world);
    let enrolled = agent.enroll_device(&ticket.secret, name).await;
    let kept = "<img src=x onerror=alert(1)> [31m{{7*7}}'\"&";
    assert_eq!(enrolled.expect("enrols").name, kept);
    let blank = Agent::new(&world)
        .enroll_device(&ticket.secret, "\u{200b}\u{feff} \t")
        .await;
    assert_eq!(blank.expect("enrols").name, "unnamed device");
    let long = Agent::new(&world)
        .enroll_device(&ticket.secret, &"å".repeat(5000))
        .await;
    assert_eq!(long.expect("enrols").name.len(), 256);
    let viewer = viewer(&world).await;
    for (query, found) in [
        ("?q=onerror", 1),
        ("?q=%25", 0),
        ("?q=_", 0),
        ("?q=%C3%85", 1),
    ] {
        assert_eq!(viewer.devices(query).await.total, found, "{query}");
    }
    let all = viewer.devices("?limit=2").await;
    assert_eq!((all.devices.len(), all.total), (2, 3));
    assert!(
        all.devices
            .iter()
            .all(|row| row.state == DeviceState::Never)
    );
    world.records().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_ticket_for_a_known_name_replaces_that_relay() {
    let world = World::start().await;
    let old = relay(&world, "one").await;
    let new = relay(&world, "One").await;
    let none = crate::agents::present(true, vec![]);
    let refused = old.post::<()>(path::RELAY_REPORT, &none).await;
    assert_eq!(kind(refused), "key-unknown");
    let org = world.app.core.org.id;
    let relays = world.app.core.store.relays(org).await.expect("reads");
    assert_eq!(relays.len(), 1);
    assert_eq!(relays[0].key, new.public());
}
