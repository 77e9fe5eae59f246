//! Claims about the description of the interface and the pages that show it.

use farpane_directory::http::{Endpoint, openapi};
use reqwest::Method;

use crate::agents::Agent;
use crate::golden;
use crate::world::World;

#[test]
fn description_is_the_golden_one() {
    golden::same("openapi.json", openapi::text());
}

#[test]
fn every_endpoint_of_the_interface_is_described() {
    let text: serde_json::Value = serde_json::from_str(openapi::text()).expect("is JSON");
    let paths = &text["paths"];
    for endpoint in Endpoint::ALL {
        if !endpoint.path().starts_with("/api/v1/") {
            continue;
        }
        let method = endpoint.method().as_str().to_lowercase();
        let operation = &paths[endpoint.path()][&method];
        let shown = format!("{method} {}", endpoint.path());
        assert!(
            operation["summary"].is_string(),
            "{shown} says nothing of itself"
        );
        assert!(operation["operationId"].is_string(), "{shown} has no name");
        // What the path leaves open is described.
        let described = operation["parameters"].as_array().cloned();
        let described = described.unwrap_or_default();
        for part in endpoint
            .path()
            .split('/')
            .filter(|part| part.starts_with('{'))
        {
            let name = part.trim_matches(['{', '}']);
            let found = described
                .iter()
                .any(|one| one["in"] == "path" && one["name"] == name);
            assert!(found, "{shown} does not describe {part}");
        }
    }
}

#[test]
fn everything_that_the_description_points_at_is_in_it() {
    let text: serde_json::Value = serde_json::from_str(openapi::text()).expect("is JSON");
    let mut open = vec![&text];
    while let Some(value) = open.pop() {
        if let Some(target) = value.get("$ref").and_then(|target| target.as_str()) {
            let pointer = target.strip_prefix('#').expect("within the document");
            assert!(text.pointer(pointer).is_some(), "{target} is missing");
        }
        open.extend(value.as_array().into_iter().flatten());
        open.extend(
            value
                .as_object()
                .into_iter()
                .flat_map(|fields| fields.values()),
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reference_pages_come_from_our_own_server_with_nothing_inline() {
    let world = World::start().await;
    let stranger = Agent::new(&world);
    let get = async |path: &str| {
        let request = stranger.request(Method::GET, path);
        request.send().await.expect("an answer")
    };
    let page = get("/api/docs").await;
    let policy = page.headers()["content-security-policy"].to_str();
    assert!(!policy.expect("text").contains("unsafe"));
    let page = page.text().await.expect("text");
    assert!(!page.contains("http") && !page.contains("style="), "{page}");
    for tag in page.split("<script").skip(1) {
        assert!(tag.contains(" src=\"/"), "{tag}");
    }
    for file in page
        .split('"')
        .filter(|text| text.starts_with("/api/docs/"))
    {
        let answer = get(file).await;
        assert_eq!(answer.status(), 200, "{file}");
    }
    assert_eq!(get("/api/docs/index.html").await.status(), 404);
    let served = get("/openapi.json").await.text().await.expect("text");
    assert_eq!(served, openapi::text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_problem_names_its_kind_and_the_request_that_it_answers() {
    let world = World::start().await;
    let stranger = Agent::new(&world);
    let request = stranger.request(Method::GET, "/api/v1/nothing");
    let answer = request.header("x-request-id", "mine").send().await;
    let answer = answer.expect("an answer");
    let kind = &answer.headers()["content-type"];
    assert_eq!(kind, "application/problem+json");
    let id = answer.headers()["x-request-id"]
        .to_str()
        .expect("text")
        .to_owned();
    assert_ne!(id, "mine");
    let problem: serde_json::Value = answer.json().await.expect("is JSON");
    assert_eq!(problem["type"], "/problems/not-found");
    assert_eq!(problem["title"], "Not found");
    assert_eq!(problem["instance"], format!("urn:uuid:{id}"));
}
