//! The table of who gets what: every endpoint, tried by everybody on real things of one customer.
//! What is not theirs answers exactly as what is not there.

use std::time::Duration;

use farpane_directory::audit::ChainId;
use farpane_directory::http::Endpoint;
use reqwest::header::{CONTENT_TYPE, COOKIE, LOCATION};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::agents::Agent;
use crate::bodies::{About, Sent, Words};
use crate::console::sign_in_as;
use crate::golden;
use crate::seed::{ABSENT, NAME, NOBODY, Seeded, Signed};

const FORM: &str = "application/x-www-form-urlencoded";

/// Endpoints that open to whoever holds what is sent there: a ticket, a link, a password, a key.
const BY_SECRET: [&str; 6] = [
    "/agent/v1/challenge",
    "/agent/v1/token",
    "/agent/v1/enroll/",
    "/api/v1/viewers",
    "/link/",
    "/sign-in",
];

/// Endpoints that do nothing for anybody in the table, and why. The tests that are named show what
/// they do for whom.
const NOBODY_SUCCEEDS: &[(&str, &str)] = &[
    ("GET /sign-in/second", "nobody is half-way in: factors.rs"),
    ("POST /sign-in/second", "nobody is half-way in: factors.rs"),
    (
        "POST /sign-in/second/passkey/begin",
        "nobody is half-way in: passkeys.rs",
    ),
    (
        "POST /sign-in/second/passkey",
        "nobody has a passkey: passkeys.rs",
    ),
    ("POST /sign-in/passkey", "nobody has a passkey: passkeys.rs"),
    ("POST /confirm/passkey", "nobody has a passkey: passkeys.rs"),
    (
        "POST /account/password",
        "everybody signs in with theirs again: account_pages.rs",
    ),
    (
        "GET /account/factors/app",
        "nobody is setting up an app: factors.rs",
    ),
    (
        "GET /account/factors/app/picture",
        "nobody is setting up an app: factors.rs",
    ),
    (
        "POST /account/factors/app",
        "nobody is setting up an app: factors.rs",
    ),
    (
        "POST /account/factors/app/remove",
        "nobody has an app: factors.rs",
    ),
    (
        "POST /account/factors/passkeys",
        "nobody holds a key in their hand: passkeys.rs",
    ),
    (
        "POST /account/factors/passkeys/{id}/remove",
        "it is somebody else's, and theirs alone: passkeys.rs",
    ),
    (
        "POST /account/factors/recovery-codes",
        "nobody has a factor that codes could stand in for: factors.rs",
    ),
];

/// Where what is refused is recorded too, at the customer whose device was asked for.
const REFUSALS_RECORDED: [&str; 1] = ["POST /api/v1/sessions"];

/// Digits of a time in microseconds.
const MICROSECOND_DIGITS: usize = 16;

/// What must be in no answer to anybody, in any form: hashes of passwords, and what stands before
/// the key of the directory.
const SECRETS: [&str; 2] = ["$argon2", "PRIVATE KEY"];

/// What somebody got, and what it left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Got {
    status: u16,
    to: String,
    body: String,
    /// Whether something was recorded.
    recorded: bool,
    /// Whether it was recorded at the customer.
    at_customer: bool,
}

impl Got {
    /// The status, or where it leads to; with a plus where something was recorded.
    fn word(&self) -> String {
        let led = ["/sign-in", "/confirm"];
        let led = led
            .iter()
            .find(|led| self.status == 303 && self.to == **led);
        let word = led.map_or(self.status.to_string(), |led| led[1..].to_owned());
        format!("{word}{}", if self.recorded { "+" } else { "" })
    }

    /// Whether what was asked for was done.
    fn is_done(&self) -> bool {
        let led = matches!(self.to.as_str(), "/sign-in" | "/confirm");
        (200..300).contains(&self.status) || self.status == 303 && !led
    }
}

/// Ids and times, which differ between any two answers, by their kind alone.
fn without_ids(text: &str) -> String {
    let (mut plain, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(next) = rest.chars().next() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (kind, length) = if rest.get(..36).is_some_and(|id| Uuid::try_parse(id).is_ok()) {
            ("{id}", 36)
        } else if digits >= MICROSECOND_DIGITS {
            ("{time}", digits)
        } else {
            plain.push(next);
            ("", next.len_utf8())
        };
        plain.push_str(kind);
        rest = &rest[length..];
    }
    plain
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
        Sent::Table(rows) => request.header(CONTENT_TYPE, "text/csv").body(rows.clone()),
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
    for door in ["/sign-in", "/confirm"] {
        if to
            .strip_prefix(door)
            .is_some_and(|rest| rest.starts_with('?'))
        {
            to = door.into();
        }
    }
    let status = answer.status().as_u16();
    let goes_on = ["text/event-stream", "application/x-ndjson"];
    let body = if goes_on.contains(&kind.as_str()) {
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
    Got {
        status,
        to: without_ids(&to),
        body,
        recorded: false,
        at_customer: false,
    }
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
    match parts.as_slice() {
        [.., "groups", group, "members", person] | [.., "groups", group, "members", person, _] => {
            seeded.join(group, person).await;
        }
        [.., "people", person, "erase"] => seeded.remove(person).await,
        [.., "people", person, "viewers", viewer]
        | [.., "people", person, "viewers", viewer, _] => {
            let own = seeded.viewer_of(person).await;
            real = real.replace(*viewer, &own);
        }
        _ => {}
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

/// Somebody who tries an endpoint.
struct Somebody<'a> {
    seeded: &'a Seeded,
    endpoint: Endpoint,
    agent: &'a Agent,
    cookie: Option<&'a str>,
    fresh: usize,
}

impl Somebody<'_> {
    async fn on(&self, path: &str, about: About) -> (Vec<Sent>, Vec<Got>) {
        let words = Words {
            seeded: self.seeded,
            endpoint: self.endpoint,
            about,
            fresh: self.fresh,
        };
        let path = format!("{path}{}", words.query().await);
        let sent = words.tried().await;
        let mut all = Vec::new();
        for sent in &sent {
            self.seeded.recorded().await;
            let mut got = ask(self.endpoint, &path, self.agent, self.cookie, sent).await;
            let left = self.seeded.recorded().await;
            got.recorded = !left.is_empty();
            let customer = ChainId::Tenant(self.seeded.tenant);
            got.at_customer = left.iter().any(|kept| kept.chain == customer);
            all.push(got);
        }
        (sent, all)
    }
}

/// The statuses of one row's cell.
fn cell(who: &str, got: &[Got]) -> String {
    let words: Vec<_> = got.iter().map(Got::word).collect();
    format!("{who} {}", words.join("/"))
}

/// The same answers, where what they say back was said about nothing.
fn as_if_absent(got: &[Got]) -> Vec<Got> {
    let same = |got: &Got| Got {
        body: without_ids(&got.body.replace(NAME, ABSENT)),
        at_customer: false,
        ..got.clone()
    };
    got.iter().map(same).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_yours_is_as_if_it_were_not_there() {
    let mut seeded = Seeded::start().await;
    let stranger = Agent::new(&seeded.world);
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
        let by_secret = BY_SECRET
            .iter()
            .any(|path| endpoint.path().starts_with(path));
        let owner = people.last().expect("people").cookie.clone();
        let (real, absent) = paths(&seeded, endpoint, &owner).await;
        // A second stream of a relay ends the first, which sessions go through.
        let relay = if endpoint == Endpoint::RelayStream {
            &seeded.spare
        } else {
            &seeded.scene.relay
        };
        seeded.pause(1);
        let mut words = Vec::new();
        let mut done = false;
        let mut fresh = row * 100;
        let mut somebody = |agent, cookie| {
            fresh += 1;
            Somebody {
                seeded: &seeded,
                endpoint,
                agent,
                cookie,
                fresh,
            }
        };
        // Those from outside first: nothing they do may change the thing.
        let outside = [
            ("anonymous", &stranger, None),
            ("other-host", &seeded.other_host.agent, None),
            ("relay", relay, None),
            ("other-viewer", &seeded.other_viewer, None),
        ];
        let with_cookie = people[..2].iter();
        let with_cookie = with_cookie.map(|one| (one.who, &stranger, Some(one.cookie.as_str())));
        for (who, agent, cookie) in outside.into_iter().chain(with_cookie) {
            let tries = somebody(agent, cookie);
            let (sent, all) = tries.on(&real, About::Real).await;
            let (not_sent, nothing) = if by_secret {
                (sent.clone(), all.clone())
            } else {
                tries.on(&absent, About::Nothing).await
            };
            for (got, sent) in all.iter().zip(&sent) {
                assert!(got.status < 500, "{shown} by {who}: {got:?}");
                if !by_secret && got.body.contains(NAME) && !sent.says(NAME) {
                    holes.push(format!("{shown} tells {who} a name"));
                }
                let may_record =
                    by_secret || who == "other-host" || REFUSALS_RECORDED.contains(&&*shown);
                if !may_record && got.at_customer {
                    holes.push(format!("{shown} lets {who} do something at the customer"));
                }
            }
            let differs = !by_secret && (real != absent || sent != not_sent);
            if differs && !endpoint.path().ends_with("{file}") {
                let (all, nothing) = (as_if_absent(&all), as_if_absent(&nothing));
                if all != nothing {
                    holes.push(format!("{shown} answers {who} {all:?} and not {nothing:?}"));
                }
            }
            done |= all.iter().any(Got::is_done);
            words.push(cell(who, &all));
        }
        let host = if endpoint == Endpoint::RotateKey {
            &seeded.turning.agent
        } else {
            &seeded.scene.host.agent
        };
        let programs = [
            ("host", host),
            ("viewer", &seeded.scene.viewer),
            ("token", &seeded.token),
        ];
        for (who, agent) in programs {
            let (real, _) = paths(&seeded, endpoint, &owner).await;
            let (_, all) = somebody(agent, None).on(&real, About::Real).await;
            done |= all.iter().any(Got::is_done);
            words.push(cell(who, &all));
        }
        for person in &people[2..] {
            let (real, _) = paths(&seeded, endpoint, &person.cookie).await;
            let tries = somebody(&stranger, Some(&person.cookie));
            let (_, all) = tries.on(&real, About::Real).await;
            for got in &all {
                assert!(got.status < 500, "{shown} by {}: {got:?}", person.who);
                if SECRETS.iter().any(|secret| got.body.contains(secret)) {
                    holes.push(format!("{shown} tells {} a secret", person.who));
                }
            }
            done |= all.iter().any(Got::is_done);
            words.push(cell(person.who, &all));
        }
        for person in &mut people {
            keep_signed_in(&seeded, person).await;
        }
        let excused = NOBODY_SUCCEEDS.iter().any(|(row, _)| *row == shown);
        if done == excused {
            let why = if done { "somebody" } else { "nobody" };
            holes.push(format!("{shown} does something for {why}"));
        }
        rows.push_str(&format!("{shown}: {}\n", words.join(" · ")));
    }
    golden::same("access.txt", &rows);
    assert!(holes.is_empty(), "{holes:#?}");
}
