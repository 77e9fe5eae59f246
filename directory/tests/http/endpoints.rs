//! The table of who may use which endpoint: every endpoint, tried by everybody.

use farpane_directory::http::Endpoint;
use reqwest::header::{CONTENT_TYPE, COOKIE, LOCATION};

use crate::agents::{Agent, host, relay, viewer};
use crate::console::sign_in;
use crate::golden;
use crate::world::World;

/// Whether the door opened: what lies behind it may still refuse what was said.
fn is_open(status: u16, location: Option<&str>, kind: &str) -> bool {
    let turned_away = ["token-needed", "token-unknown", "wrong-part", "key-unknown"];
    let sent_to_sign_in =
        status == 303 && location.is_some_and(|to| to.split('?').next() == Some("/sign-in"));
    !sent_to_sign_in && !turned_away.contains(&kind)
}

#[tokio::test(flavor = "multi_thread")]
async fn endpoint_table_is_the_golden_one() {
    let world = World::start().await;
    let cookie = sign_in(&world).await;
    let stranger = Agent::new(&world);
    let host = host(&world, "till").await.agent;
    let relay = relay(&world, "one").await;
    let viewer = viewer(&world).await;
    let mut rows = String::new();
    for endpoint in Endpoint::ALL {
        let path = endpoint
            .path()
            .replace("{id}", "00000000-0000-0000-0000-000000000000");
        let mut open = Vec::new();
        for (who, agent, cookie) in [
            ("stranger", &stranger, None),
            ("host", &host, None),
            ("relay", &relay, None),
            ("viewer", &viewer, None),
            ("person", &stranger, Some(&cookie)),
        ] {
            // Signing the person out would end the table early.
            if path == "/sign-out" && cookie.is_some() {
                open.push(who);
                continue;
            }
            let mut request = agent.request(endpoint.method(), &path);
            if let Some(cookie) = cookie {
                request = request.header(COOKIE, cookie);
            }
            let response = request.send().await.expect("an answer");
            let status = response.status().as_u16();
            assert!(
                status < 500,
                "{} {path} by {who}: {status}",
                endpoint.method()
            );
            let location = response.headers().get(LOCATION).cloned();
            let location = location.as_ref().and_then(|value| value.to_str().ok());
            // An event stream would go on.
            let is_stream = response
                .headers()
                .get(CONTENT_TYPE)
                .is_some_and(|kind| kind == "text/event-stream");
            let text = if is_stream {
                String::new()
            } else {
                response.text().await.unwrap_or_default()
            };
            let problem: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
            let kind = problem["type"].as_str().unwrap_or_default();
            let kind = kind.trim_start_matches("/problems/");
            if is_open(status, location, kind) {
                open.push(who);
            }
        }
        let open = open.join(" ");
        rows.push_str(&format!(
            "{} {}: {open}\n",
            endpoint.method(),
            endpoint.path()
        ));
    }
    golden::same("endpoints.txt", &rows);
}
