//! The table of who gets what: every endpoint, tried by everybody on real things of one customer.
//! What is not theirs answers exactly as what is not there.

use std::time::Duration;

use farpane_directory::http::{Endpoint, openapi};
use reqwest::header::{CONTENT_TYPE, COOKIE, LOCATION};
use serde_json::{Value, json};

use crate::agents::{Agent, host};
use crate::console::sign_in_as;
use crate::forms::{can_succeed, filled, is_form};
use crate::golden;
use crate::seed::{NAME, Seeded, Signed};

const FORM: &str = "application/x-www-form-urlencoded";

const NOBODY: &str = "00000000-0000-7000-8000-000000000000";

/// What must be in no answer to anybody, in any form: hashes of passwords, and what stands before
/// the key of the directory.
const SECRETS: [&str; 2] = ["$argon2", "PRIVATE KEY"];

/// A body that an endpoint reads, from its own description: the least that it asks for.
fn example(schema: &Value, all: &Value, tenant: &str) -> Value {
    if let Some(target) = schema["$ref"].as_str() {
        if target.ends_with("/TenantId") {
            return json!(tenant);
        }
        return example(
            &all.pointer(&target[1..]).cloned().unwrap_or_default(),
            all,
            tenant,
        );
    }
    for choice in ["oneOf", "anyOf"] {
        if let Some(first) = schema[choice].as_array().and_then(|some| some.first()) {
            return example(first, all, tenant);
        }
    }
    if let Some(parts) = schema["allOf"].as_array() {
        let mut whole = json!({});
        for part in parts {
            let part = example(part, all, tenant);
            for (name, value) in part.as_object().into_iter().flatten() {
                whole[name] = value.clone();
            }
        }
        return whole;
    }
    if let Some(first) = schema["enum"].as_array().and_then(|some| some.first()) {
        return first.clone();
    }
    let kinds = &schema["type"];
    let kind = kinds.get(0).unwrap_or(kinds).as_str().unwrap_or_default();
    match kind {
        "object" => {
            let mut body = json!({});
            for name in schema["required"].as_array().into_iter().flatten() {
                let name = name.as_str().unwrap_or_default();
                body[name] = example(&schema["properties"][name], all, tenant);
            }
            body
        }
        "array" => json!([]),
        "integer" | "number" => schema.get("minimum").cloned().unwrap_or(json!(1)),
        "boolean" => json!(false),
        _ if schema["format"] == "uuid" => json!(NOBODY),
        _ => json!("x"),
    }
}

/// The body of an endpoint's request, if it reads one.
fn body(endpoint: Endpoint, tenant: &str) -> Option<Value> {
    let all: Value = serde_json::from_str(openapi::text()).expect("is JSON");
    let method = endpoint.method().as_str().to_lowercase();
    let body = &all["paths"][endpoint.path()][&method]["requestBody"];
    let schema = &body["content"]["application/json"]["schema"];
    schema.is_object().then(|| example(schema, &all, tenant))
}

/// What goes with a request.
enum Sent {
    Nothing,
    Json(Value),
    Form(String),
}

impl Sent {
    /// The least that an endpoint reads, and for a form the same filled in.
    fn both(
        seeded: &Seeded,
        endpoint: Endpoint,
        tenant: &str,
        fresh: usize,
    ) -> (Self, Option<Self>) {
        if is_form(endpoint) {
            let filled = filled(seeded, endpoint, fresh);
            return (Self::Form(String::new()), Some(Self::Form(filled)));
        }
        (
            body(endpoint, tenant).map_or(Self::Nothing, Self::Json),
            None,
        )
    }
}

/// What somebody got.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Got {
    status: u16,
    to: String,
    body: String,
}

impl Got {
    fn word(&self) -> String {
        if self.status == 303 && self.to == "/sign-in" {
            "sign-in".into()
        } else {
            self.status.to_string()
        }
    }
}

async fn ask(
    endpoint: Endpoint,
    path: &str,
    agent: &Agent,
    cookie: Option<&str>,
    sent: &Sent,
) -> Got {
    let mut request = agent.request(endpoint.method(), path);
    if let Some(cookie) = cookie {
        request = request.header(COOKIE, cookie);
    }
    request = match sent {
        Sent::Nothing => request,
        Sent::Json(body) => request.json(body),
        Sent::Form(fields) => request.header(CONTENT_TYPE, FORM).body(fields.clone()),
    };
    let answer = request.send().await.expect("an answer");
    let header = |name| {
        let value = answer.headers().get(name);
        value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned()
    };
    let (mut to, kind) = (header(LOCATION), header(CONTENT_TYPE));
    // Where a person wanted to go is kept over the sign-in: their own words, not ours.
    if to.starts_with("/sign-in?") {
        to = "/sign-in".into();
    }
    let status = answer.status().as_u16();
    let body = if kind == "text/event-stream" {
        String::new()
    } else {
        let text = tokio::time::timeout(Duration::from_secs(20), answer.text()).await;
        text.expect("ends").unwrap_or_default()
    };
    // Which request it was is the one thing that may differ.
    let body = match serde_json::from_str::<Value>(&body) {
        Ok(mut problem) if problem["instance"].is_string() => {
            problem["instance"] = json!("");
            problem.to_string()
        }
        Ok(_) | Err(_) => body,
    };
    Got { status, to, body }
}

/// The path with a real thing in each `{…}`, and the same with things that are not there.
async fn paths(seeded: &Seeded, endpoint: Endpoint, whose: &str) -> (String, String) {
    let (mut real, mut absent) = (String::new(), String::new());
    let mut before = "";
    for part in endpoint.path().split('/').skip(1) {
        let (is, not) = if part == "{tab}" {
            ("inventory".to_owned(), "inventory".to_owned())
        } else if part.starts_with('{') {
            let thing = seeded.thing(before, whose).await;
            if endpoint.path().ends_with("/undo") {
                seeded.run(&thing, whose).await;
            }
            (thing, NOBODY.to_owned())
        } else {
            (part.to_owned(), part.to_owned())
        };
        real = format!("{real}/{is}");
        absent = format!("{absent}/{not}");
        before = part;
    }
    let parts: Vec<_> = real.split('/').collect();
    if let [.., "groups", group, "members", person] | [.., "groups", group, "members", person, _] =
        parts.as_slice()
    {
        seeded.join(group, person).await;
    }
    (real, absent)
}

/// Signs a person in again if what they did ended their session.
async fn keep_signed_in(seeded: &Seeded, person: &mut Signed) {
    let me = Endpoint::Me;
    let stranger = Agent::new(&seeded.world);
    let got = ask(
        me,
        me.path(),
        &stranger,
        Some(&person.cookie),
        &Sent::Nothing,
    )
    .await;
    if got.status == 401 {
        person.cookie = sign_in_as(&seeded.world, person.email).await;
    }
}

/// Tries an endpoint as somebody, with the least that it reads and, if it is a form, filled in.
struct Try<'a> {
    seeded: &'a Seeded,
    endpoint: Endpoint,
    agent: &'a Agent,
    cookie: Option<&'a str>,
}

impl Try<'_> {
    async fn on(&self, path: &str, fresh: usize) -> Vec<Got> {
        let tenant = self.seeded.tenant.to_string();
        let (least, filled) = Sent::both(self.seeded, self.endpoint, &tenant, fresh);
        let mut got = Vec::new();
        for sent in std::iter::once(least).chain(filled) {
            got.push(ask(self.endpoint, path, self.agent, self.cookie, &sent).await);
        }
        got
    }
}

/// The statuses of one row's cell.
fn cell(who: &str, got: &[Got]) -> String {
    let words: Vec<_> = got.iter().map(Got::word).collect();
    format!("{who} {}", words.join("/"))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_yours_is_as_if_it_were_not_there() {
    let mut seeded = Seeded::start().await;
    let stranger = Agent::new(&seeded.world);
    let other_host = host(&seeded.world, "other").await.agent;
    let mut people = std::mem::take(&mut seeded.people);
    let mut rows = String::new();
    let mut holes = Vec::new();
    for (row, endpoint) in Endpoint::ALL.iter().enumerate() {
        let endpoint = *endpoint;
        // Who signs out asks for nothing of anybody's.
        if endpoint.path() == "/sign-out" {
            continue;
        }
        let shown = format!("{} {}", endpoint.method(), endpoint.path());
        // Whoever has a link's secret is whom it was given to.
        let by_secret = endpoint.path().starts_with("/link/");
        let owner = people.last().expect("people").cookie.clone();
        let (real, absent) = paths(&seeded, endpoint, &owner).await;
        let mut words = Vec::new();
        // Those from outside first: nothing they do may change the thing.
        let outside = [
            ("anonymous", &stranger, None),
            ("host", &other_host, None),
            ("relay", &seeded.scene.relay, None),
        ];
        let outside = outside.into_iter().chain(
            people[..2]
                .iter()
                .map(|person| (person.who, &stranger, Some(person.cookie.as_str()))),
        );
        for (n, (who, agent, cookie)) in outside.enumerate() {
            let tries = Try {
                seeded: &seeded,
                endpoint,
                agent,
                cookie,
            };
            let fresh = row * 10 + n;
            let all = tries.on(&real, fresh).await;
            for got in &all {
                assert!(got.status < 500, "{shown} by {who}: {got:?}");
                if got.body.contains(NAME) {
                    holes.push(format!("{shown} tells {who} a name"));
                }
            }
            if real != absent && !endpoint.path().ends_with("{file}") && !by_secret {
                let nothing = tries.on(&absent, fresh).await;
                if all != nothing {
                    let (got, nothing) = (cell("", &all), cell("", &nothing));
                    holes.push(format!("{shown} answers {who}{got} and not{nothing}"));
                }
            }
            words.push(cell(who, &all));
        }
        for (n, (who, agent)) in [("viewer", &seeded.scene.viewer), ("token", &seeded.token)]
            .into_iter()
            .enumerate()
        {
            let (real, _) = paths(&seeded, endpoint, &owner).await;
            let tries = Try {
                seeded: &seeded,
                endpoint,
                agent,
                cookie: None,
            };
            let all = tries.on(&real, row * 10 + 5 + n).await;
            words.push(cell(who, &all));
        }
        for (n, person) in people[2..].iter_mut().enumerate() {
            let (real, _) = paths(&seeded, endpoint, &person.cookie).await;
            let tries = Try {
                seeded: &seeded,
                endpoint,
                agent: &stranger,
                cookie: Some(&person.cookie),
            };
            let all = tries.on(&real, row * 10 + 7 + n).await;
            for got in &all {
                assert!(got.status < 500, "{shown} by {}: {got:?}", person.who);
                if SECRETS.iter().any(|secret| got.body.contains(secret)) {
                    holes.push(format!("{shown} tells {} a secret", person.who));
                }
            }
            // Filled in by who may do everything, a form gets further than to its own gaps.
            let stuck = |got: &Got| matches!(got.status, 400 | 415 | 422);
            let form = is_form(endpoint) && can_succeed(endpoint);
            if form && person.who == "owner" && all.iter().all(stuck) {
                holes.push(format!("{shown}: say in tests/http/forms.rs what it sends"));
            }
            words.push(cell(person.who, &all));
            keep_signed_in(&seeded, person).await;
        }
        rows.push_str(&format!("{shown}: {}\n", words.join(" · ")));
    }
    assert!(holes.is_empty(), "{holes:#?}");
    golden::same("access.txt", &rows);
}
