//! Claims about what roles let people do with devices: what they see, what they may ask for, and
//! how long a session that rests on a role goes on.

use std::time::Duration;

use farpane_directory::app::access::assign::Giving;
use farpane_directory::app::access::tokens::TokenWish;
use farpane_directory::app::caller::Caller;
use farpane_directory::app::{AppError, Denied};
use farpane_directory::audit::Event;
use farpane_directory::clock::Clock;
use farpane_directory::model::access::{RoleRef, Subject};
use farpane_directory::model::{Account, Tenant, new_uuid, text::Email};
use farpane_directory::password::Hashed;
use farpane_directory::policy::rights::{Action, ActionSet, Path, Place, RoleRights};
use farpane_directory::policy::second_person::SecondPerson;
use farpane_directory::store::requests::Verdict;
use farpane_directory::store::roles::Change;
use farpane_protocol::api::{Access, HostEvent, HostFact, path};
use farpane_protocol::grant::ConsentMode;
use farpane_protocol::ids::{SessionId, TenantId, UserId};
use farpane_protocol::outcome::EndReason;
use farpane_protocol::scope::{Scope, ScopeSet};
use reqwest::Method;
use uuid::Uuid;

use crate::agents::{Agent, Host, Scene, scene, view_and_control, viewer_of};
use crate::world::{PASSWORD, START, World};

const BO: &str = "bo@example.org";

fn operator(world: &World) -> Caller {
    Caller::operator(world.app.core.clone())
}

/// A person who may do nothing yet, with the usual password.
pub(crate) async fn hire(world: &World, email: &str) -> UserId {
    let core = &world.app.core;
    let now = core.clock.now();
    let account = Account {
        id: UserId(new_uuid(now)),
        org: core.org.id,
        email: Email::parse(email).expect("an address"),
        name: "Bo Lund".into(),
        disabled: None,
    };
    let entry = core.entry(
        farpane_directory::audit::Actor::Operator,
        Event::AccountEnabled {
            account: account.id,
        },
    );
    let password = Hashed::new(PASSWORD).expect("hashes");
    let added = core.store.add_account(&account, &password, now, &entry);
    assert_eq!(added.await.expect("adds"), Change::Made);
    account.id
}

async fn give(world: &World, person: UserId, role: &str, place: Place) -> Uuid {
    let giving = Giving {
        subject: Subject::Person(person),
        role: role.into(),
        place,
        from: None,
        until: None,
        hours: None,
    };
    let given = operator(world).give_role(&giving).await.expect("gives");
    given.now().expect("at once").assignment.id
}

async fn own_tenant(world: &World) -> TenantId {
    world.app.core.tenant(None).await.expect("a tenant").id
}

async fn another_tenant(world: &World) -> TenantId {
    let core = &world.app.core;
    let now = core.clock.now();
    let tenant = Tenant {
        id: TenantId(new_uuid(now)),
        org: core.org.id,
        name: "Bergen Bakers".into(),
    };
    let entry = core.entry(
        farpane_directory::audit::Actor::Operator,
        Event::ConsoleSignedOut,
    );
    core.store
        .add_tenant(&tenant, now, &entry)
        .await
        .expect("adds");
    tenant.id
}

async fn say(host: &Host, session: SessionId, what: HostFact) {
    let event = HostEvent {
        session: Some(session),
        grant: None,
        what,
    };
    let said: crate::agents::Answer<()> = host.agent.post(path::HOST_EVENT, &event).await;
    said.expect("heard");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_no_role_shows_is_not_there() {
    let world = World::start().await;
    let scene = scene(&world).await;
    let bo = hire(&world, BO).await;
    let viewer = viewer_of(&world, BO).await;
    let absent = farpane_protocol::ids::DeviceId(Uuid::nil());
    let hidden = viewer.ask(scene.host.id).await.expect_err("not there");
    let missing = viewer.ask(absent).await.expect_err("not there");
    assert_eq!((hidden.kind, hidden.detail), (missing.kind, missing.detail));
    assert_eq!(viewer.devices("").await.total, 0);
    // A role at another customer shows nothing here.
    let here = Place::Tenant(own_tenant(&world).await);
    let elsewhere = Place::Tenant(another_tenant(&world).await);
    give(&world, bo, "technician", elsewhere).await;
    assert_eq!(viewer.devices("").await.total, 0);
    assert!(viewer.ask(scene.host.id).await.is_err());
    give(&world, bo, "technician", here).await;
    let list = viewer.devices("").await;
    assert_eq!((list.total, list.devices[0].access), (1, Access::Ask));
    viewer.ask(scene.host.id).await.expect("granted");
}

#[tokio::test(flavor = "multi_thread")]
async fn seeing_reaching_and_doing_are_three_rights() {
    let world = World::start().await;
    let scene = scene(&world).await;
    let bo = hire(&world, BO).await;
    let here = Place::Tenant(own_tenant(&world).await);
    let viewer = viewer_of(&world, BO).await;

    give(&world, bo, "auditor", here).await;
    let row = viewer.devices("").await.devices.remove(0);
    assert_eq!(row.access, Access::Impossible);
    assert!(row.why.expect("says why").contains("not connect"));
    let (refused, event) = world.recorded(viewer.ask(scene.host.id)).await;
    let refused = refused.expect_err("refused");
    assert_eq!(refused.kind, "no-reach");
    assert!(refused.detail.contains("Anna Berg"), "{}", refused.detail);
    assert!(matches!(event, Event::SessionRefused { .. }), "{event:?}");

    give(&world, bo, "observer", here).await;
    let refused = viewer.ask(scene.host.id).await.expect_err("refused");
    assert_eq!(refused.kind, "no-right");
    assert!(
        refused.detail.contains("control") && !refused.detail.contains("view"),
        "{}",
        refused.detail
    );
    let look = ScopeSet::of(&[Scope::View]);
    viewer
        .ask_for(scene.host.id, look)
        .await
        .expect("may look on");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_come_unasked_asks() {
    let world = World::start().await;
    let scene = scene(&world).await;
    let bo = hire(&world, BO).await;
    let device = world
        .app
        .core
        .store
        .device(world.app.core.org.id, scene.host.id);
    let device = device.await.expect("reads").expect("is there");
    let open = farpane_directory::model::Device {
        unattended: true,
        ..device
    };
    let entry = world.app.core.entry(
        farpane_directory::audit::Actor::Operator,
        Event::ConsoleSignedOut,
    );
    let store = &world.app.core.store;
    store
        .refresh_device(&open, &entry)
        .await
        .expect("refreshes");
    let asking = RoleRights {
        reach: true,
        scopes: view_and_control(),
        unattended: false,
        actions: ActionSet::EMPTY,
    };
    let made = operator(&world).make_role("Askers", asking).await;
    assert!(matches!(made.expect("makes").id, RoleRef::Own(_)));
    let here = Place::Tenant(own_tenant(&world).await);
    give(&world, bo, "askers", here).await;
    let viewer = viewer_of(&world, BO).await;
    assert_eq!(viewer.devices("").await.devices[0].access, Access::Ask);
    let (granted, event) = world.recorded(viewer.ask(scene.host.id)).await;
    granted.expect("granted");
    let Event::SessionGranted { consent, .. } = event else {
        panic!("{event:?}");
    };
    assert_eq!(consent, ConsentMode::Ask);
    let anna = &scene.viewer.devices("").await.devices[0];
    assert_eq!(anna.access, Access::Impossible, "Bo holds it");
}

/// A session of Bo's that runs, and the assignment that it rests on.
async fn running(world: &World, scene: &Scene, giving: Option<Giving>) -> (SessionId, Uuid) {
    let bo = hire(world, BO).await;
    let here = Place::Tenant(own_tenant(world).await);
    let assignment = match giving {
        Some(giving) => {
            let giving = Giving {
                subject: Subject::Person(bo),
                place: here,
                ..giving
            };
            let given = operator(world).give_role(&giving).await.expect("gives");
            given.now().expect("at once").assignment.id
        }
        None => give(world, bo, "technician", here).await,
    };
    let viewer = viewer_of(world, BO).await;
    let session = viewer.ask(scene.host.id).await.expect("granted").session;
    let started = HostFact::Started {
        scopes: view_and_control(),
        by_person: true,
    };
    say(&scene.host, session, started).await;
    (session, assignment)
}

async fn ended(world: &World, session: SessionId) -> Option<EndReason> {
    use farpane_directory::model::session::SessionState;
    let core = &world.app.core;
    let kept = core.store.session(core.org.id, session).await;
    match kept.expect("reads").expect("is there").state {
        SessionState::Over { reason, .. } => Some(reason),
        SessionState::Granted | SessionState::Asked | SessionState::Live(_) => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_when_the_role_that_it_rests_on_is_taken() {
    let world = World::start().await;
    let scene = scene(&world).await;
    let (session, assignment) = running(&world, &scene, None).await;
    world.app.end_rightless_sessions().await.expect("looks");
    assert_eq!(ended(&world, session).await, None, "it still rests on it");
    operator(&world).take_role(assignment).await.expect("takes");
    let (_, event) = world.recorded(world.app.end_rightless_sessions()).await;
    let Event::SessionEnded { reason, .. } = event else {
        panic!("{event:?}");
    };
    assert_eq!(reason, "rights_ended");
    assert_eq!(ended(&world, session).await, Some(EndReason::RightsEnded));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_when_its_role_ends_by_itself() {
    let clock = Clock::by_hand(START);
    let world = World::with(clock.clone()).await;
    let scene = scene(&world).await;
    let giving = Giving {
        subject: Subject::Group(Uuid::nil()),
        role: "technician".into(),
        place: Place::Org,
        from: None,
        until: Some(START.after(Duration::from_secs(120))),
        hours: None,
    };
    let (session, _) = running(&world, &scene, Some(giving)).await;
    clock.advance(Duration::from_secs(119));
    world.app.end_rightless_sessions().await.expect("looks");
    assert_eq!(ended(&world, session).await, None);
    clock.advance(Duration::from_secs(1));
    world.app.end_rightless_sessions().await.expect("looks");
    assert_eq!(ended(&world, session).await, Some(EndReason::RightsEnded));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_nobody_agreed_to_needs_the_right_to_come_unasked() {
    let world = World::start().await;
    let scene = scene(&world).await;
    let bo = hire(&world, BO).await;
    let here = Place::Tenant(own_tenant(&world).await);
    let technician = give(&world, bo, "technician", here).await;
    let asking = RoleRights {
        reach: true,
        scopes: view_and_control(),
        ..RoleRights::default()
    };
    operator(&world)
        .make_role("Askers", asking)
        .await
        .expect("makes");
    give(&world, bo, "askers", here).await;
    let viewer = viewer_of(&world, BO).await;
    let session = viewer.ask(scene.host.id).await.expect("granted").session;
    let started = HostFact::Started {
        scopes: view_and_control(),
        by_person: false,
    };
    say(&scene.host, session, started).await;
    operator(&world).take_role(technician).await.expect("takes");
    world.app.end_rightless_sessions().await.expect("looks");
    assert_eq!(ended(&world, session).await, Some(EndReason::RightsEnded));
}

async fn me(world: &World, token: &str) -> (u16, serde_json::Value) {
    let request = Agent::new(world).request(Method::GET, "/api/v1/me");
    let answer = request.bearer_auth(token).send().await.expect("an answer");
    let status = answer.status().as_u16();
    (status, answer.json().await.expect("JSON"))
}

fn wish(scopes: &[&str], place: Place) -> TokenWish {
    TokenWish {
        name: "inventory export".into(),
        scopes: scopes.iter().map(|scope| (*scope).into()).collect(),
        place,
        life: Duration::from_secs(3600),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_may_what_both_it_and_its_owner_may() {
    let clock = Clock::by_hand(START);
    let world = World::with(clock.clone()).await;
    let bo = hire(&world, BO).await;
    let here = Place::Tenant(own_tenant(&world).await);
    let technician = give(&world, bo, "technician", Place::Org).await;
    let operator = operator(&world);
    // Never more than its owner may, and nothing that is no scope.
    let people = wish(&["manage-people"], here);
    let above = operator.make_token(Some(BO), &people).await;
    assert!(matches!(
        above.expect_err("refused"),
        AppError::Denied(Denied::AboveOwnRights)
    ));
    assert!(
        operator
            .make_token(Some(BO), &wish(&["root"], here))
            .await
            .is_err()
    );
    assert!(
        operator
            .make_token(Some(BO), &wish(&[], here))
            .await
            .is_err()
    );

    let (secret, token) = operator
        .make_token(Some(BO), &wish(&["see-devices"], here))
        .await
        .expect("makes");
    let (status, said) = me(&world, &secret).await;
    assert_eq!(status, 200);
    assert_eq!(said["roles"].as_array().map(Vec::len), Some(1), "{said}");
    let caller = world.app.token_caller(&secret).await;
    let caller = caller.expect("works");
    let path = Path::tenant(own_tenant(&world).await);
    assert!(caller.rights.may(Action::SeeDevices, &path));
    assert!(
        !caller.rights.may(Action::SeeDevices, &Path::ORG),
        "its place"
    );
    assert!(!caller.rights.may(Action::SeeSessions, &path), "its scope");
    assert!(!caller.rights.reach(&path));
    // A token makes no token.
    assert!(
        caller
            .make_token(None, &wish(&["see-devices"], here))
            .await
            .is_err()
    );
    // What its owner loses it loses.
    operator.take_role(technician).await.expect("takes");
    let caller = world.app.token_caller(&secret).await;
    assert!(caller.expect("works").rights.held.is_empty());
    // Used, expired, revoked: each by itself.
    let kept = operator.tokens(Some(BO)).await.expect("reads");
    assert_eq!(kept[0].last_used, Some(START));
    give(&world, bo, "technician", here).await;
    let (second, other) = operator
        .make_token(Some(BO), &wish(&["see-devices"], here))
        .await
        .expect("makes");
    operator.revoke_token(other.id).await.expect("revokes");
    let (status, revoked) = me(&world, &second).await;
    assert_eq!(status, 401);
    let (_, guessed) = me(&world, &format!("fpt_{}", "A".repeat(43))).await;
    assert_eq!(
        revoked["detail"], guessed["detail"],
        "one that is gone is as one that never was"
    );
    assert_eq!(me(&world, &secret).await.0, 200);
    operator.disable_person(BO).await.expect("disables");
    let (status, said) = me(&world, &secret).await;
    assert_eq!(status, 401);
    assert!(
        said["detail"]
            .as_str()
            .is_some_and(|t| t.contains("disabled"))
    );
    operator.enable_person(BO).await.expect("enables");
    clock.advance(Duration::from_secs(3600));
    let (status, said) = me(&world, &secret).await;
    assert_eq!((status, token.id == other.id), (401, false));
    assert!(
        said["detail"]
            .as_str()
            .is_some_and(|text| text.contains("expired"))
    );
    for guess in ["", "fpt_", "fpt_x", secret.trim_start_matches("fpt_")] {
        let (status, said) = me(&world, guess).await;
        assert_eq!(status, 401, "{guess}");
        let said = said["detail"].as_str().expect("a sentence");
        assert!(said.contains("API token"), "{guess}: {said}");
    }
    // What viewers ask says where programs ask, and looks nothing up.
    let request = Agent::new(&world).request(Method::GET, path::DEVICES);
    let answer = request.bearer_auth(&secret).send().await;
    let said = answer.expect("an answer").text().await.expect("a body");
    assert!(said.contains("/api/v1/catalogue/devices"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_walks_through_a_fleet_needs_a_second_person() {
    let world = World::start().await;
    let scene = scene(&world).await;
    let bo = hire(&world, BO).await;
    give(&world, bo, "technician", Place::Org).await;
    let rules = SecondPerson {
        devices_per_hour: Some(2),
        ..SecondPerson::default()
    };
    let set = operator(&world).set_second_person(rules).await;
    set.expect("sets").now().expect("at once");
    let mut hosts = vec![scene.host];
    for name in ["two", "three"] {
        hosts.push(crate::agents::host(&world, name).await);
    }
    let here = hosts.iter().map(|host| host.at(scene.relay.public(), 2));
    let here = crate::agents::present(true, here.collect());
    crate::agents::report(&scene.relay, &here)
        .await
        .expect("reports");
    let viewer = viewer_of(&world, BO).await;
    for host in &hosts[..2] {
        viewer.ask(host.id).await.expect("granted");
    }
    let refused = viewer.ask(hosts[2].id).await.expect_err("refused");
    assert_eq!(refused.kind, "second-person-needed");
    assert!(refused.detail.contains("2 devices"), "{}", refused.detail);
    viewer
        .ask(hosts[0].id)
        .await
        .expect("one that was open before");
    let waiting = operator(&world).requests().await.expect("reads");
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0].request.reason, "printer offline");
    operator(&world)
        .decide_request(waiting[0].request.id, Verdict::Approved, "")
        .await
        .expect("approves");
    viewer.ask(hosts[2].id).await.expect("granted");
}

#[tokio::test(flavor = "multi_thread")]
async fn coming_unasked_takes_a_second_person_where_that_is_wanted_each_time() {
    let world = World::start().await;
    let scene = scene(&world).await;
    let bo = hire(&world, BO).await;
    give(&world, bo, "technician", Place::Org).await;
    let core = &world.app.core;
    let device = core.store.device(core.org.id, scene.host.id).await;
    let open = farpane_directory::model::Device {
        unattended: true,
        ..device.expect("reads").expect("is there")
    };
    let entry = core.entry(
        farpane_directory::audit::Actor::Operator,
        Event::ConsoleSignedOut,
    );
    core.store
        .refresh_device(&open, &entry)
        .await
        .expect("refreshes");
    let rules = SecondPerson {
        unattended: std::collections::BTreeSet::from([own_tenant(&world).await]),
        ..SecondPerson::default()
    };
    let set = operator(&world).set_second_person(rules).await;
    set.expect("sets").now().expect("at once");
    let viewer = viewer_of(&world, BO).await;
    let refused = viewer.ask(scene.host.id).await.expect_err("refused");
    assert_eq!(refused.kind, "second-person-needed");
    let waiting = operator(&world).requests().await.expect("reads");
    operator(&world)
        .decide_request(waiting[0].request.id, Verdict::Approved, "")
        .await
        .expect("approves");
    viewer.ask(scene.host.id).await.expect("granted once");
    let again = viewer.ask(scene.host.id).await.expect_err("refused");
    assert_eq!(again.kind, "second-person-needed");
}
