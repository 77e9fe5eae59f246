//! The record over HTTP: found, verified and taken out, by those who may.

use farpane_directory::audit::export::check;
use farpane_directory::audit::{ChainId, Event};
use farpane_directory::policy::second_person::SecondPerson;
use farpane_directory::store::requests::Verdict;
use reqwest::header::COOKIE;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::agents::{Agent, host};
use crate::console::{between, form, get, sign_in};
use crate::seed::Seeded;
use crate::world::World;

async fn ask(world: &World, cookie: &str, method: Method, path: &str) -> (StatusCode, Value) {
    let request = Agent::new(world)
        .request(method, path)
        .header(COOKIE, cookie);
    let answer = request.send().await.expect("an answer");
    let status = answer.status();
    (status, answer.json().await.unwrap_or_default())
}

/// Every record of a list, page by page.
async fn all(world: &World, cookie: &str, query: &str) -> Vec<Value> {
    let (mut items, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/v1/audit?limit=2&{query}{cursor}");
        let (status, page) = ask(world, cookie, Method::GET, &path).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        items.extend(page["items"].as_array().expect("a list").clone());
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return items,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn records_are_found_page_by_page_and_only_ones_own() {
    let seeded = Seeded::start().await;
    let world = &seeded.world;
    let till = host(world, "till-07").await;
    let owner = seeded.cookie("owner");
    let every = all(world, owner, "").await;
    assert_eq!(every.len(), world.records().await.len());
    assert!(every.is_sorted_by(|a, b| a["number"].as_u64() > b["number"].as_u64()));
    let enrolled = all(world, owner, "device=till-07&kind=device_enrolled&from=1h").await;
    assert_eq!(enrolled.len(), 1, "{enrolled:?}");
    assert_eq!(
        enrolled[0]["record"]["event"]["device"],
        till.id.to_string()
    );
    assert_eq!(enrolled[0]["personal"]["name"], "till-07");
    assert!(all(world, owner, "until=2020-01-01").await.is_empty());
    assert!(
        all(world, owner, "person=nobody@example.org")
            .await
            .is_empty()
    );
    let whole = all(world, owner, "customer=acme%20msp").await;
    assert!(!whole.is_empty() && whole.iter().all(|one| one["record"]["tenant"].is_null()));

    // Whoever looks after one customer reads that customer's chain and nothing else.
    let own = all(world, seeded.cookie("admin"), "").await;
    let tenant = seeded.tenant.to_string();
    assert!(!own.is_empty() && own.iter().all(|one| one["chain"] == tenant));
    let foreign = all(world, seeded.cookie("other-customer"), "").await;
    assert!(foreign.iter().all(|one| one["chain"] != tenant));
    let hidden = format!("customer={tenant}");
    assert!(
        all(world, seeded.cookie("other-customer"), &hidden)
            .await
            .is_empty()
    );
    let (status, _) = ask(
        world,
        seeded.cookie("technician"),
        Method::GET,
        "/api/v1/audit",
    )
    .await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let wrong = ask(world, owner, Method::GET, "/api/v1/audit?from=soon").await;
    assert_eq!(wrong.0, StatusCode::BAD_REQUEST);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_is_verified_signed_and_taken_out() {
    let seeded = Seeded::start().await;
    let world = &seeded.world;
    world.app.sign_chains(true).await.expect("signs");
    let admin = seeded.cookie("admin");
    let (_, chains) = ask(world, admin, Method::GET, "/api/v1/audit/chains").await;
    let tenant = seeded.tenant.to_string();
    assert_eq!(
        chains["items"].as_array().map(Vec::len),
        Some(1),
        "{chains}"
    );
    let path = format!("/api/v1/audit/chains/{tenant}");
    let (_, chain) = ask(world, admin, Method::GET, &path).await;
    assert_eq!(chain["intact"], true, "{chain}");
    assert_eq!(chain["signed"], chain["records"]);
    let (_, points) = ask(world, admin, Method::GET, &format!("{path}/checkpoints")).await;
    assert_eq!(points["items"][0]["seq"], chain["signed"], "{points}");
    let foreign = format!("/api/v1/audit/chains/{}", world.app.core.org.id);
    let (status, _) = ask(world, admin, Method::GET, &foreign).await;
    assert_eq!(status, StatusCode::NOT_FOUND);

    let request = Agent::new(world).request(Method::POST, "/api/v1/audit/export");
    let request = request.header(COOKIE, admin).json(&json!({}));
    let file = request.send().await.expect("an answer");
    assert_eq!(file.status(), StatusCode::OK);
    let file = file.text().await.expect("a file");
    let checked = check(file.as_bytes(), None).expect("holds");
    assert_eq!(checked.header.chains.len(), 1);
    assert_eq!(
        checked.header.chains[0].chain,
        ChainId::Tenant(seeded.tenant)
    );
    assert_eq!(Value::from(checked.records), chain["records"]);
    let records = world.records().await;
    assert!(matches!(
        records.last().map(|(body, _)| &body.event),
        Some(Event::AuditExported { .. })
    ));

    // The same from the page, and a second person where the organisation wants one.
    let (status, page) = get(world, "/audit", admin).await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("action=\"/audit/export\""));
    let rules = SecondPerson {
        export_audit: true,
        ..SecondPerson::default()
    };
    seeded
        .operator()
        .set_second_person(rules)
        .await
        .expect("sets");
    let held = form(world, "/audit/export", Some(admin), "").await;
    assert_ne!(held.status(), StatusCode::OK);
    let waiting = seeded.operator().requests().await.expect("reads");
    let request = waiting.first().expect("a request").request.id;
    let approved = seeded
        .operator()
        .decide_request(request, Verdict::Approved, "")
        .await;
    approved.expect("approves");
    let file = form(world, "/audit/export", Some(admin), "").await;
    assert_eq!(file.status(), StatusCode::OK);
    let file = file.text().await.expect("a file");
    check(file.as_bytes(), None).expect("holds");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_leads_through_the_whole_record() {
    let world = World::start().await;
    let cookie = sign_in(&world).await;
    let till = host(&world, "till-01").await;
    let operator = world.operator();
    for n in 0..120 {
        let name = format!("name-{n}");
        operator
            .rename_device(till.id, &name)
            .await
            .expect("renames");
    }
    let (_, newest) = get(&world, "/audit?what=device_renamed", &cookie).await;
    assert!(
        newest.contains("name-119") && !newest.contains("name-3<"),
        "{newest}"
    );
    let next = between(
        &newest,
        "href=\"/audit?what=device%5Frenamed&#38;page=",
        "\"",
    );
    let next = format!("/audit?what=device_renamed&page={next}");
    let (_, older) = get(&world, &next, &cookie).await;
    assert!(older.contains("name-0<") && !older.contains("name-119"));
    let (_, nothing) = get(&world, "/audit?device=nowhere", &cookie).await;
    assert!(nothing.contains("No record fits"));
    let (_, wrong) = get(&world, "/audit?from=soon", &cookie).await;
    assert!(wrong.contains("The time"));
}
