//! Claims about sessions: the whole way from a ticket to the end, and every way of being refused.

use std::time::Duration;

use farpane_directory::app::Core;
use farpane_directory::app::csv::import::Leniency;
use farpane_directory::audit::{Actor, Event};
use farpane_directory::clock::Clock;
use farpane_directory::store::Installation as _;
use farpane_directory::store::sqlite::SqliteStore;
use farpane_protocol::api::{
    Access, Approval, DeviceState, HostConfig, HostEvent, HostFact, LeaseAnswer, LeaseRequest,
    RelayOrder, SessionGranted, path,
};
use farpane_protocol::envelope::{Envelope, Lease, Order};
use farpane_protocol::grant::{ConsentMode, Grant};
use farpane_protocol::ids::{DeviceId, SessionId};
use farpane_protocol::key::PublicKey;
use farpane_protocol::limits::{CONSENT_WAIT, GRANT_START_BY, LEASE};
use farpane_protocol::outcome::EndReason;
use farpane_protocol::relay::{Leave, RelayTicket, Side};
use farpane_protocol::scope::{Scope, ScopeSet};
use farpane_protocol::token::{Purpose, open};
use reqwest::Method;
use uuid::Uuid;

use crate::agents::{
    Agent, Answer, Host, Scene, Stream, host, host_with, kind, present, read, relay, report, scene,
    view_and_control, viewer,
};
use crate::world::{ADMIN, START, World, database};

async fn say(host: &Host, session: Option<SessionId>, what: HostFact) -> Answer<()> {
    let event = HostEvent {
        session,
        grant: None,
        what,
    };
    host.agent.post(path::HOST_EVENT, &event).await
}

async fn lease(host: &Host, session: SessionId) -> Answer<LeaseAnswer> {
    host.agent
        .post(path::HOST_LEASE, &LeaseRequest { session })
        .await
}

fn started() -> HostFact {
    HostFact::Started {
        scopes: view_and_control(),
        by_person: true,
    }
}

/// The envelope in an order, opened as the host would.
fn delivered(order: &RelayOrder, host: &Host, keys: &[PublicKey], after: u64) -> Envelope {
    let RelayOrder::Deliver { peer, envelope } = order else {
        panic!("a delivery, not {order:?}");
    };
    assert_eq!(*peer, host.agent.public());
    Envelope::open(keys, host.id, after, envelope).expect("the directory's word")
}

async fn hear_kill(scene: &mut Scene, keys: &[PublicKey], granted: &SessionGranted) {
    let (mut closed, mut killed) = (false, false);
    while !(closed && killed) {
        match scene.stream.next_order().await {
            RelayOrder::Close { channel } => {
                assert_eq!(channel, granted.channel);
                closed = true;
            }
            order @ RelayOrder::Deliver { .. } => {
                let envelope = delivered(&order, &scene.host, keys, 0);
                let session = granted.session;
                assert_eq!(envelope.order, Order::Kill { session });
                killed = true;
            }
            RelayOrder::Now { .. } => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_goes_from_grant_to_end_and_every_step_is_recorded() {
    let world = World::start().await;
    let mut scene = scene(&world).await;
    let keys = world.app.directory_keys();
    let config = scene.host.agent.request(Method::GET, path::HOST_CONFIG);
    let config: HostConfig = read(config.send().await.expect("an answer"))
        .await
        .expect("a configuration");
    let offer = &config.relays[0];
    assert_eq!(offer.place.key, scene.relay.public());
    let ticket = RelayTicket::open(
        &keys,
        &scene.relay.public(),
        &scene.host.agent.public(),
        Some(config.time),
        &offer.ticket,
    );
    assert_eq!(ticket.map(|ticket| ticket.leave), Ok(Leave::BePresent));

    let list = scene.viewer.devices("").await;
    assert_eq!(list.total, 1);
    assert_eq!(list.devices[0].state, DeviceState::Reachable);
    assert_eq!(list.devices[0].access, Access::Ask);

    let (granted, event) = world.recorded(scene.viewer.ask(scene.host.id)).await;
    let granted = granted.expect("granted");
    assert!(matches!(event, Event::SessionGranted { .. }));
    let (grant, _) = open::<Grant>(&keys, Purpose::Grant, &granted.grant).expect("a grant");
    assert_eq!(grant.session, granted.session);
    assert_eq!(grant.viewer_key, scene.viewer.public());
    assert_eq!(grant.device_key, scene.host.agent.public());
    assert_eq!(grant.epoch, scene.host.epoch);
    assert_eq!(grant.consent, ConsentMode::Ask);
    assert_eq!(grant.start_by.since(grant.issued), GRANT_START_BY);
    assert_eq!(
        (grant.person.as_str(), grant.account.as_str()),
        ("Anna Berg", ADMIN)
    );
    assert_eq!(grant.reason, "printer offline");

    let invite = delivered(&scene.stream.next_order().await, &scene.host, &keys, 0);
    let Order::Invite {
        session,
        channel,
        viewer_key,
        relay_ticket,
    } = invite.order
    else {
        panic!("an invitation");
    };
    assert_eq!((session, channel), (granted.session, granted.channel));
    assert_eq!(viewer_key, scene.viewer.public());
    for (ticket, peer, side) in [
        (&relay_ticket, scene.host.agent.public(), Side::Host),
        (&granted.relay_ticket, scene.viewer.public(), Side::Viewer),
    ] {
        let relay = scene.relay.public();
        let ticket = RelayTicket::open(&keys, &relay, &peer, Some(grant.issued), ticket);
        let leave = Leave::OpenLeg { channel, side };
        assert_eq!(ticket.map(|ticket| ticket.leave), Ok(leave));
    }

    for fact in [HostFact::Asked, started()] {
        let said = say(&scene.host, Some(session), fact.clone());
        let (said, event) = world.recorded(said).await;
        said.expect("taken");
        assert!(matches!(event, Event::HostSaid { .. }));
        let before = world.records().await.len();
        say(&scene.host, Some(session), fact)
            .await
            .expect("taken again");
        assert_eq!(world.records().await.len(), before, "once");
    }
    let answer = lease(&scene.host, session).await.expect("a lease");
    let lease_said = Lease::open(&keys, scene.host.id, session, &answer.lease).expect("a lease");
    assert_eq!(lease_said.until.since(lease_said.issued), LEASE);

    let ended = HostFact::over(true, EndReason::PersonStopped);
    say(&scene.host, Some(session), ended).await.expect("taken");
    assert_eq!(kind(lease(&scene.host, session).await), "session-over");
    let kept = world.app.core.store.open_sessions(world.app.core.org.id);
    assert!(kept.await.expect("reads").is_empty());
    world.records().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_session_is_killed_at_host_and_relay_and_gets_no_lease() {
    let world = World::start().await;
    let mut scene = scene(&world).await;
    let keys = world.app.directory_keys();
    let granted = scene.viewer.ask(scene.host.id).await.expect("granted");
    delivered(&scene.stream.next_order().await, &scene.host, &keys, 0);
    say(&scene.host, Some(granted.session), started())
        .await
        .expect("taken");

    // As the command line does it: another process on the same database.
    let store = SqliteStore::open(&database(world.folder.path()))
        .await
        .expect("opens");
    let core = Core {
        org: store.org().await.expect("reads").expect("founded"),
        store: std::sync::Arc::new(store),
        clock: Clock::wall(),
    };
    let stopped = core.stop_session(granted.session, Actor::Operator).await;
    assert!(stopped.expect("stops"));

    hear_kill(&mut scene, &keys, &granted).await;
    let refused = lease(&scene.host, granted.session).await;
    assert_eq!(kind(refused), "session-over");
    let confirmed = HostFact::over(true, EndReason::Revoked);
    say(&scene.host, Some(granted.session), confirmed)
        .await
        .expect("taken");
    let again = core.stop_session(granted.session, Actor::Operator).await;
    assert!(!again.expect("was over"));
    world.records().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn envelopes_to_a_device_rise_and_a_late_host_is_told_again() {
    let world = World::start().await;
    let mut scene = scene(&world).await;
    let keys = world.app.directory_keys();
    let granted = scene.viewer.ask(scene.host.id).await.expect("granted");
    let first = delivered(&scene.stream.next_order().await, &scene.host, &keys, 0);
    let left = scene.viewer.request(
        Method::DELETE,
        &format!("{}/{}", path::SESSIONS, granted.session),
    );
    read::<()>(left.send().await.expect("an answer"))
        .await
        .expect("left");
    hear_kill(&mut scene, &keys, &granted).await;
    say(&scene.host, Some(granted.session), started())
        .await
        .expect("taken");
    hear_kill(&mut scene, &keys, &granted).await;
    let next = scene.viewer.ask(scene.host.id).await.expect("granted");
    let order = scene.stream.next_order().await;
    let second = delivered(&order, &scene.host, &keys, first.counter + 2);
    assert!(matches!(second.order, Order::Invite { session, .. } if session == next.session));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_persons_viewer_waits_and_the_same_viewer_starts_over() {
    let world = World::start().await;
    let mut scene = scene(&world).await;
    let other = viewer(&world).await;
    let first = scene.viewer.ask(scene.host.id).await.expect("granted");
    let refused = other.ask(scene.host.id).await.expect_err("refused");
    assert_eq!(refused.kind, "device-busy");
    assert!(refused.detail.contains("Anna Berg"), "{}", refused.detail);
    let row = &other.devices("").await.devices[0];
    assert_eq!(row.access, Access::Impossible);
    assert_eq!(
        scene.viewer.devices("").await.devices[0].access,
        Access::Ask
    );

    let second = scene.viewer.ask(scene.host.id).await.expect("starts over");
    assert_ne!(first.session, second.session);
    let keys = world.app.directory_keys();
    // The old one ends before the new one begins.
    let mut said = Vec::new();
    while said.len() < 3 {
        if let order @ RelayOrder::Deliver { .. } = scene.stream.next_order().await {
            said.push(delivered(&order, &scene.host, &keys, 0).order);
        }
    }
    let killed = Order::Kill {
        session: first.session,
    };
    assert_eq!(said[1], killed);
    assert!(matches!(said[2], Order::Invite { session, .. } if session == second.session));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_viewers_at_once_one_gets_the_device() {
    let world = World::start().await;
    let scene = scene(&world).await;
    let mut viewers = Vec::new();
    for _ in 0..8 {
        viewers.push(viewer(&world).await);
    }
    let mut asked = tokio::task::JoinSet::new();
    for viewer in viewers {
        let device = scene.host.id;
        asked.spawn(async move { viewer.ask(device).await.map_err(|problem| problem.kind) });
    }
    let answers = asked.join_all().await;
    let granted = answers.iter().filter(|answer| answer.is_ok()).count();
    assert_eq!(granted, 1);
    for refused in answers.into_iter().filter_map(Result::err) {
        assert_eq!(refused, "device-busy");
    }
    world.records().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_refused_session_has_its_own_problem_and_a_record() {
    let world = World::start().await;
    let lonely = viewer(&world).await;
    let device = host(&world, "away").await;
    let refused = |kind: &'static str, device: DeviceId, scopes: ScopeSet| {
        let (world, lonely) = (&world, &lonely);
        async move {
            let (answer, event) = world.recorded(lonely.ask_for(device, scopes)).await;
            let problem = answer.expect_err("refused");
            assert_eq!(problem.kind, kind);
            let Event::SessionRefused { why, .. } = event else {
                panic!("a refusal, not {event:?}");
            };
            assert_eq!(why, kind);
            problem
        }
    };
    let both = view_and_control();
    refused("no-relay", device.id, both).await;
    let relay = relay(&world, "one").await;
    let stream = Stream::open(&relay).await;
    refused("device-unreachable", device.id, both).await;
    let nobody = DeviceId(Uuid::from_u128(7));
    refused("not-found", nobody, both).await;
    let pending = host_with(&world, "new", Approval::Pending).await;
    refused("device-pending", pending.id, both).await;
    report(&relay, &present(true, vec![device.at(relay.public(), 1)]))
        .await
        .expect("reports");
    for above in [
        both.with(Scope::Files),
        ScopeSet::EMPTY,
        ScopeSet::of(&[Scope::Control]),
    ] {
        refused("rights-above-policy", device.id, above).await;
    }
    drop(stream);
    world.disable_admin().await;
    refused("account-disabled", device.id, both).await;
    let list = lonely.request(Method::GET, path::DEVICES);
    let list = read::<()>(list.send().await.expect("an answer")).await;
    assert_eq!(kind(list), "account-disabled");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_left_says_when_it_was_last_heard() {
    let world = World::with(Clock::by_hand(START)).await;
    let scene = scene(&world).await;
    let gone = farpane_protocol::api::RelayReport {
        whole: false,
        present: Vec::new(),
        gone: vec![scene.host.agent.public()],
    };
    report(&scene.relay, &gone).await.expect("reports");
    world.clock.advance(Duration::from_secs(180));
    let row = scene.viewer.devices("").await.devices.remove(0);
    assert_eq!(row.state, DeviceState::Away);
    assert_eq!(row.last_heard, Some(START));
    let refused = scene.viewer.ask(scene.host.id).await.expect_err("refused");
    assert!(refused.detail.contains("last heard 3 min ago"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_that_nobody_used_frees_the_device_in_time() {
    let world = World::with(Clock::by_hand(START)).await;
    let scene = scene(&world).await;
    let other = viewer(&world).await;
    let unused = scene.viewer.ask(scene.host.id).await.expect("granted");
    assert_eq!(kind(other.ask(scene.host.id).await), "device-busy");
    let wait = GRANT_START_BY + CONSENT_WAIT + Duration::from_secs(11);
    world.clock.advance(wait);
    world.app.end_stale_sessions().await.expect("a round");
    let core = &world.app.core;
    let kept = core.store.session(core.org.id, unused.session).await;
    assert!(!kept.expect("reads").expect("kept").state.is_open());
    other.ask(scene.host.id).await.expect("granted now");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restarted_host_takes_the_device_out_of_its_old_session() {
    let world = World::start().await;
    let mut scene = scene(&world).await;
    let other = viewer(&world).await;
    scene.viewer.ask(scene.host.id).await.expect("granted");
    scene.host.epoch = farpane_protocol::ids::EpochNonce([9; 16]);
    let back = present(false, vec![scene.host.at(scene.relay.public(), 2)]);
    report(&scene.relay, &back).await.expect("reports");
    other.ask(scene.host.id).await.expect("granted");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_speaks_only_for_its_own_sessions() {
    let world = World::start().await;
    let scene = scene(&world).await;
    let stranger = host(&world, "other").await;
    let granted = scene.viewer.ask(scene.host.id).await.expect("granted");
    let session = granted.session;
    assert_eq!(kind(lease(&stranger, session).await), "session-over");
    let said = say(&stranger, Some(session), started());
    let (said, event) = world.recorded(said).await;
    assert_eq!(kind(said), "not-found");
    assert!(matches!(event, Event::HostSaid { .. }));
    let refused = HostFact::Refused {
        reason: "<script>alert(1)</script>".into(),
    };
    let (said, event) = world.recorded(say(&scene.host, None, refused)).await;
    said.expect("taken");
    let Event::HostSaid { fact, .. } = event else {
        panic!("the host's word");
    };
    let other = HostFact::Refused {
        reason: "other".into(),
    };
    assert_eq!(fact, other);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_ones_own_session_can_be_left() {
    let world = World::start().await;
    let scene = scene(&world).await;
    let granted = scene.viewer.ask(scene.host.id).await.expect("granted");
    let path = format!("{}/{}", path::SESSIONS, SessionId(Uuid::from_u128(3)));
    let leave = |agent: &Agent, path: &str| {
        let request = agent.request(Method::DELETE, path);
        async move { read::<()>(request.send().await.expect("an answer")).await }
    };
    assert_eq!(kind(leave(&scene.viewer, &path).await), "not-found");
    let junk = format!("{}/junk", path::SESSIONS);
    assert_eq!(kind(leave(&scene.viewer, &junk).await), "not-found");
    let own = format!("{}/{}", path::SESSIONS, granted.session);
    leave(&scene.viewer, &own).await.expect("left");
    leave(&scene.viewer, &own).await.expect("left before");
}

#[tokio::test(flavor = "multi_thread")]
async fn removing_a_device_ends_its_session_and_its_key() {
    let world = World::start().await;
    let mut scene = scene(&world).await;
    let granted = scene.viewer.ask(scene.host.id).await.expect("granted");
    scene.stream.next_order().await;
    world.remove(scene.host.id).await;
    world.app.look_now();
    let order = scene.stream.next_order().await;
    assert!(matches!(order, RelayOrder::Close { channel } if channel == granted.channel));
    let refused = lease(&scene.host, granted.session).await;
    assert_eq!(kind(refused), "key-unknown");
    assert_eq!(scene.viewer.devices("").await.total, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_says_whether_the_directory_alone_may_open_it() {
    let world = World::start().await;
    let scene = scene(&world).await;
    let keys = world.app.directory_keys();
    let say = async |query: &str| {
        let path = format!("{}{query}", path::HOST_CONFIG);
        let request = scene.host.agent.request(Method::GET, &path);
        let answer = read::<HostConfig>(request.send().await.expect("an answer")).await;
        answer.expect("a configuration");
    };
    let consent = async || {
        let granted = scene.viewer.ask(scene.host.id).await.expect("granted");
        let (grant, _) = open::<Grant>(&keys, Purpose::Grant, &granted.grant).expect("a grant");
        (
            scene.viewer.devices("").await.devices[0].access,
            grant.consent,
        )
    };
    let asked = (Access::Ask, ConsentMode::Ask);
    let unattended = (Access::Unattended, ConsentMode::Unattended);
    let ((), event) = world.recorded(say("?unattended=1")).await;
    assert!(matches!(
        event,
        Event::DeviceRulesChanged {
            unattended: true,
            ..
        }
    ));
    assert_eq!(consent().await, unattended);
    let before = world.records().await.len();
    for same in ["", "?unattended=1", "?unattended=maybe"] {
        say(same).await;
    }
    assert_eq!(world.records().await.len(), before);
    say("?unattended=0").await;
    assert_eq!(consent().await, asked);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_has_only_so_many_words() {
    let world = World::with(Clock::by_hand(START)).await;
    let host = host(&world, "till").await;
    let knock = || HostFact::Refused {
        reason: "grant_invalid".into(),
    };
    for _ in 0..100 {
        say(&host, None, knock()).await.expect("taken");
    }
    let before = world.records().await.len();
    assert_eq!(kind(say(&host, None, knock()).await), "too-many-tries");
    assert_eq!(world.records().await.len(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_ends_lets_its_relays_go() {
    let world = World::start().await;
    let mut scene = scene(&world).await;
    world.app.shutdown.cancel();
    assert!(scene.stream.next().await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_is_expected_says_so_to_whoever_may_see_it() {
    let world = World::start().await;
    let scene = scene(&world).await;
    let operator = farpane_directory::app::caller::Caller::operator(world.app.core.clone());
    let tenant = world.app.core.tenant(None).await.expect("a customer").name;
    let table = format!("name,customer\nlab,{tenant}\n");
    let imported = operator.import(table.as_bytes(), Leniency::default()).await;
    assert_eq!(imported.expect("imports").devices, 1);
    // A list of everything is of what can be opened; who looks for it finds it.
    assert_eq!(scene.viewer.devices("").await.total, 1);
    let found = scene.viewer.devices("?q=lab").await;
    let lab = &found.devices[0];
    assert_eq!(
        (lab.state, lab.access),
        (DeviceState::Never, Access::Impossible)
    );
    let why = lab.why.as_deref().unwrap_or_default();
    assert!(why.contains("expected"), "{why}");
    let linked = scene.viewer.devices(&format!("?q={}", lab.id)).await;
    assert_eq!(linked.devices[0].why, lab.why);
    let refused = scene.viewer.ask(lab.id).await.expect_err("refused");
    assert!(refused.detail.contains("expected"), "{refused:?}");
    // To somebody who may not see it it is as if it were not there.
    crate::rights::hire(&world, "bo@example.org").await;
    let bo = crate::agents::viewer_of(&world, "bo@example.org").await;
    assert_eq!(bo.devices("?q=lab").await.total, 0);
    assert_eq!(kind(bo.ask(lab.id).await), "not-found");
}
