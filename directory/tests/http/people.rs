//! Claims about `/api/v1` for who may do what: one person's day, from the first role to the last.

use reqwest::Method;
use reqwest::header::COOKIE;
use serde_json::{Value, json};

use crate::agents::Agent;
use crate::console::sign_in;
use crate::rights::hire;
use crate::world::World;

const BO: &str = "bo@example.org";

/// Somebody who uses the interface, by cookie or by token.
enum Who<'a> {
    Cookie(&'a str),
    Token(&'a str),
}

async fn call(
    world: &World,
    who: &Who<'_>,
    (method, path): (Method, &str),
    body: Option<Value>,
) -> (u16, Value) {
    let mut request = Agent::new(world).request(method, &format!("/api/v1{path}"));
    request = match who {
        Who::Cookie(cookie) => request.header(COOKIE, *cookie),
        Who::Token(token) => request.bearer_auth(token),
    };
    if let Some(body) = body {
        request = request.json(&body);
    }
    let answer = request.send().await.expect("an answer");
    let status = answer.status().as_u16();
    let text = answer.text().await.expect("a body");
    (status, serde_json::from_str(&text).unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_given_rights_uses_them_and_loses_them() {
    let world = World::start().await;
    let bo = hire(&world, BO).await;
    let cookie = sign_in(&world).await;
    let anna = Who::Cookie(&cookie);
    let tenant = world.app.core.tenant(None).await.expect("a tenant").id;

    let rights = json!({ "reach": true, "scopes": ["view"], "actions": ["see-devices"] });
    let role = json!({ "name": "Lookers", "rights": rights });
    let (status, role) = call(&world, &anna, (Method::POST, "/roles"), Some(role)).await;
    assert_eq!(status, 201, "{role}");
    let (status, group) = call(
        &world,
        &anna,
        (Method::POST, "/groups"),
        Some(json!({ "name": "Nights" })),
    )
    .await;
    assert_eq!(status, 201, "{group}");
    let group = group["id"].as_str().expect("an id").to_owned();
    let wish = json!({
        "subject": { "kind": "group", "id": group },
        "role": "lookers",
        "place": { "kind": "customer", "id": tenant },
        "hours": "mon-sun 00:00-24:00 UTC",
    });
    let (status, given) = call(
        &world,
        &anna,
        (Method::POST, "/assignments"),
        Some(wish.clone()),
    )
    .await;
    assert_eq!((status, &given["in_force"]), (201, &json!(true)), "{given}");
    let again = call(&world, &anna, (Method::POST, "/assignments"), Some(wish)).await;
    assert_eq!(again.0, 409, "{again:?}");
    assert_eq!(again.1["type"], json!("/problems/conflict"));
    let member = format!("/groups/{group}/members/{bo}");
    assert_eq!(
        call(&world, &anna, (Method::PUT, &member), None).await.0,
        204
    );

    let check = format!("/access/check?person={bo}&action=reach&customer={tenant}");
    let (_, answer) = call(&world, &anna, (Method::GET, &check), None).await;
    assert_eq!(answer["allowed"], json!(true), "{answer}");
    assert_eq!(answer["because"][0]["through"], json!("Nights"));
    let (_, whole) = call(&world, &anna, (Method::GET, &format!("/people/{bo}")), None).await;
    assert_eq!(whole["assignments"][0]["role"], json!("Lookers"), "{whole}");

    // Bo's token sees what Bo sees, and may not even ask about Anna.
    let operator = farpane_directory::app::caller::Caller::operator(world.app.core.clone());
    let wish = farpane_directory::app::access::tokens::TokenWish {
        name: "list".into(),
        scopes: vec!["see-devices".into()],
        place: farpane_directory::policy::rights::Place::Tenant(tenant),
        life: std::time::Duration::from_secs(60),
    };
    let (secret, _) = operator.make_token(Some(BO), &wish).await.expect("makes");
    let token = Who::Token(&secret);
    for (method, path) in [
        (Method::GET, "/people"),
        (Method::GET, "/roles"),
        (Method::POST, "/groups"),
    ] {
        let body = (method == Method::POST).then(|| json!({ "name": "x" }));
        let (status, _) = call(&world, &token, (method, path), body).await;
        assert!([403, 404].contains(&status), "{path}: {status}");
    }

    assert_eq!(
        call(&world, &anna, (Method::DELETE, &member), None).await.0,
        204
    );
    let (_, answer) = call(&world, &anna, (Method::GET, &check), None).await;
    assert_eq!(answer["allowed"], json!(false));
    let person = format!("/people/{bo}");
    assert_eq!(
        call(&world, &anna, (Method::DELETE, &person), None).await.0,
        204
    );
    assert_eq!(
        call(&world, &anna, (Method::GET, &person), None).await.0,
        404
    );
    assert_eq!(
        call(&world, &token, (Method::GET, "/me"), None).await.0,
        401
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_right_is_said_and_what_is_not_asked_for_is_not_taken() {
    let world = World::start().await;
    let cookie = sign_in(&world).await;
    let anna = Who::Cookie(&cookie);
    let rights = |actions: Value| json!({ "name": "R", "rights": { "actions": actions } });
    for (path, body) in [
        ("/roles", rights(json!(["be-root"]))),
        ("/roles", json!({ "name": "R", "rights": {}, "org": "x" })),
        ("/groups", json!({ "name": " \u{202e} " })),
        (
            "/assignments",
            json!({ "subject": { "kind": "person", "id": "x" }, "role": "owner",
                    "place": { "kind": "organisation" } }),
        ),
    ] {
        let (status, problem) = call(&world, &anna, (Method::POST, path), Some(body)).await;
        assert_eq!(status, 400, "{path}: {problem}");
    }
    let check = (Method::GET, "/access/check?person=x&action=reach");
    assert_eq!(call(&world, &anna, check, None).await.0, 400);
}
