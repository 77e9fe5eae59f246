//! Claims about identities that are copied, keys that change, and programs that are too old.

use farpane_directory::audit::Event;
use farpane_protocol::api::machine::{KeyChange, MachinePrint};
use farpane_protocol::api::{Approval, HostConfig, RotateKey, path};
use farpane_protocol::key::SecretKey;
use farpane_protocol::token::{Purpose, seal};
use reqwest::Method;

use crate::agents::{Agent, Answer, host, kind, read};
use crate::world::World;

const ONE: MachinePrint = MachinePrint([1; 32]);
const TWO: MachinePrint = MachinePrint([2; 32]);

async fn config(agent: &Agent, machine: MachinePrint, boot: &str) -> Answer<HostConfig> {
    let path = format!(
        "{}?machine={machine}&boot={boot}&version=0.1.0",
        path::HOST_CONFIG
    );
    let request = agent.request(Method::GET, &path);
    read(request.send().await.expect("an answer")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_identity_seen_on_two_machines_in_turn_becomes_two_records() {
    let world = World::start().await;
    let host = host(&world, "till-07").await;
    config(&host.agent, ONE, "a").await.expect("is the first");
    let (moved, event) = world.recorded(config(&host.agent, TWO, "b")).await;
    moved.expect("may move");
    assert!(matches!(event, Event::DeviceMachineChanged { .. }));
    let (back, event) = world.recorded(config(&host.agent, ONE, "a")).await;
    let refused = back.expect_err("two machines");
    assert_eq!(
        (refused.status, refused.kind.as_str()),
        (403, "device-copied")
    );
    assert!(refused.detail.contains("till-07"), "{}", refused.detail);
    let Event::DeviceCopied { device, copy } = event else {
        panic!("a fork, not {event:?}");
    };
    assert_eq!(device, host.id);
    // It is said once, refused every time, and the first one goes on.
    let before = world.records().await.len();
    assert_eq!(kind(config(&host.agent, ONE, "c").await), "device-copied");
    config(&host.agent, TWO, "b").await.expect("goes on");
    assert_eq!(world.records().await.len(), before);
    let org = world.app.core.org.id;
    let listed = world.app.core.store.listed(org, copy).await.expect("reads");
    let listed = listed.expect("has a record");
    assert_eq!(
        (listed.name.as_str(), listed.key),
        ("Copy of till-07", None)
    );

    // Enrolled anew, with a key of its own, the second machine takes that record over.
    let ticket = world.device_ticket(2, Approval::Approved).await;
    let same_key = host
        .agent
        .enroll_on(&ticket.secret, "till-08", Some(ONE))
        .await;
    assert_eq!(kind(same_key), "device-copied");
    let total = world
        .app
        .core
        .store
        .counts(org)
        .await
        .expect("counts")
        .approved;
    let mut second = Agent::new(&world);
    let enrolled = second.enroll_on(&ticket.secret, "till-08", Some(ONE)).await;
    enrolled.expect("enrols");
    second.authenticate().await;
    config(&second, ONE, "c")
        .await
        .expect("is a device of its own");
    let gone = world.app.core.store.listed(org, copy).await.expect("reads");
    assert!(gone.is_none(), "no record is left over");
    let now = world
        .app
        .core
        .store
        .counts(org)
        .await
        .expect("counts")
        .approved;
    assert_eq!(now, total + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_runs_of_one_image_are_told_apart_by_their_starts() {
    let world = World::start().await;
    let host = host(&world, "till").await;
    config(&host.agent, ONE, "monday")
        .await
        .expect("is the first");
    config(&host.agent, ONE, "tuesday")
        .await
        .expect("was started again");
    let refused = config(&host.agent, ONE, "monday").await;
    assert_eq!(kind(refused), "device-copied");
}

/// What a device says when it takes another key.
pub(crate) fn change(
    agent: &Agent,
    world: &World,
    device: farpane_protocol::ids::DeviceId,
    new: &SecretKey,
) -> RotateKey {
    let change = KeyChange {
        device,
        directory: world.pin(),
        old: agent.public(),
        new: new.public(),
    };
    RotateKey {
        key: new.public(),
        by_old: seal(&agent.key, Purpose::KeyChange, &change),
        by_new: seal(new, Purpose::KeyChange, &change),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_follows_another_only_if_both_say_so() {
    let world = World::start().await;
    let (host, other) = (host(&world, "till").await, host(&world, "lab").await);
    let new = SecretKey::from_seed([9; 32]);
    let good = change(&host.agent, &world, host.id, &new);
    let forged = RotateKey {
        by_old: good.by_new.clone(),
        ..good.clone()
    };
    let unproved = RotateKey {
        by_new: good.by_old.clone(),
        ..good.clone()
    };
    let foreign = change(&other.agent, &world, host.id, &new);
    for bad in [forged, unproved, foreign] {
        let refused: Answer<()> = host.agent.post(path::HOST_KEY, &bad).await;
        assert_eq!(kind(refused), "proof-invalid");
    }
    let taken = change(&host.agent, &world, host.id, &other.agent.key);
    let refused: Answer<()> = host.agent.post(path::HOST_KEY, &taken).await;
    assert_eq!(kind(refused), "key-taken");
    let done = host.agent.post::<()>(path::HOST_KEY, &good);
    let (done, event) = world.recorded(done).await;
    done.expect("is done");
    assert!(matches!(event, Event::DeviceKeyRotated { .. }));
    // The old key is worth nothing from that moment, the new one is the device.
    assert_eq!(
        kind(host.agent.try_token(host.agent.proof().await).await),
        "key-unknown"
    );
    let mut next = Agent::new(&world);
    next.key = new;
    next.authenticate().await;
    let org = world.app.core.org.id;
    let device = world
        .app
        .core
        .store
        .device(org, host.id)
        .await
        .expect("reads");
    assert_eq!(device.expect("is there").key, next.public());
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_that_are_too_old_are_told_both_versions() {
    let world = World::start().await;
    let host = host(&world, "till").await;
    let caller = farpane_directory::app::caller::Caller::operator(world.app.core.clone());
    let set = caller.set_minimum_versions(Some("0.2"), Some("0.1.0"));
    let (set, event) = world.recorded(set).await;
    set.expect("is set");
    assert!(matches!(event, Event::MinimumVersionsSet { .. }));
    let refused = host.agent.try_token(host.agent.proof().await).await;
    let refused = refused.expect_err("too old");
    assert_eq!(
        (refused.status, refused.kind.as_str()),
        (403, "version-too-old")
    );
    assert!(refused.detail.contains("0.1.0") && refused.detail.contains("0.2"));
    assert!(refused.detail.contains("farpane-host"));
    // One that holds a token from before is told as well.
    assert_eq!(kind(config(&host.agent, ONE, "a").await), "version-too-old");
    // Viewers have a rule of their own.
    crate::agents::viewer(&world).await;
    caller
        .set_minimum_versions(None, Some("7"))
        .await
        .expect("is set");
    config(&host.agent, ONE, "a").await.expect("may go on");
    let new = Agent::new(&world);
    let refused = new
        .try_sign_in(crate::world::ADMIN, crate::world::PASSWORD)
        .await;
    assert_eq!(kind(refused), "version-too-old");
    assert!(
        caller
            .set_minimum_versions(Some("newest"), None)
            .await
            .is_err()
    );
}
