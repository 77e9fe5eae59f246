//! Claims about `/api/v1` as programs use it: what is listed, page by page, and what is done.

use farpane_protocol::outcome::EndReason;
use futures_util::{StreamExt as _, stream};
use reqwest::header::{COOKIE, HeaderMap};
use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::agents::{Agent, Answer, PATIENCE, read, scene};
use crate::console::sign_in;
use crate::world::World;

/// A person who uses the interface with the console's cookie.
pub(crate) struct Api<'a> {
    world: &'a World,
    cookie: String,
}

impl<'a> Api<'a> {
    pub(crate) async fn new(world: &'a World) -> Self {
        Self {
            world,
            cookie: sign_in(world).await,
        }
    }

    pub(crate) async fn ask(&self, method: Method, path: &str) -> Answer<Value> {
        let request = Agent::new(self.world).request(method, path);
        let answer = request.header(COOKIE, &self.cookie).send().await;
        read(answer.expect("an answer")).await
    }

    /// A POST, with what the answer said beside its body.
    async fn post(&self, path: &str, key: &str, body: &Value) -> (u16, HeaderMap, Value) {
        let request = Agent::new(self.world).request(Method::POST, path);
        let request = request.header(COOKIE, &self.cookie).json(body);
        let answer = request.header("idempotency-key", key).send().await;
        let answer = answer.expect("an answer");
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        (status, headers, answer.json().await.unwrap_or_default())
    }

    async fn get(&self, path: &str) -> Value {
        self.ask(Method::GET, path).await.expect("answers")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_listed_shown_and_stopped() {
    let world = World::start().await;
    let scene = scene(&world).await;
    let api = Api::new(&world).await;
    assert_eq!(
        api.get("/api/v1/sessions").await["items"],
        serde_json::json!([])
    );
    let granted = scene.viewer.ask(scene.host.id).await.expect("granted");
    let listed = api.get("/api/v1/sessions?open=true").await;
    let session = &listed["items"][0];
    assert_eq!(session["id"], granted.session.to_string());
    assert_eq!(session["state"], "granted");
    assert_eq!(session["device"], scene.host.id.to_string());
    let one = format!("/api/v1/sessions/{}", granted.session);
    assert_eq!(&api.get(&one).await, session);

    let stop = format!("{one}/stop");
    let stopped = api.ask(Method::POST, &stop).await.expect("stops");
    assert_eq!(stopped["stopped"], true);
    let stopped = api.ask(Method::POST, &stop).await.expect("answers");
    assert_eq!(stopped["stopped"], false, "once is enough");
    let over = api.get(&one).await;
    assert_eq!(over["state"], "over");
    assert_eq!(over["end_reason"], EndReason::Revoked.word());
    let open = api.get("/api/v1/sessions?open=true").await;
    assert_eq!(open["items"], serde_json::json!([]));

    // One by one, the pages are the list.
    scene.viewer.ask(scene.host.id).await.expect("granted");
    let first = api.get("/api/v1/sessions?limit=1").await;
    let next = first["next"].as_str().expect("there is more");
    let second = api
        .get(&format!("/api/v1/sessions?limit=1&cursor={next}"))
        .await;
    assert_eq!(second["items"][0]["id"], granted.session.to_string());
    assert_eq!(second["next"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn relays_say_whether_they_are_there() {
    let world = World::start().await;
    let scene = scene(&world).await;
    let api = Api::new(&world).await;
    let listed = api.get("/api/v1/relays").await;
    let relay = &listed["items"][0];
    assert!(relay["connected_since"].is_u64(), "{relay}");
    assert_eq!(relay["devices"], 1);
    let one = format!("/api/v1/relays/{}", relay["id"].as_str().expect("an id"));
    assert_eq!(&api.get(&one).await, relay);
    // Programs beside the server read it from what is kept.
    let core = &world.app.core;
    let kept = core.store.listening(core.org.id).await.expect("reads");
    assert_eq!(kept.len(), 1);
    core.store
        .note_listening(&[], core.clock.now())
        .await
        .expect("notes");
    let kept = core.store.listening(core.org.id).await.expect("reads");
    assert!(kept.is_empty());
    drop(scene);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_learns_who_they_are() {
    let world = World::start().await;
    let api = Api::new(&world).await;
    let me = api.get("/api/v1/me").await;
    assert_eq!(me["email"], crate::world::ADMIN);
    assert_eq!(me["roles"][0]["role"], "owner");
    assert_eq!(me["roles"][0]["place"]["kind"], "organisation");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_not_found_and_what_is_no_list_place_is_refused() {
    let world = World::start().await;
    let api = Api::new(&world).await;
    let nobody = "00000000-0000-0000-0000-000000000000";
    for path in ["sessions", "relays"] {
        for id in [nobody, "x", "..%2f", "%00"] {
            let refused = api.ask(Method::GET, &format!("/api/v1/{path}/{id}")).await;
            assert_eq!(
                refused.expect_err("refused").kind,
                "not-found",
                "{path}/{id}"
            );
        }
    }
    for query in [
        "limit=9223372036854775808",
        "limit=-1",
        "limit=0",
        "limit=201",
        "cursor=AAAA",
        "open=maybe",
        "device=%27%20OR%201=1--",
    ] {
        let refused = api
            .ask(Method::GET, &format!("/api/v1/sessions?{query}"))
            .await;
        let status = refused.expect_err("refused").status;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_sent_again_is_answered_again_and_not_done_again() {
    let world = World::start().await;
    let api = Api::new(&world).await;
    let tenant = world.app.core.tenant(None).await.expect("a tenant").id;
    let path = "/api/v1/tickets";
    let wish = serde_json::json!({ "customer": tenant, "uses": 2 });
    let made = api.post(path, "one", &wish).await;
    assert!((200..300).contains(&made.0), "{made:?}");
    let again = api.post(path, "one", &wish).await;
    assert_eq!((again.0, &again.2), (made.0, &made.2), "the secret as well");
    assert!(made.1.get("idempotency-replayed").is_none());
    assert_eq!(again.1["idempotency-replayed"], "true");
    assert_eq!(again.1["content-type"], made.1["content-type"]);
    let tickets = api.get(path).await;
    assert_eq!(tickets["items"].as_array().map(Vec::len), Some(1));

    let other = serde_json::json!({ "customer": tenant, "uses": 3 });
    let differs = api.post(path, "one", &other).await;
    assert_eq!(
        (differs.0, &differs.2["type"]),
        (422, &"/problems/repeat-differs".into())
    );
    // What was refused did nothing, so the same name may be tried again with what is right.
    let nobody = serde_json::json!({ "customer": "00000000-0000-7000-8000-000000000000" });
    let refused = api.post(path, "two", &nobody).await;
    assert!(refused.0 == 404 || refused.0 == 400, "{refused:?}");
    assert!((200..300).contains(&api.post(path, "two", &other).await.0));
    let long = "x".repeat(300);
    assert_eq!(api.post(path, &long, &wish).await.0, 400);

    // Nothing of the answer can be read in the database.
    let secret = made.2["ticket"].as_str().expect("the ticket").to_owned();
    let file = std::fs::read(crate::world::database(world.folder.path())).expect("reads");
    let log = crate::world::database(world.folder.path()).with_extension("db-wal");
    let log = std::fs::read(log).unwrap_or_default();
    let part = &secret.as_bytes()[secret.len() - 20..];
    for bytes in [file, log] {
        assert!(!bytes.windows(part.len()).any(|window| window == part));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_once_with_one_name_one_is_done() {
    let world = World::start().await;
    let api = Api::new(&world).await;
    let tenant = world.app.core.tenant(None).await.expect("a tenant").id;
    let wish = serde_json::json!({ "customer": tenant });
    let ask = || api.post("/api/v1/tickets", "same", &wish);
    let (a, b, c, d) = tokio::join!(ask(), ask(), ask(), ask());
    for (status, _, body) in [a, b, c, d] {
        let open = status == 409 && body["type"] == "/problems/repeat-open";
        assert!(open || (200..300).contains(&status), "{status} {body}");
    }
    let tickets = api.get("/api/v1/tickets").await;
    assert_eq!(tickets["items"].as_array().map(Vec::len), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_to_be_done_once_is_read_no_further_than_its_endpoint_reads() {
    let world = World::start().await;
    let api = Api::new(&world).await;
    let chunk = || Ok::<_, std::io::Error>(vec![b' '; 100 * 1024]);
    // More than the endpoint takes and far less than a catalogue, and then nothing more.
    let begun = stream::iter([chunk()]).chain(stream::pending());
    let request = Agent::new(&world).request(Method::POST, "/api/v1/tickets");
    let request = request
        .header(COOKIE, &api.cookie)
        .header("content-type", "application/json")
        .header("idempotency-key", "one")
        .body(reqwest::Body::wrap_stream(begun));
    let answer = tokio::time::timeout(PATIENCE, request.send()).await;
    let answer = answer.expect("does not wait for the rest");
    assert_eq!(answer.expect("an answer").status(), 413);
}
