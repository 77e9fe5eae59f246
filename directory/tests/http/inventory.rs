//! Claims about what hosts report: what is refused, and what is made harmless.

use farpane_protocol::api::inventory::{Inventory, Monitor, Software};
use farpane_protocol::api::path;
use reqwest::header::CONTENT_TYPE;
use serde_json::json;

use crate::agents::{Agent, Answer, host, read};
use crate::world::World;

async fn send(agent: &Agent, body: String) -> Answer<()> {
    let request = agent.request(reqwest::Method::POST, path::HOST_INVENTORY);
    let request = request.header(CONTENT_TYPE, "application/json").body(body);
    read(request.send().await.expect("an answer")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_report_is_refused_or_made_harmless() {
    let world = World::start().await;
    let host = host(&world, "till").await;
    let (agent, device) = (host.agent, host.id);

    let row = r#"{"name":"x","version":"1"},"#;
    let million = format!(r#"{{"software":[{}{{}}]}}"#, row.repeat(1_000_000));
    let refused = agent.request(reqwest::Method::POST, path::HOST_INVENTORY);
    let refused = refused
        .header(CONTENT_TYPE, "application/json")
        .body(million);
    // The server may answer before it has read everything, or cut the connection.
    if let Ok(answer) = refused.send().await {
        assert_eq!(answer.status(), 413);
    }
    let deep = format!(
        r#"{{"monitors":{}{}}}"#,
        "[".repeat(90_000),
        "]".repeat(90_000)
    );
    let refused = send(&agent, deep).await.expect_err("refused");
    assert_eq!(refused.status, 400);
    let wrong = json!({ "hardware": { "cores": -1 } }).to_string();
    assert_eq!(send(&agent, wrong).await.expect_err("refused").status, 400);

    let org = world.app.core.org.id;
    let kept = world.app.core.store.inventory(org, device).await;
    assert_eq!(kept.expect("reads"), None);

    let many = (0..15_000).map(|n| Software {
        name: format!("p{n}"),
        version: String::new(),
    });
    let hostile = Inventory {
        monitors: vec![Monitor {
            name: "\u{202e}<img src=x onerror=alert(1)>\0\u{1b}[2J\n".into(),
            width: u32::MAX,
            ..Monitor::default()
        }],
        software: many.collect(),
        ..Inventory::default()
    };
    send(&agent, serde_json::to_string(&hostile).expect("writes"))
        .await
        .expect("is taken");
    let kept = world.app.core.store.inventory(org, device).await;
    let kept = kept.expect("reads").expect("is there").inventory;
    assert_eq!(kept.monitors[0].name, "<img src=x onerror=alert(1)>[2J");
    assert_eq!(
        kept.software.len(),
        farpane_protocol::api::inventory::SOFTWARE_MOST
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_reports_without_end_is_told_to_wait() {
    let world = World::start().await;
    let agent = host(&world, "till").await.agent;
    for n in 0..farpane_directory::model::inventory::REPORTS_A_DAY {
        let report = json!({ "hardware": { "cores": n + 1 } }).to_string();
        send(&agent, report).await.expect("is taken");
    }
    let refused = send(&agent, json!({}).to_string())
        .await
        .expect_err("refused");
    assert_eq!(
        (refused.status, refused.kind.as_str()),
        (429, "reports-used-up")
    );
}
