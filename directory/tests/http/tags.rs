//! Claims about `ETag` and `If-Match`: a change that rests on an old look does nothing.

use reqwest::header::{COOKIE, ETAG, IF_MATCH};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::agents::Agent;
use crate::seed::Seeded;
use crate::world::World;

async fn ask(
    world: &World,
    cookie: &str,
    (method, path): (Method, &str),
    body: &Value,
    tag: Option<&str>,
) -> Response {
    let mut request = Agent::new(world)
        .request(method, path)
        .header(COOKIE, cookie);
    if let Some(tag) = tag {
        request = request.header(IF_MATCH, tag);
    }
    if !body.is_null() {
        request = request.json(body);
    }
    request.send().await.expect("an answer")
}

async fn tag_of(world: &World, cookie: &str, path: &str) -> String {
    let seen = ask(world, cookie, (Method::GET, path), &Value::Null, None).await;
    assert_eq!(seen.status(), 200, "{path}");
    let tag = seen.headers().get(ETAG);
    let tag = tag.unwrap_or_else(|| panic!("{path} has a tag"));
    tag.to_str().expect("text").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_rests_on_an_old_look_is_refused() {
    let seeded = Seeded::start().await;
    let (world, owner) = (&seeded.world, seeded.cookie("owner"));
    let named = |name: &str| json!({ "name": name });
    let role = |name: &str| json!({ "name": name, "rights": {} });
    let idle = |seconds: u64| json!({ "second_factor": false, "idle_seconds": seconds, "life_seconds": 86_400 });
    let thing = async |part: &str| seeded.thing(part, owner).await;
    let (patch, put) = (Method::PATCH, Method::PUT);
    for (path, by, first, second) in [
        (
            format!("/api/v1/catalogue/devices/{}", thing("devices").await),
            &patch,
            named("till-1"),
            named("till-2"),
        ),
        (
            format!("/api/v1/catalogue/customers/{}", thing("customers").await),
            &patch,
            named("Bergen 1"),
            named("Bergen 2"),
        ),
        (
            format!("/api/v1/catalogue/places/{}", thing("places").await),
            &patch,
            named("Shop 1"),
            named("Shop 2"),
        ),
        (
            format!("/api/v1/people/{}", thing("people").await),
            &patch,
            named("Cy One"),
            named("Cy Two"),
        ),
        (
            format!("/api/v1/groups/{}", thing("groups").await),
            &patch,
            named("Nights 1"),
            named("Nights 2"),
        ),
        (
            format!("/api/v1/roles/{}", thing("roles").await),
            &put,
            role("Helpers 1"),
            role("Helpers 2"),
        ),
        (
            "/api/v1/organisation".into(),
            &patch,
            named("Acme 1"),
            named("Acme 2"),
        ),
        (
            "/api/v1/versions".into(),
            &put,
            json!({ "host": "0.0.1" }),
            json!({ "host": "0.0.2" }),
        ),
        (
            "/api/v1/sign-in-rules".into(),
            &put,
            idle(3_600),
            idle(7_200),
        ),
        (
            "/api/v1/access/second-person".into(),
            &put,
            json!({ "remove_over": 9 }),
            json!({ "remove_over": 8 }),
        ),
    ] {
        let change = async |body: &Value, tag: &str| {
            ask(world, owner, (by.clone(), &path), body, Some(tag)).await
        };
        let old = tag_of(world, owner, &path).await;
        let done = change(&first, &old).await;
        assert!(
            done.status().is_success(),
            "{path}: {}",
            done.text().await.expect("text")
        );
        let new = tag_of(world, owner, &path).await;
        assert_ne!(old, new, "{path}");
        for stale in [&old, &format!("W/{new}")] {
            let refused = change(&second, stale).await;
            assert_eq!(refused.status(), 412, "{path}");
            let problem: Value = refused.json().await.expect("a problem");
            assert_eq!(problem["type"], "/problems/changed", "{problem}");
        }
        assert_eq!(
            tag_of(world, owner, &path).await,
            new,
            "{path}: nothing was done"
        );
        let done = change(&second, &format!("{old}, {new}")).await;
        assert!(done.status().is_success(), "{path}");
        if path.matches('/').count() > 3 && !path.contains("second-person") {
            let remove = async |tag: &str| {
                ask(
                    world,
                    owner,
                    (Method::DELETE, &path),
                    &Value::Null,
                    Some(tag),
                )
                .await
            };
            assert_eq!(remove(&new).await.status(), 412, "{path}");
            let gone = remove("*").await.status();
            assert!(gone.is_success(), "{path}: {gone}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_changes_that_rest_on_the_same_look_one_is_done() {
    let seeded = Seeded::start().await;
    let (world, owner) = (&seeded.world, seeded.cookie("owner"));
    let path = format!("/api/v1/groups/{}", seeded.thing("groups", owner).await);
    let tag = tag_of(world, owner, &path).await;
    let change = async |name: &str| {
        let body = json!({ "name": name });
        let answer = ask(world, owner, (Method::PATCH, &path), &body, Some(&tag)).await;
        answer.status().as_u16()
    };
    let (one, other) = tokio::join!(change("Nights"), change("Days"));
    let mut statuses = [one, other];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_tells_nothing_of_what_may_not_be_seen() {
    let seeded = Seeded::start().await;
    let (world, other) = (&seeded.world, seeded.cookie("other-organisation"));
    let group = seeded.thing("groups", other).await;
    let path = format!("/api/v1/groups/{group}");
    let body = json!({ "name": "Mine" });
    let mut said = Vec::new();
    for tag in ["\"old\"", "*"] {
        let answer = ask(world, other, (Method::PATCH, &path), &body, Some(tag)).await;
        assert!(answer.headers().get(ETAG).is_none());
        said.push((
            answer.status().as_u16(),
            answer.json::<Value>().await.expect("a problem")["type"].take(),
        ));
    }
    assert_eq!(said[0], said[1]);
    assert_eq!(said[0].0, 404);
    let bad = ask(world, other, (Method::PATCH, &path), &body, Some("old")).await;
    assert_eq!(bad.status(), 400);
}
