//! Claims about signing in on a viewer.

use std::time::Duration;

use farpane_directory::audit::Event;
use farpane_directory::clock::Clock;
use farpane_protocol::api::{SignIn, path};

use crate::agents::{Agent, host, kind, viewer};
use crate::world::{ADMIN, PASSWORD, START, World};

fn refused_for(event: &Event) -> &str {
    let Event::SignInRefused { why, .. } = event else {
        panic!("a refusal, not {event:?}");
    };
    why
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_and_an_unknown_account_sound_the_same() {
    let world = World::start().await;
    let agent = Agent::new(&world);
    let wrong = world
        .recorded(agent.try_sign_in(ADMIN, "wrong password!"))
        .await;
    let unknown = agent.try_sign_in("bo@example.org", PASSWORD);
    let unknown = world.recorded(unknown).await;
    let no_address = world.recorded(agent.try_sign_in("' OR 1=1 --", "x")).await;
    for (answer, event) in [&wrong, &unknown, &no_address] {
        assert_eq!(refused_for(event), "sign-in-refused");
        assert_eq!(
            *answer.as_ref().expect_err("refused"),
            wrong.0.clone().expect_err("refused")
        );
    }
    let upper = agent.try_sign_in(" ANNA@Example.org ", PASSWORD).await;
    assert_eq!(upper.expect("signs in").person, "Anna Berg");
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_ends_and_is_said_when_it_may_go_on() {
    let world = World::with(Clock::by_hand(START)).await;
    let agent = Agent::new(&world);
    let mut kinds = Vec::new();
    for _ in 0..12 {
        kinds.push(kind(agent.try_sign_in(ADMIN, "wrong password!").await));
    }
    assert_eq!(kinds[..10], ["sign-in-refused"; 10]);
    assert_eq!(kinds[10..], ["too-many-tries"; 2]);
    // The right password is not tried either.
    let right = agent
        .try_sign_in(ADMIN, PASSWORD)
        .await
        .expect_err("refused");
    assert_eq!(right.status, 429);
    assert!(right.detail.contains("Wait 31 s"), "{}", right.detail);
    let records = world.records().await;
    let limited = records.iter().filter(|(body, _)| {
        matches!(&body.event, Event::SignInRefused { why, .. } if why == "too-many-tries")
    });
    assert_eq!(limited.count(), 1, "one record for the wave");
    world.clock.advance(Duration::from_secs(30));
    agent.try_sign_in(ADMIN, PASSWORD).await.expect("signs in");
}

#[tokio::test(flavor = "multi_thread")]
async fn right_passwords_use_nothing_up() {
    let world = World::with(Clock::by_hand(START)).await;
    for _ in 0..40 {
        viewer(&world).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_account_is_refused_everywhere_and_can_come_back() {
    let world = World::start().await;
    let mut agent = viewer(&world).await;
    world.disable_admin().await;
    let (answer, event) = world.recorded(agent.try_sign_in(ADMIN, PASSWORD)).await;
    assert_eq!(kind(answer), "account-disabled");
    assert_eq!(refused_for(&event), "account-disabled");
    let wrong = agent.try_sign_in(ADMIN, "wrong password!").await;
    assert_eq!(kind(wrong), "sign-in-refused");
    let token = agent.try_token(agent.proof().await).await;
    assert_eq!(kind(token), "account-disabled");
    world.enable_admin().await;
    agent.authenticate().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_a_device_is_no_viewers_key_and_a_proof_is_needed() {
    let world = World::start().await;
    let host = host(&world, "till").await.agent;
    let (answer, event) = world.recorded(host.try_sign_in(ADMIN, PASSWORD)).await;
    assert_eq!(kind(answer), "key-taken");
    assert_eq!(refused_for(&event), "key-taken");
    let agent = Agent::new(&world);
    let request = SignIn {
        email: ADMIN.into(),
        password: PASSWORD.into(),
        key: agent.public(),
        proof: host.proof().await,
        name: String::new(),
        version: String::new(),
    };
    let unproved = world.recorded(agent.post::<()>(path::SIGN_IN, &request));
    let (answer, event) = unproved.await;
    assert_eq!(kind(answer), "proof-invalid");
    assert_eq!(refused_for(&event), "proof-invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_keeps_its_id_when_it_signs_in_again() {
    let world = World::start().await;
    let agent = Agent::new(&world);
    let first = agent.try_sign_in(ADMIN, PASSWORD).await.expect("signs in");
    let again = agent.try_sign_in(ADMIN, PASSWORD).await.expect("signs in");
    assert_eq!(first.viewer, again.viewer);
}
