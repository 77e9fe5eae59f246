//! Claims about what was taken back: hosts are told, remember it, and tell a directory that was
//! put back to an earlier day.

use std::path::Path;
use std::sync::Arc;

use farpane_directory::app::Core;
use farpane_directory::audit::Event;
use farpane_directory::clock::Clock;
use farpane_directory::store::sqlite::SqliteStore;
use farpane_directory::store::{Installation as _, Store};
use farpane_protocol::api::{HostConfig, path};
use farpane_protocol::envelope::{Envelope, Order};
use farpane_protocol::grant::Grant;
use farpane_protocol::revocation::{Changes, Memory, Verdict};
use farpane_protocol::token::{Purpose, open};
use reqwest::Method;

use crate::agents::{Agent, Answer, Host, host, kind, read, scene};
use crate::world::{World, database};

async fn config(host: &Host, memory: &Memory) -> HostConfig {
    let path = format!("{}?epoch={}", path::HOST_CONFIG, memory.epoch);
    let asked = host.agent.request(Method::GET, &path).send().await;
    read(asked.expect("an answer")).await.expect("a config")
}

/// Asks, and takes in what is told.
async fn listen(host: &Host, memory: &mut Memory) -> HostConfig {
    let config = config(host, memory).await;
    if let Some(sealed) = &config.changes {
        let changes = Changes::open(&config.directory_keys, sealed).expect("signed");
        assert!(memory.take(&changes, sealed));
    }
    config
}

async fn tell(host: &Host, memory: &Memory, since: u64) -> Answer<()> {
    let told = memory.told_since(since);
    host.agent.post(path::HOST_MEMORY, &told).await
}

/// A copy of the installation as a backup would hold it.
async fn copy(world: &World) -> Arc<tempfile::TempDir> {
    let folder = tempfile::tempdir().expect("a folder");
    let store = SqliteStore::open(&database(world.folder.path())).await;
    let store = store.expect("opens");
    let copied = store.copy_to(&database(folder.path())).await;
    copied.expect("copies");
    store.close().await;
    for file in std::fs::read_dir(world.folder.path()).expect("lists") {
        let file = file.expect("is there");
        if Path::new(&file.file_name()).extension() == Some("key".as_ref()) {
            std::fs::copy(file.path(), folder.path().join(file.file_name())).expect("copies");
        }
    }
    Arc::new(folder)
}

async fn core(folder: &Path) -> Core {
    let store = SqliteStore::open(&database(folder)).await.expect("opens");
    Core {
        org: store.org().await.expect("reads").expect("founded"),
        store: Arc::new(store) as Arc<dyn Store>,
        clock: Clock::wall(),
    }
}

/// The same host at another address of the directory.
async fn moved(world: &World, host: &Host) -> Host {
    let mut agent = Agent::new(world);
    agent.key = host.agent.key.clone();
    agent.authenticate().await;
    Host {
        agent,
        id: host.id,
        epoch: host.epoch,
    }
}

/// Removes a device and disables the administrator; what the host heard of it.
async fn take_back(world: &World, witness: &Host, lost: &Host) -> Memory {
    world.remove(lost.id).await;
    world.disable_admin().await;
    let mut memory = Memory::default();
    let heard = listen(witness, &mut memory).await;
    assert_eq!((memory.epoch, heard.tell_since), (2, None));
    memory
}

async fn is_disabled(world: &World) -> bool {
    let core = &world.app.core;
    let accounts = core.store.accounts(core.org.id).await.expect("reads");
    accounts[0].disabled.is_some()
}

#[tokio::test]
async fn a_host_hears_of_everything_that_is_taken_back_and_given_back() {
    let world = World::start().await;
    let witness = host(&world, "till-1").await;
    let lost = host(&world, "till-2").await;
    let mut memory = Memory::default();
    assert!(listen(&witness, &mut memory).await.changes.is_none());
    let mut memory = take_back(&world, &witness, &lost).await;
    assert!(listen(&witness, &mut memory).await.changes.is_none());
    world.enable_admin().await;
    listen(&witness, &mut memory).await;
    assert_eq!(memory.epoch, 3);
    // A host that does not say how much it has heard is told nothing: it would not remember.
    let asked = witness.agent.request(Method::GET, path::HOST_CONFIG).send();
    let old: HostConfig = read(asked.await.expect("an answer"))
        .await
        .expect("a config");
    assert!(old.changes.is_none());
}

#[tokio::test]
async fn hosts_that_are_present_are_told_at_once() {
    let world = World::start().await;
    let mut scene = scene(&world).await;
    let lost = host(&world, "till-2").await;
    world.remove(lost.id).await;
    world.app.look_now();
    let order = scene.stream.next_order().await;
    let farpane_protocol::api::RelayOrder::Deliver { envelope, .. } = order else {
        panic!("a delivery, not {order:?}");
    };
    let keys = world.app.directory_keys();
    let envelope = Envelope::open(&keys, scene.host.id, 0, &envelope).expect("for this host");
    assert_eq!(envelope.order, Order::Rules { epoch: 1 });
}

#[tokio::test]
async fn what_was_taken_back_after_a_backup_stays_so_when_it_is_restored() {
    let world = World::start().await;
    let witness = host(&world, "till-1").await;
    let second = host(&world, "till-3").await;
    let lost = host(&world, "till-2").await;
    let folder = copy(&world).await;
    let mut memory = take_back(&world, &witness, &lost).await;
    let second_memory = memory.clone();
    let enrolled = world
        .device_ticket(1, farpane_protocol::api::Approval::Approved)
        .await;
    drop(enrolled);
    drop(world);

    let restored = core(folder.path()).await;
    restored
        .after_restore(restored.clock.now())
        .await
        .expect("puts right");
    drop(restored);
    let world = World::again(folder).await;
    assert!(!is_disabled(&world).await, "the backup knows nothing of it");
    // Hosts need no enrolment: their keys and the directory's are what they were.
    let witness = moved(&world, &witness).await;
    let heard = config(&witness, &memory).await;
    assert_eq!(heard.tell_since, Some(0));
    tell(&witness, &memory, 0).await.expect("is heard");
    assert!(is_disabled(&world).await);
    let mut gone = Agent::new(&world);
    gone.key = lost.agent.key.clone();
    assert_eq!(
        kind(gone.try_token(gone.proof().await).await),
        "key-unknown"
    );
    let records = world.records().await;
    let learned = records.iter().rev().find_map(|(body, _)| {
        if let Event::RevocationsLearned { again, .. } = body.event {
            Some(again)
        } else {
            None
        }
    });
    assert_eq!(learned, Some(2));

    // The host goes on in the new time, and what it heard before still holds.
    let heard = listen(&witness, &mut memory).await;
    assert_eq!(heard.tell_since, None);
    assert!(memory.epoch > 2);

    // Each thing is taken back once: what an administrator gives back stays given back.
    world.enable_admin().await;
    let second = moved(&world, &second).await;
    tell(&second, &second_memory, 0).await.expect("is heard");
    assert!(!is_disabled(&world).await);
}

#[tokio::test]
async fn a_host_that_tells_only_the_end_does_not_end_the_asking() {
    let world = World::start().await;
    let witness = host(&world, "till-1").await;
    let sly = host(&world, "till-3").await;
    let lost = host(&world, "till-2").await;
    let folder = copy(&world).await;
    world.remove(lost.id).await;
    let mut memory = Memory::default();
    listen(&witness, &mut memory).await;
    world.disable_admin().await;
    listen(&witness, &mut memory).await;
    drop(world);

    let restored = core(folder.path()).await;
    let now = restored.clock.now();
    restored.after_restore(now).await.expect("puts right");
    drop(restored);
    let world = World::again(folder).await;
    let (sly, witness) = (moved(&world, &sly).await, moved(&world, &witness).await);
    tell(&sly, &memory, 1).await.expect("is heard");
    assert!(is_disabled(&world).await, "what it told counts");
    assert_eq!(config(&witness, &memory).await.tell_since, Some(0));
    tell(&witness, &memory, 0).await.expect("is heard");
    let mut gone = Agent::new(&world);
    gone.key = lost.agent.key.clone();
    let refused = gone.try_token(gone.proof().await).await;
    assert_eq!(kind(refused), "key-unknown");
    assert_eq!(config(&witness, &memory).await.tell_since, None);
}

#[tokio::test]
async fn a_database_that_was_put_back_by_hand_is_told_too() {
    let world = World::start().await;
    let witness = host(&world, "till-1").await;
    let lost = host(&world, "till-2").await;
    let folder = copy(&world).await;
    let memory = take_back(&world, &witness, &lost).await;
    drop(world);

    let world = World::again(folder).await;
    let witness = moved(&world, &witness).await;
    let heard = config(&witness, &memory).await;
    assert_eq!((heard.tell_since, heard.changes), (Some(0), None));
    tell(&witness, &memory, 0).await.expect("is heard");
    assert!(is_disabled(&world).await);
    let epoch = world.app.core.store.policy_epoch().await.expect("reads");
    assert!(epoch > memory.epoch);
    assert_eq!(config(&witness, &memory).await.tell_since, None);
}

#[tokio::test]
async fn only_what_this_directory_signed_is_believed() {
    let world = World::start().await;
    let witness = host(&world, "till-1").await;
    let other = World::start().await;
    let stranger = host(&other, "till-1").await;
    let lost = host(&other, "till-2").await;
    let memory = take_back(&other, &stranger, &lost).await;
    tell(&witness, &memory, 0)
        .await
        .expect("is heard and means nothing");
    assert!(!is_disabled(&world).await);
    let epoch = world.app.core.store.policy_epoch().await.expect("reads");
    assert_eq!(epoch, 0);
}

#[tokio::test]
async fn a_grant_says_how_much_its_directory_knows() {
    let world = World::start().await;
    let scene = scene(&world).await;
    let lost = host(&world, "till-2").await;
    world.remove(lost.id).await;
    let granted = scene.viewer.ask(scene.host.id).await.expect("granted");
    let keys = world.app.directory_keys();
    let (grant, _) = open::<Grant>(&keys, Purpose::Grant, &granted.grant).expect("signed");
    assert_eq!(grant.policy_epoch, 1);
    let mut memory = Memory::default();
    listen(&scene.host, &mut memory).await;
    assert_eq!(memory.judge(&grant), Verdict::Fine);
    world.disable_admin().await;
    listen(&scene.host, &mut memory).await;
    assert_eq!(memory.judge(&grant), Verdict::Revoked);
}
