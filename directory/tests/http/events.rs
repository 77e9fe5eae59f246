//! Claims about the event stream: who hears what, from when, and until when.

use std::time::Duration;

use farpane_directory::audit::Actor;
use reqwest::header::{COOKIE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Response, StatusCode};

use crate::agents::{Agent, Stream, host, present, relay, report};
use crate::console::sign_in;
use crate::world::World;

/// How long a test waits for what must come.
const WAIT: Duration = Duration::from_secs(20);

struct Listener {
    response: Response,
    read: String,
}

/// An event as it came: its kind, its number, its data.
#[derive(Debug)]
struct Heard {
    event: String,
    id: Option<u64>,
    data: serde_json::Value,
}

async fn ask(world: &World, cookie: &str, headers: HeaderMap) -> Response {
    let request = Agent::new(world).request(Method::GET, "/api/v1/events");
    let request = request.header(COOKIE, cookie).headers(headers);
    request.send().await.expect("an answer")
}

impl Listener {
    async fn open(world: &World, cookie: &str, after: Option<u64>) -> Self {
        let mut headers = HeaderMap::new();
        if let Some(after) = after {
            headers.insert("last-event-id", HeaderValue::from(after));
        }
        let response = ask(world, cookie, headers).await;
        assert_eq!(response.status(), StatusCode::OK);
        Self {
            response,
            read: String::new(),
        }
    }

    /// The next event; `None` at the end of the stream.
    async fn next(&mut self) -> Option<Heard> {
        loop {
            if let Some((block, rest)) = self.read.split_once("\n\n") {
                let field = |name: &str| {
                    let mut lines = block.lines();
                    lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
                };
                let heard = field("event").map(|event| Heard {
                    event: event.into(),
                    id: field("id").and_then(|id| id.parse().ok()),
                    data: serde_json::from_str(field("data").unwrap_or("null")).expect("JSON"),
                });
                self.read = rest.to_owned();
                match heard {
                    Some(heard) => return Some(heard),
                    None => continue,
                }
            }
            let chunk = tokio::time::timeout(WAIT, self.response.chunk()).await;
            let chunk = chunk.expect("in time").ok().flatten()?;
            self.read
                .push_str(std::str::from_utf8(&chunk).expect("text"));
        }
    }

    /// The next event of a kind; others are passed over.
    async fn next_of(&mut self, event: &str) -> Heard {
        loop {
            let heard = self.next().await.expect("goes on");
            if heard.event == event {
                return heard;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_is_heard_whoever_did_it() {
    let world = World::start().await;
    let cookie = sign_in(&world).await;
    let till = host(&world, "till").await;
    let mut stream = Listener::open(&world, &cookie, None).await;
    assert_eq!(stream.next().await.expect("begins").event, "ready");
    let core = &world.app.core;
    let renamed = core.rename_device(till.id, "till 2", Actor::Operator);
    renamed.await.expect("renames");
    let heard = stream.next_of("device").await;
    assert_eq!(heard.data["what"], "device.renamed");
    assert_eq!(heard.data["about"]["device"], till.id.to_string());
    assert!(!heard.data.to_string().contains("till 2"), "no names");

    let relay = relay(&world, "one").await;
    let _orders = Stream::open(&relay).await;
    assert_eq!(stream.next_of("relay").await.data["connected"], true);
    let here = till.at(relay.public(), 1);
    report(&relay, &present(true, vec![here]))
        .await
        .expect("taken");
    let heard = stream.next_of("presence").await;
    assert_eq!(heard.data[0]["device"], till.id.to_string());
    assert_eq!(heard.data[0]["state"], "reachable");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_that_comes_back_hears_what_it_missed() {
    let world = World::start().await;
    let cookie = sign_in(&world).await;
    let till = host(&world, "till").await;
    let mut stream = Listener::open(&world, &cookie, None).await;
    let left_at = stream.next().await.expect("begins").id;
    drop(stream);
    for name in ["a", "b"] {
        let core = &world.app.core;
        let renamed = core.rename_device(till.id, name, Actor::Operator);
        renamed.await.expect("renames");
    }
    let mut stream = Listener::open(&world, &cookie, left_at).await;
    let (first, second) = (
        stream.next_of("device").await.id,
        stream.next_of("device").await.id,
    );
    assert!(
        left_at < first && first < second,
        "{left_at:?} {first:?} {second:?}"
    );

    // From before a restored backup, or from too long ago.
    let mut stream = Listener::open(&world, &cookie, Some(u64::MAX)).await;
    assert_eq!(stream.next().await.expect("begins").event, "resync");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_out_hears_nothing_more() {
    let world = World::start().await;
    let cookie = sign_in(&world).await;
    let mut stream = Listener::open(&world, &cookie, None).await;
    assert_eq!(stream.next().await.expect("begins").event, "ready");
    let out = Agent::new(&world).request(Method::POST, "/sign-out");
    out.header(COOKIE, &cookie).send().await.expect("signs out");
    while let Some(heard) = stream.next().await {
        assert_eq!(heard.event, "administration");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_other_sites_cannot_listen() {
    let world = World::start().await;
    let cookie = sign_in(&world).await;
    let ours = world.url("");
    for (name, value, expected) in [
        ("origin", "https://evil.example", StatusCode::FORBIDDEN),
        ("origin", "null", StatusCode::FORBIDDEN),
        ("sec-fetch-site", "cross-site", StatusCode::FORBIDDEN),
        ("sec-fetch-site", "same-site", StatusCode::FORBIDDEN),
        ("origin", ours.as_str(), StatusCode::OK),
        ("sec-fetch-site", "same-origin", StatusCode::OK),
    ] {
        let mut headers = HeaderMap::new();
        let header = HeaderName::from_static(name);
        headers.insert(header, HeaderValue::from_str(value).expect("a value"));
        let answer = ask(&world, &cookie, headers).await;
        assert_eq!(answer.status(), expected, "{name}: {value}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_person_has_so_many_streams_and_no_more() {
    let world = World::start().await;
    let cookie = sign_in(&world).await;
    let mut open = Vec::new();
    let refused = loop {
        let answer = ask(&world, &cookie, HeaderMap::new()).await;
        if answer.status() != StatusCode::OK {
            break answer.status();
        }
        open.push(answer);
        assert!(open.len() < 100, "there is no bound");
    };
    assert_eq!(refused, StatusCode::SERVICE_UNAVAILABLE);
    open.clear();
}
