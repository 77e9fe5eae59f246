//! Claims about `/api/v1` as programs use it: what is listed, page by page, and what is done.

use farpane_protocol::outcome::EndReason;
use reqwest::header::COOKIE;
use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::agents::{Agent, Answer, read, scene};
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
