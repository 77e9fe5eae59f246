//! Claims about what no client of ours would send to `/api/v1`: whatever it is, the answer is a
//! refusal that says so, never a failure of ours and never a secret of the inside.

use farpane_directory::http::{Endpoint, openapi};
use reqwest::header::{CONTENT_TYPE, COOKIE, HeaderMap, HeaderValue};
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

use crate::agents::Agent;
use crate::console::sign_in;
use crate::world::World;

/// Words that an inside of ours would say and an answer must not.
const INSIDE: [&str; 6] = [
    "sqlx",
    "SQLITE",
    "syntax error",
    "panicked",
    "serde",
    ".rs:",
];

struct Owner<'a> {
    world: &'a World,
    cookie: String,
}

impl Owner<'_> {
    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = Agent::new(self.world).request(method, path);
        request.header(COOKIE, &self.cookie)
    }

    async fn refused(&self, request: RequestBuilder, what: &str) {
        let Ok(answer) = request.send().await else {
            // Cut off before it was read: that is a refusal too.
            return;
        };
        let status = answer.status().as_u16();
        let body = answer.text().await.unwrap_or_default();
        assert!((400..500).contains(&status), "{what}: {status} {body}");
        for word in INSIDE {
            assert!(!body.contains(word), "{what}: {body}");
        }
    }
}

/// Endpoints that read a JSON body, with a path that names something that is not there.
fn reading() -> Vec<(Method, String)> {
    let text: Value = serde_json::from_str(openapi::text()).expect("is JSON");
    let reads = |endpoint: &&Endpoint| {
        let method = endpoint.method().as_str().to_lowercase();
        let body = &text["paths"][endpoint.path()][&method]["requestBody"];
        body["content"]["application/json"].is_object() && body["required"] == true
    };
    // Viewers of later versions may say more than this directory knows.
    let of_viewers = |endpoint: &&Endpoint| {
        endpoint.path().starts_with("/api/v1/viewers") || *endpoint == &Endpoint::RequestSession
    };
    let found = Endpoint::ALL.iter().filter(reads);
    let found = found.filter(|endpoint| !of_viewers(endpoint));
    found
        .map(|endpoint| {
            let parts = endpoint.path().split('/').map(|part| {
                let varies = part.starts_with('{');
                if varies {
                    "00000000-0000-7000-8000-000000000000"
                } else {
                    part
                }
            });
            (endpoint.method(), parts.collect::<Vec<_>>().join("/"))
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_make_no_sense_are_refused_everywhere() {
    let world = World::start().await;
    let owner = Owner {
        cookie: sign_in(&world).await,
        world: &world,
    };
    let deep = [b"[".repeat(10_000), b"]".repeat(10_000)].concat();
    let bodies: [(&str, Vec<u8>); 9] = [
        ("nothing", b"".to_vec()),
        ("null", b"null".to_vec()),
        ("a list", b"[]".to_vec()),
        ("a number", b"1e400".to_vec()),
        ("too deep", deep),
        ("not UTF-8", b"{\"name\":\"\xff\"}".to_vec()),
        ("cut off", b"{\"name\":".to_vec()),
        ("more than one", b"{} {}".to_vec()),
        (
            "what nobody asked for",
            b"{\"org\":1,\"role\":\"owner\"}".to_vec(),
        ),
    ];
    let endpoints = reading();
    assert!(
        !endpoints.is_empty(),
        "the description says who reads a body"
    );
    for (method, path) in endpoints {
        for (name, body) in &bodies {
            let request = owner.request(method.clone(), &path).body(body.clone());
            let request = request.header(CONTENT_TYPE, "application/json");
            owner
                .refused(request, &format!("{method} {path}: {name}"))
                .await;
        }
        let wrong = owner.request(method.clone(), &path).body("a=b");
        let wrong = wrong.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        owner
            .refused(wrong, &format!("{method} {path}: a form"))
            .await;
        let huge = owner
            .request(method.clone(), &path)
            .body(vec![b' '; 10 * 1024 * 1024]);
        let huge = huge.header(CONTENT_TYPE, "application/json");
        owner
            .refused(huge, &format!("{method} {path}: 10 MiB"))
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_that_make_no_sense_are_refused_or_lead_nowhere() {
    let world = World::start().await;
    let owner = Owner {
        cookie: sign_in(&world).await,
        world: &world,
    };
    for path in [
        "/api/v1/sessions/..%2f..%2fetc%2fpasswd",
        "/api/v1/sessions/%00",
        "/api/v1/sessions/%ff%fe",
        "/api/v1/sessions;x=1",
        "/api/v1/sessions/",
        "/api/v1//sessions",
        "/api/v1/%73essions/x",
        "/API/v1/sessions",
        "/api/v1/sessions?limit=9223372036854775808",
        "/api/v1/sessions?limit=1&limit=2",
        "/api/v1/sessions?customer=%27%20OR%201%3D1--",
        "/api/v1/sessions?cursor=%27;DROP%20TABLE%20session",
        "/api/v1/sessions?open=1",
        "/setup",
        "/setup/x",
        "/api/docs/..%2fopenapi.json",
        "/api/docs/index.html",
    ] {
        owner.refused(owner.request(Method::GET, path), path).await;
    }
    // No method but its own does anything, whatever a header says.
    let mut headers = HeaderMap::new();
    headers.insert("x-http-method-override", HeaderValue::from_static("POST"));
    let request = owner
        .request(Method::PUT, "/api/v1/sessions")
        .headers(headers);
    owner.refused(request, "PUT with an override").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_headers_than_any_browser_sends_are_refused() {
    let world = World::start().await;
    let owner = Owner {
        cookie: sign_in(&world).await,
        world: &world,
    };
    let mut request = owner.request(Method::GET, "/api/v1/me");
    for n in 0..10_000 {
        request = request.header(format!("x-h{n}"), "v");
    }
    owner.refused(request, "10,000 headers").await;
    let long = owner.request(Method::GET, "/api/v1/me");
    owner
        .refused(long.header("x-long", "v".repeat(100_000)), "a long header")
        .await;
    let fine = owner.request(Method::GET, "/api/v1/me").send().await;
    assert_eq!(fine.expect("an answer").status(), 200);
}
