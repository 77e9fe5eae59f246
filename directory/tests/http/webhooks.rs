//! Claims about webhooks: who is told what, how it is signed, when it is tried again, and where it
//! never goes.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use farpane_directory::app::access::assign::Giving;
use farpane_directory::app::access::tokens::TokenWish;
use farpane_directory::app::webhooks::courier;
use farpane_directory::app::webhooks::send::Courier;
use farpane_directory::app::{AppError, Denied};
use farpane_directory::audit::Event;
use farpane_directory::clock::Clock;
use farpane_directory::http::listener::Server;
use farpane_directory::model::access::Subject;
use farpane_directory::model::webhook::{WEBHOOKS_MOST, signature};
use farpane_directory::policy::rights::{Action, Place};
use farpane_protocol::api::Approval;
use prometheus_client::metrics::counter::Counter;
use reqwest::Method;
use reqwest::header::COOKIE;
use rustls::pki_types::PrivateKeyDer;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::agents::{Agent, host_with};
use crate::console::sign_in;
use crate::seed::Seeded;
use crate::world::{ADMIN, START, World};

/// How long a test waits for what must come.
const WAIT: Duration = Duration::from_secs(20);

/// What a receiver got.
#[derive(Clone, Debug)]
struct Got {
    path: String,
    headers: HeaderMap,
    body: String,
}

/// A receiver, and what it answers with in turn; the last for ever.
struct Receiver {
    got: Arc<Mutex<Vec<Got>>>,
    address: SocketAddr,
    authority: String,
    end: CancellationToken,
}

#[derive(Clone)]
struct Answers {
    got: Arc<Mutex<Vec<Got>>>,
    statuses: Arc<[u16]>,
}

async fn take(
    State(answers): State<Answers>,
    uri: axum::http::Uri,
    headers: HeaderMap,
    body: String,
) -> Response {
    let mut got = answers.got.lock().expect("not poisoned");
    let at = got.len().min(answers.statuses.len() - 1);
    got.push(Got {
        path: uri.path().to_owned(),
        headers,
        body,
    });
    let status = StatusCode::from_u16(answers.statuses[at]).expect("a status");
    let elsewhere = [("location", "/elsewhere")];
    (status, elsewhere).into_response()
}

impl Receiver {
    async fn start(statuses: &[u16]) -> Self {
        farpane_certs::install_provider();
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("makes");
        let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
        let tls = rustls::ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .expect("a configuration");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("listens");
        let address = listener.local_addr().expect("an address");
        let got = Arc::<Mutex<Vec<Got>>>::default();
        let answers = Answers {
            got: got.clone(),
            statuses: statuses.into(),
        };
        let router = Router::new().fallback(any(take)).with_state(answers);
        let end = CancellationToken::new();
        let server = Server::tls(router, tls, Counter::default(), end.clone());
        tokio::spawn(server.run(listener));
        Self {
            got,
            address,
            authority: made.cert.pem(),
            end,
        }
    }

    fn url(&self) -> String {
        format!(
            "https://localhost:{}/hook?key=T0PS3CRET",
            self.address.port()
        )
    }

    /// A courier that may go where this receiver is.
    fn courier(&self) -> Courier {
        let here = "127.0.0.0/8".parse().expect("a network");
        Courier::new(vec![here], Some(self.authority.as_bytes())).expect("a courier")
    }

    async fn wait_for(&self, count: usize) -> Vec<Got> {
        let look = async {
            loop {
                let got = self.got.lock().expect("not poisoned").clone();
                if got.len() >= count {
                    return got;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(WAIT, look)
            .await
            .expect("comes in time")
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.end.cancel();
    }
}

async fn ask(world: &World, cookie: &str, method: Method, path: &str, body: &Value) -> Value {
    let request = Agent::new(world)
        .request(method, path)
        .header(COOKIE, cookie);
    let request = if body.is_null() {
        request
    } else {
        request.json(body)
    };
    let answer = request.send().await.expect("an answer");
    let status = answer.status();
    assert!(
        status.is_success(),
        "{status}: {}",
        answer.text().await.expect("text")
    );
    answer.json().await.unwrap_or_default()
}

async fn make(world: &World, cookie: &str, url: &str, events: &[&str]) -> (String, String) {
    let wish = json!({ "url": url, "events": events });
    let made = ask(world, cookie, Method::POST, "/api/v1/webhooks", &wish).await;
    let text = |field: &str| made[field].as_str().expect("a text").to_owned();
    (text("id"), text("secret"))
}

/// What the log says of the only delivery, once it was tried so often.
async fn tried(world: &World, cookie: &str, id: &str, tries: u32) -> Value {
    let webhook = id.parse().expect("an id");
    let look = async {
        loop {
            let kept = world.app.core.store.deliveries(webhook, 1).await;
            let kept = kept.expect("reads");
            if kept.first().is_some_and(|kept| kept.tries >= tries) {
                return;
            }
        }
    };
    tokio::time::timeout(WAIT, look)
        .await
        .expect("is tried in time");
    let path = format!("/api/v1/webhooks/{id}/deliveries");
    let mut log = ask(world, cookie, Method::GET, &path, &Value::Null).await;
    log["items"][0].take()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_chosen_is_told_signed_and_nothing_else() {
    let world = World::start().await;
    let cookie = sign_in(&world).await;
    let receiver = Receiver::start(&[204]).await;
    tokio::spawn(courier::run(world.app.clone(), receiver.courier()));
    let (made, event) = world
        .recorded(make(&world, &cookie, &receiver.url(), &["device.enrolled"]))
        .await;
    let (id, secret) = made;
    let (_, personal) = world.records().await.pop().expect("a record");
    let place = format!("https://localhost:{}", receiver.address.port());
    assert_eq!(personal.name, Some(place), "a receiver's secret stays out");
    assert!(matches!(event, Event::WebhookMade { .. }), "{event:?}");
    world.device_ticket(1, Approval::Approved).await;
    let host = host_with(&world, "till-07", Approval::Approved).await;

    let got = receiver.wait_for(1).await.remove(0);
    let said = |name: &str| got.headers[name].to_str().expect("text").to_owned();
    let (name, seconds) = (said("webhook-id"), said("webhook-timestamp"));
    let body: Value = serde_json::from_str(&got.body).expect("JSON");
    assert_eq!(body["type"], "device.enrolled");
    assert_eq!(body["data"]["about"]["device"], host.id.to_string());
    assert!(
        !got.body.contains("till-07"),
        "ids and no names: {}",
        got.body
    );
    let secret = secret.strip_prefix("whsec_").expect("a secret");
    let secret = base64_of(secret);
    let seconds = seconds.parse().expect("seconds");
    let expected = signature(&secret, &name, seconds, &got.body);
    assert_eq!(said("webhook-signature"), expected);

    let done = tried(&world, &cookie, &id, 1).await;
    assert_eq!((&done["status"], &done["why"]), (&json!(204), &json!("")));
    assert!(done["next"].is_null(), "{done}");
    // The tickets, the sign-in and the webhook itself were recorded too, and not told.
    assert_eq!(receiver.wait_for(1).await.len(), 1);
    let listed = ask(
        &world,
        &cookie,
        Method::GET,
        "/api/v1/webhooks",
        &Value::Null,
    )
    .await;
    assert!(!listed.to_string().contains("whsec_"), "{listed}");
    assert!(!listed.to_string().contains("T0PS3CRET"), "{listed}");
    let file = crate::world::database(world.folder.path());
    for file in [file.clone(), file.with_extension("db-wal")] {
        let bytes = std::fs::read(file).unwrap_or_default();
        let secret = b"T0PS3CRET".as_slice();
        let found = bytes.windows(secret.len()).any(|part| part == secret);
        assert!(!found, "the address lies open in the database");
    }
}

fn base64_of(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD
        .decode(text)
        .expect("base64")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_taken_is_tried_again_under_the_same_name() {
    let clock = Clock::by_hand(START);
    let world = World::with(clock.clone()).await;
    let cookie = sign_in(&world).await;
    let receiver = Receiver::start(&[500, 302, 200]).await;
    tokio::spawn(courier::run(world.app.clone(), receiver.courier()));
    let (id, _) = make(&world, &cookie, &receiver.url(), &["session.*"]).await;
    let trial = format!("/api/v1/webhooks/{id}/trial");
    ask(&world, &cookie, Method::POST, &trial, &Value::Null).await;
    let first = tried(&world, &cookie, &id, 1).await;
    assert_eq!(first["why"], "answered with 500");
    let next = first["next"].as_u64().expect("is tried again");
    assert_eq!(next, clock.now().0 + 5_000_000);
    clock.advance(Duration::from_secs(5));
    tried(&world, &cookie, &id, 2).await;
    clock.advance(Duration::from_secs(60));
    let last = tried(&world, &cookie, &id, 3).await;
    assert_eq!((&last["status"], &last["why"]), (&json!(200), &json!("")));
    let got = receiver.wait_for(3).await;
    let names: Vec<_> = got.iter().map(|got| &got.headers["webhook-id"]).collect();
    assert_eq!(got.len(), 3);
    assert!(names.windows(2).all(|two| two[0] == two[1]), "{names:?}");
    // The redirect led nowhere.
    assert!(got.iter().all(|got| got.path == "/hook"), "{got:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_inside_is_not_sent_to_unless_it_is_allowed() {
    let world = World::start().await;
    let cookie = sign_in(&world).await;
    let receiver = Receiver::start(&[204]).await;
    let careful = Courier::new(Vec::new(), Some(receiver.authority.as_bytes()));
    tokio::spawn(courier::run(world.app.clone(), careful.expect("a courier")));
    let port = receiver.address.port();
    for url in [
        receiver.url(),
        format!("https://127.0.0.1:{port}/"),
        format!("https://[::1]:{port}/"),
        format!("https://0x7f000001:{port}/"),
    ] {
        let (id, _) = make(&world, &cookie, &url, &["*"]).await;
        let trial = format!("/api/v1/webhooks/{id}/trial");
        ask(&world, &cookie, Method::POST, &trial, &Value::Null).await;
        let refused = tried(&world, &cookie, &id, 1).await;
        let why = refused["why"].as_str().expect("a sentence");
        assert!(why.contains("--webhook-to"), "{url}: {why}");
    }
    assert!(receiver.got.lock().expect("not poisoned").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organisation_is_told_only_what_happens_in_it() {
    let seeded = Seeded::start().await;
    let world = &seeded.world;
    let receiver = Receiver::start(&[204]).await;
    tokio::spawn(courier::run(world.app.clone(), receiver.courier()));
    let other = seeded.cookie("other-organisation");
    make(world, other, &receiver.url(), &["*"]).await;
    let renamed = seeded.operator().rename_organisation("Acme again").await;
    renamed.expect("renames");
    let name = json!({ "name": "Beta again" });
    let path = "/api/v1/organisation";
    ask(world, other, Method::PATCH, path, &name).await;
    let me = ask(world, other, Method::GET, path, &Value::Null).await;

    let got = receiver.wait_for(1).await.remove(0);
    let body: Value = serde_json::from_str(&got.body).expect("JSON");
    assert_eq!(body["type"], "organisation.renamed");
    assert_eq!(body["data"]["organisation"], me["id"], "{me}");
}

#[tokio::test(flavor = "multi_thread")]
async fn receivers_that_never_answer_keep_no_other_organisation_waiting() {
    let seeded = Seeded::start().await;
    let world = &seeded.world;
    let receiver = Receiver::start(&[204]).await;
    // Connections wait in its queue, and nobody ever takes one.
    let dead = TcpListener::bind("127.0.0.1:0").await.expect("listens");
    let port = dead.local_addr().expect("an address").port();
    let dead_url = format!("https://localhost:{port}/");
    let (other, owner) = (seeded.cookie("other-organisation"), seeded.cookie("owner"));
    for _ in 0..WEBHOOKS_MOST {
        let (id, _) = make(world, other, &dead_url, &["*"]).await;
        let trial = format!("/api/v1/webhooks/{id}/trial");
        for _ in 0..3 {
            ask(world, other, Method::POST, &trial, &Value::Null).await;
        }
    }
    let (id, _) = make(world, owner, &receiver.url(), &["*"]).await;
    let trial = format!("/api/v1/webhooks/{id}/trial");
    ask(world, owner, Method::POST, &trial, &Value::Null).await;
    tokio::spawn(courier::run(world.app.clone(), receiver.courier()));
    receiver.wait_for(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_webhook_is_refused_in_a_sentence() {
    let world = World::start().await;
    let cookie = sign_in(&world).await;
    for (url, events, word) in [
        ("http://hooks.example/", &["*"][..], "https"),
        ("https://anna:pw@hooks.example/", &["*"], "https"),
        ("https://hooks.example/", &[], "device.enrolled"),
        (
            "https://hooks.example/",
            &["device.enroled"],
            "device.enrolled",
        ),
        ("https://hooks.example/", &["everything"], "device.*"),
    ] {
        let request = Agent::new(&world)
            .request(Method::POST, "/api/v1/webhooks")
            .header(COOKIE, &cookie)
            .json(&json!({ "url": url, "events": events }));
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status(), 400, "{url}");
        let text = answer.text().await.expect("text");
        assert!(text.contains(word), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_may_read_the_record_has_it_told() {
    let world = World::start().await;
    let (vault, url) = (&world.app.identity.vault, "https://hooks.example/");
    for (scopes, may) in [
        (&["manage-settings"][..], false),
        (&["manage-settings", "see-audit"], true),
    ] {
        let wish = TokenWish {
            name: "hooks".into(),
            scopes: scopes.iter().map(|scope| (*scope).into()).collect(),
            place: Place::Org,
            life: Duration::from_secs(3600),
        };
        let made = world.operator().make_token(Some(ADMIN), &wish).await;
        let caller = world.app.token_caller(&made.expect("makes").0).await;
        let caller = caller.expect("works");
        let made = caller.make_webhook(vault, url, &["*".into()]).await;
        let why = made
            .map(|(webhook, _)| webhook.maker)
            .map_err(|error| match error {
                AppError::Denied(denied) => denied,
                AppError::Store(error) => panic!("{error}"),
            });
        if may {
            assert!(why.expect("makes").is_some(), "and who did is kept");
        } else {
            assert_eq!(why, Err(Denied::Forbidden(Action::SeeAudit)));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_rests_while_its_maker_could_not_make_it() {
    let world = World::start().await;
    let (vault, url) = (&world.app.identity.vault, "https://127.0.0.1:9/");
    let bo = crate::rights::hire(&world, "bo@example.org").await;
    let giving = Giving {
        subject: Subject::Person(bo),
        role: "administrator".into(),
        place: Place::Org,
        from: None,
        until: None,
        hours: None,
    };
    let operator = world.operator();
    let given = operator.give_role(&giving).await.expect("gives");
    let given = given.now().expect("at once").assignment.id;
    let wish = TokenWish {
        name: "hooks".into(),
        scopes: vec!["manage-settings".into(), "see-audit".into()],
        place: Place::Org,
        life: Duration::from_secs(3600),
    };
    let made = operator.make_token(Some("bo@example.org"), &wish).await;
    let caller = world.app.token_caller(&made.expect("makes").0).await;
    let caller = caller.expect("works");
    let made = caller.make_webhook(vault, url, &["*".into()]).await;
    made.expect("makes");
    let rests = async || operator.webhooks().await.expect("reads")[0].on_hold;
    assert!(!rests().await);
    operator.take_role(given).await.expect("takes");
    assert!(rests().await, "they have lost the rights for it");
    // What happens meanwhile is counted: that very loss.
    let careful = Courier::new(Vec::new(), None).expect("a courier");
    tokio::spawn(courier::run(world.app.clone(), careful));
    let counted = async {
        while operator.webhooks().await.expect("reads")[0].missed == 0 {
            tokio::task::yield_now().await;
        }
    };
    let counted = tokio::time::timeout(WAIT, counted).await;
    counted.expect("is counted");
    assert_eq!(operator.webhooks().await.expect("reads")[0].missed, 1);
    operator.give_role(&giving).await.expect("gives");
    assert!(!rests().await, "and have them again");
}

#[tokio::test(flavor = "multi_thread")]
async fn rights_that_end_or_rest_make_no_webhook() {
    let world = World::start().await;
    let (vault, url) = (&world.app.identity.vault, "https://hooks.example/");
    let always = "mon-sun 00:00-24:00 UTC".parse().expect("hours");
    let end = world.app.now().after(Duration::from_secs(3600));
    for (n, until, hours, may) in [
        (0, Some(end), None, false),
        (1, None, Some(always), false),
        (2, None, None, true),
    ] {
        let person = crate::rights::hire(&world, &format!("p{n}@example.org")).await;
        let giving = Giving {
            subject: Subject::Person(person),
            role: "administrator".into(),
            place: Place::Org,
            from: None,
            until,
            hours,
        };
        let given = world.operator().give_role(&giving).await;
        given.expect("gives");
        let caller = crate::escalation::at_console(&world, person).await;
        let made = caller.make_webhook(vault, url, &["*".into()]).await;
        match made {
            Ok(_) => assert!(may, "{n}"),
            Err(AppError::Denied(Denied::Conflict(_))) => assert!(!may, "{n}"),
            Err(error) => panic!("{n}: {error}"),
        }
    }
}
