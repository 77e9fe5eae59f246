//! Claims about tickets as people make and take them back, and about the queue.

use std::time::Duration;

use farpane_directory::app::bulk::Selection;
use farpane_directory::app::caller::Caller;
use farpane_directory::app::tickets::{DeviceTicket, TicketNow};
use farpane_directory::audit::Event;
use farpane_directory::clock::Clock;
use farpane_directory::model::bulk::Act;
use farpane_directory::model::ticket::{TicketState, TicketTerms};
use farpane_directory::policy::rights::{Action, ActionSet, RoleRights};
use farpane_protocol::api::{Approval, HostConfig, path};
use farpane_protocol::ids::DeviceId;
use reqwest::Method;
use reqwest::header::COOKIE;
use serde_json::{Value, json};

use crate::agents::{Agent, Answer, host, host_with, kind, read};
use crate::console::sign_in;
use crate::escalation::{at_console, give};
use crate::rights::hire;
use crate::world::{START, World};

const BO: &str = "bo@example.org";

const LIFE: Duration = Duration::from_secs(3600);

struct Console {
    agent: Agent,
    cookie: String,
}

impl Console {
    async fn open(world: &World) -> Self {
        Self {
            agent: Agent::new(world),
            cookie: sign_in(world).await,
        }
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Answer<Value> {
        let mut request = self
            .agent
            .request(method, path)
            .header(COOKIE, &self.cookie);
        if let Some(body) = body {
            request = request.json(&body);
        }
        read(request.send().await.expect("an answer")).await
    }

    /// A ticket's id and its secret.
    async fn ticket(&self, world: &World, more: Value) -> (String, String) {
        let tenant = world.app.core.tenant(None).await.expect("a tenant").id;
        let mut wish = json!({ "customer": tenant });
        let fields = more.as_object().expect("fields").clone();
        wish.as_object_mut().expect("fields").extend(fields);
        let made = self.ask(Method::POST, "/api/v1/tickets", Some(wish)).await;
        let made = made.expect("a ticket");
        let ticket: farpane_protocol::enrolment::Ticket = made["ticket"]
            .as_str()
            .expect("a ticket")
            .parse()
            .expect("is one");
        (
            made["id"].as_str().expect("an id").to_owned(),
            ticket.secret,
        )
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_works_from_its_networks_and_until_it_is_taken_back() {
    let world = World::start().await;
    let console = Console::open(&world).await;
    let elsewhere = json!({ "networks": ["192.0.2.0/24"], "uses": 5 });
    let (_, secret) = console.ticket(&world, elsewhere).await;
    let refused = Agent::new(&world).enroll_device(&secret, "till").await;
    assert_eq!(kind(refused), "ticket-wrong-network");
    let here = json!({ "networks": ["127.0.0.0/8", "::1"], "uses": 5, "note": "roll-out" });
    let (id, secret) = console.ticket(&world, here).await;
    let enrolled = Agent::new(&world).enroll_device(&secret, "till").await;
    enrolled.expect("enrols");
    let list = console
        .ask(Method::GET, "/api/v1/tickets", None)
        .await
        .expect("a list");
    let items = list["items"].as_array().expect("tickets");
    assert_eq!(items.len(), 2);
    assert_eq!(items[0]["used"], 1);
    assert_eq!(items[0]["state"], "works");
    let gone = format!("/api/v1/tickets/{id}");
    let (done, event) = world
        .recorded(console.ask(Method::DELETE, &gone, None))
        .await;
    done.expect("is taken back");
    assert!(matches!(event, Event::TicketRevoked { .. }));
    let refused = Agent::new(&world).enroll_device(&secret, "lab").await;
    assert_eq!(kind(refused), "ticket-revoked");
    let nonsense = json!({ "customer": world.app.core.tenant(None).await.expect("one").id,
        "networks": ["everywhere"] });
    let refused = console
        .ask(Method::POST, "/api/v1/tickets", Some(nonsense))
        .await;
    assert_eq!(refused.expect_err("refused").status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_ticket_forbids_stays_forbidden_whatever_the_device_says() {
    let world = World::start().await;
    let console = Console::open(&world).await;
    let (_, secret) = console.ticket(&world, json!({ "unattended": false })).await;
    let mut agent = Agent::new(&world);
    let enrolled = agent.enroll_device(&secret, "till").await.expect("enrols");
    agent.authenticate().await;
    for _ in 0..2 {
        let path = format!("{}?unattended=1", path::HOST_CONFIG);
        let request = agent.request(Method::GET, &path);
        let config: Answer<HostConfig> = read(request.send().await.expect("an answer")).await;
        config.expect("a configuration");
        let org = world.app.core.org.id;
        let device = world.app.core.store.device(org, enrolled.device).await;
        assert!(!device.expect("reads").expect("is there").unattended);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_that_replaces_gives_the_device_another_key_and_nothing_else() {
    let world = World::start().await;
    let console = Console::open(&world).await;
    let (_, secret) = console.ticket(&world, json!({ "tags": ["till"] })).await;
    let mut old = Agent::new(&world);
    let first = old.enroll_device(&secret, "till-07").await.expect("enrols");
    let replacing = json!({ "replaces": first.device, "uses": 9 });
    let (_, secret) = console.ticket(&world, replacing).await;
    let mut new = Agent::new(&world);
    let second = new
        .enroll_device(&secret, "another name")
        .await
        .expect("enrols");
    assert_eq!((first.device, first.name), (second.device, second.name));
    let refused = old.try_token(old.proof().await).await;
    assert_eq!(kind(refused), "key-unknown");
    old = Agent::new(&world);
    assert_eq!(
        kind(old.enroll_device(&secret, "x").await),
        "ticket-used-up"
    );
    new.authenticate().await;
}

/// Somebody who makes tickets and edits devices, with a ticket of theirs that replaces a device.
async fn replacing(world: &World, actions: &[Action]) -> (Caller, Agent, DeviceId, String) {
    let role = RoleRights {
        actions: ActionSet::of(actions),
        ..RoleRights::default()
    };
    let made = world.operator().make_role("Fitters", role).await;
    made.expect("makes");
    let bo = hire(world, BO).await;
    give(world, bo, "fitters", None).await;
    let old = host(world, "till-07").await;
    let bo = at_console(world, bo).await;
    let wish = DeviceTicket {
        tenant: world.app.core.tenant(None).await.expect("one").id,
        uses: 1,
        approval: Approval::Approved,
        terms: TicketTerms {
            replaces: Some(old.id),
            ..TicketTerms::default()
        },
    };
    let at = (&world.app.identity.url, world.pin());
    let made = bo.make_device_ticket(wish, LIFE, at).await;
    (bo, old.agent, old.id, made.expect("a ticket").0.secret)
}

const FITTING: [Action; 4] = [
    Action::SeeDevices,
    Action::MakeTickets,
    Action::EditDevices,
    Action::ApproveDevices,
];

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_replaces_nothing_once_its_maker_is_gone_or_may_not() {
    let world = World::start().await;
    let (bo, old, _, secret) = replacing(&world, &FITTING).await;
    let taken = bo.rights.held[0].assignment;
    world.operator().take_role(taken).await.expect("takes");
    let refused = Agent::new(&world).enroll_device(&secret, "x").await;
    assert_eq!(kind(refused), "ticket-maker-gone");
    let account = bo.account.as_ref().expect("a person").id;
    give(&world, account, "fitters", None).await;
    let operator = world.operator();
    operator.disable_person(BO).await.expect("disables");
    let refused = Agent::new(&world).enroll_device(&secret, "x").await;
    assert_eq!(kind(refused), "ticket-maker-gone");
    let listed = operator.tickets().await.expect("reads");
    assert_eq!(listed.len(), 2, "Bo's and the one of the device");
    let void = |ticket: &TicketNow| ticket.state == TicketState::Orphaned;
    assert_eq!(listed.iter().filter(|now| void(now)).count(), 1);
    operator.remove_person(BO).await.expect("removes");
    let refused = Agent::new(&world).enroll_device(&secret, "x").await;
    assert_eq!(kind(refused), "ticket-maker-gone");
    // The device is who it was.
    old.try_token(old.proof().await).await.expect("is known");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_replaces_a_device_where_it_stood_and_nowhere_else() {
    let world = World::start().await;
    let (_, old, device, secret) = replacing(&world, &FITTING).await;
    let operator = world.operator();
    let other = operator.add_tenant("Bergen Bakers").await.expect("adds");
    let away = Act::Move {
        customer: other.id,
        place: None,
    };
    let these = Selection::Devices(vec![device]);
    operator.act(away, &these).await.expect("moves");
    let refused = Agent::new(&world).enroll_device(&secret, "x").await;
    assert_eq!(kind(refused), "ticket-nothing-to-replace");
    old.try_token(old.proof().await).await.expect("is known");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_approve_replaces_with_what_waits() {
    let world = World::start().await;
    let (_, _, _, secret) = replacing(&world, &FITTING[..3]).await;
    let enrolled = Agent::new(&world).enroll_device(&secret, "x").await;
    assert_eq!(enrolled.expect("enrols").approval, Approval::Pending);
}

#[tokio::test(flavor = "multi_thread")]
async fn tickets_that_let_devices_in_unseen_need_a_fresh_proof() {
    let clock = Clock::by_hand(START);
    let world = World::with(clock.clone()).await;
    let console = Console::open(&world).await;
    let waiting = host_with(&world, "till", Approval::Pending).await;
    clock.advance(Duration::from_secs(11 * 60));
    let tenant = world.app.core.tenant(None).await.expect("one").id;
    let ask = |more: Value| {
        let mut wish = json!({ "customer": tenant });
        let fields = more.as_object().expect("fields").clone();
        wish.as_object_mut().expect("fields").extend(fields);
        console.ask(Method::POST, "/api/v1/tickets", Some(wish))
    };
    assert_eq!(kind(ask(json!({})).await), "confirmation-needed");
    ask(json!({ "approve": true })).await.expect("waits anyway");
    ask(json!({ "unattended": false }))
        .await
        .expect("asks anyway");
    let decisions = json!({ "approve": [waiting.id] });
    let decided = console.ask(Method::POST, "/api/v1/approvals", Some(decisions));
    assert_eq!(kind(decided.await), "confirmation-needed");
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_devices_are_let_in_and_turned_away_many_at_once() {
    let world = World::with(Clock::by_hand(START)).await;
    let console = Console::open(&world).await;
    let mut waiting = Vec::new();
    for _ in 0..3 {
        waiting.push(host_with(&world, "till", Approval::Pending).await);
    }
    let list = console
        .ask(Method::GET, "/api/v1/approvals", None)
        .await
        .expect("a list");
    let items = list["items"].as_array().expect("devices");
    assert_eq!(items.len(), 3);
    assert_eq!(items[0]["same_name"], 2, "a warning");
    assert_eq!(items[0]["address"], "127.0.0.1");
    let unknown = "0193b5c2-8f1e-7c3a-9d54-2b7e6a1f0c88";
    let decisions = json!({
        "approve": [waiting[0].id, unknown], "refuse": [waiting[1].id, waiting[1].id],
    });
    let done = console
        .ask(Method::POST, "/api/v1/approvals", Some(decisions))
        .await;
    assert_eq!(
        done.expect("is done"),
        json!({ "approved": 1, "refused": 1, "left": 2 })
    );
    let list = console
        .ask(Method::GET, "/api/v1/approvals", None)
        .await
        .expect("a list");
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1));
    let turned_away = &waiting[1].agent;
    let refused = turned_away.try_token(turned_away.proof().await).await;
    assert_eq!(kind(refused), "key-unknown");
    // One that may be used already is not turned away, whoever asks.
    let again = json!({ "refuse": [waiting[0].id] });
    let done = console
        .ask(Method::POST, "/api/v1/approvals", Some(again))
        .await;
    assert_eq!(done.expect("is done")["left"], 1);
}
