//! Webhooks: where an organisation is told what happens, what it is told, and how that is signed
//! (Standard Webhooks 1.0). Pure.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use farpane_protocol::ids::{OrgId, UserId};
use farpane_protocol::time::Timestamp;
use ring::hmac;
use serde_json::json;
use url::Url;
use uuid::Uuid;

use super::happening::Happening;
use super::{new_uuid, text};
use crate::audit::kind::KINDS as RECORDED;

/// Most webhooks of one organisation: each costs a request per event.
pub const WEBHOOKS_MOST: u32 = 20;

/// Deliveries that may wait for one webhook: hours of a busy organisation. Events beyond are
/// counted and not told.
pub const WAITING_MOST: u32 = 10_000;

/// Deliveries that are kept for looking at, for each webhook.
pub const KEPT_MOST: u32 = 1_000;

/// Longest address, in bytes.
const URL_BYTES: usize = 1024;

/// Most kinds that one webhook names.
const KINDS_MOST: usize = 32;

/// Trials of one webhook within [`TRIALS_WITHIN`].
pub const TRIALS_MOST: u32 = 5;

/// Within this time trials are counted.
pub const TRIALS_WITHIN: Duration = Duration::from_secs(60);

/// Length of a secret, in bytes: what HMAC-SHA256 makes the most of.
pub const SECRET_BYTES: usize = 32;

/// What stands before a secret as it is shown.
const SECRET_PREFIX: &str = "whsec_";

/// How old a delivery may grow before it is given up: one more day than its tries take, for a queue
/// behind a receiver that was down.
pub const AGE_MOST: Duration = Duration::from_secs(4 * 24 * 3600);

/// Pauses before a failed delivery is tried again; then it is given up, after some three days.
const PAUSES: [Duration; 9] = [
    Duration::from_secs(5),
    Duration::from_secs(60),
    Duration::from_secs(5 * 60),
    Duration::from_secs(30 * 60),
    Duration::from_secs(2 * 3600),
    Duration::from_secs(6 * 3600),
    Duration::from_secs(12 * 3600),
    Duration::from_secs(24 * 3600),
    Duration::from_secs(24 * 3600),
];

/// Kinds of events that are in no record: presence, which is kept nowhere, and what hosts say of
/// sessions, which is recorded under one name.
const UNRECORDED: [&str; 6] = [
    "device.away",
    "device.reachable",
    "session.asked",
    "session.ended",
    "session.refused",
    "session.started",
];

/// What a trial is called. It is told whatever a webhook chose.
pub const TRIAL: &str = "webhook.trial";

/// Every kind of event that can be named, in the order of the alphabet.
pub fn kinds() -> Vec<String> {
    let recorded = RECORDED.iter().filter(|kind| **kind != "host_said");
    let recorded = recorded.map(|kind| kind.replacen('_', ".", 1));
    let mut kinds: Vec<String> = recorded.collect();
    kinds.extend(UNRECORDED.map(str::to_owned));
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

/// Why something cannot be a webhook.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadWebhook {
    /// The address.
    #[error("the address is not an https address without a name, a password or a fragment in it")]
    Url,
    /// No kind of event is named, or too many.
    #[error("there must be one to {KINDS_MOST} kinds of events")]
    Count,
    /// There is no such kind of event.
    #[error("there is no such kind of event")]
    Kind {
        /// What was named.
        named: String,
        /// What there is, of the same thing if there is that.
        known: Vec<String>,
    },
}

/// A place that is told what happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// Its id.
    pub id: Uuid,
    /// Whose.
    pub org: OrgId,
    /// Where, as people read it: scheme and host. The rest may be a secret of the receiver's.
    pub place: String,
    /// The whole address, sealed.
    pub address: Vec<u8>,
    /// What it is told.
    pub kinds: Kinds,
    /// Its secret, sealed.
    pub secret: Vec<u8>,
    /// When it was made.
    pub created: Timestamp,
    /// Who made it; nobody where the operator did.
    pub maker: Option<UserId>,
    /// Whether it is told nothing, because whoever made it is disabled, gone or could not make it
    /// any more.
    pub on_hold: bool,
    /// Number of the last record that was looked at for it.
    pub told: u64,
    /// Events that it was not told: they found no room in its queue, or it was on hold.
    pub missed: u64,
}

/// An address that deliveries may go to: https, nobody's name in it.
#[derive(Clone, PartialEq, Eq)]
pub struct HookUrl(Url);

impl fmt::Debug for HookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place())
    }
}

impl HookUrl {
    /// Reads one.
    pub fn parse(text: &str) -> Result<Self, BadWebhook> {
        let url = Url::parse(text).map_err(|_| BadWebhook::Url)?;
        let plain = url.scheme() == "https"
            && url.username().is_empty()
            && url.password().is_none()
            && url.fragment().is_none()
            && url.host().is_some()
            && url.as_str().len() <= URL_BYTES;
        plain.then_some(Self(url)).ok_or(BadWebhook::Url)
    }

    /// Reads one that was kept.
    pub fn kept(bytes: &[u8]) -> Result<Self, BadWebhook> {
        std::str::from_utf8(bytes)
            .map_err(|_| BadWebhook::Url)
            .and_then(Self::parse)
    }

    /// The address.
    pub const fn url(&self) -> &Url {
        &self.0
    }

    /// Scheme and host, and the port where it is not the usual one: all that is shown of it.
    pub fn place(&self) -> String {
        self.0.origin().ascii_serialization()
    }
}

/// Which kinds of events: exact ones, `thing.*`, or `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kinds(Vec<String>);

/// The thing that a kind of event is about: what stands before its first dot.
fn thing(kind: &str) -> &str {
    kind.split('.').next().unwrap_or_default()
}

/// Whether one name of a list means this kind of event.
fn means(name: &str, kind: &str) -> bool {
    name == "*"
        || name == kind
        || name
            .strip_suffix(".*")
            .is_some_and(|name| name == thing(kind))
}

impl Kinds {
    /// Reads a list that somebody wrote. Every name in it must mean something.
    ///
    /// # Errors
    /// If there are too few or too many, or one of them means nothing.
    pub fn parse<'a>(named: impl IntoIterator<Item = &'a str>) -> Result<Self, BadWebhook> {
        let named: Vec<&str> = named.into_iter().map(str::trim).collect();
        if named.is_empty() || named.len() > KINDS_MOST {
            return Err(BadWebhook::Count);
        }
        let all = kinds();
        for name in &named {
            if !all.iter().any(|kind| means(name, kind)) {
                return Err(unknown(name, &all));
            }
        }
        Ok(Self(named.into_iter().map(str::to_owned).collect()))
    }

    /// A list that was read once and then kept. A kind that is no longer told stays in it.
    pub fn kept(text: &str) -> Self {
        Self(text.split(' ').map(str::to_owned).collect())
    }

    /// Whether an event is among them.
    pub fn has(&self, what: &str) -> bool {
        self.0.iter().any(|name| means(name, what))
    }

    /// As they were named.
    pub fn names(&self) -> &[String] {
        &self.0
    }
}

/// What is said of a name that means nothing, with what might have been meant.
fn unknown(name: &str, all: &[String]) -> BadWebhook {
    let near = |kind: &&String| thing(kind) == thing(name);
    let mut known: Vec<String> = all.iter().filter(near).cloned().collect();
    if known.is_empty() {
        known = all.iter().map(|kind| thing(kind).to_owned()).collect();
        known.dedup();
        for thing in &mut known {
            // What is one event and not one of a thing is named without a dot.
            if !all.contains(thing) {
                thing.push_str(".*");
            }
        }
    }
    BadWebhook::Kind {
        named: text::name(name),
        known,
    }
}

/// Something that has to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Its id: the same in every try, so that a receiver knows it again.
    pub id: Uuid,
    /// For which webhook.
    pub webhook: Uuid,
    /// What kind of event.
    pub kind: String,
    /// What is sent.
    pub body: String,
    /// When it was made.
    pub made: Timestamp,
    /// How often it was tried.
    pub tries: u32,
    /// When it is tried next; absent once it was taken or given up.
    pub due: Option<Timestamp>,
    /// When the last try ended.
    pub tried: Option<Timestamp>,
    /// With which status it was answered last.
    pub status: Option<u16>,
    /// Why it was not taken.
    pub why: String,
}

impl Delivery {
    /// One that has to be told at once.
    pub fn new(webhook: Uuid, kind: &str, body: String, now: Timestamp) -> Self {
        Self {
            id: new_uuid(now),
            webhook,
            kind: kind.to_owned(),
            body,
            made: now,
            tries: 0,
            due: Some(now),
            tried: None,
            status: None,
            why: String::new(),
        }
    }
}

/// When to try again after so many tries; `None` to give up.
pub fn next_try(tries: u32, now: Timestamp) -> Option<Timestamp> {
    let pause = PAUSES.get(usize::try_from(tries.checked_sub(1)?).ok()?)?;
    Some(now.after(*pause))
}

/// What is sent of something that happened: ids and no names, as the event stream has them.
pub fn body(happening: &Happening) -> String {
    json!({
        "type": happening.what,
        "timestamp": in_words(happening.at),
        "data": {
            "number": happening.number,
            "organisation": happening.org,
            "customer": happening.tenant,
            "about": happening.about,
        },
    })
    .to_string()
}

/// What is sent of something that is kept nowhere, such as that a device went away.
pub fn body_now(kind: &str, org: OrgId, about: &serde_json::Value, now: Timestamp) -> String {
    json!({
        "type": kind,
        "timestamp": in_words(now),
        "data": { "organisation": org, "about": about },
    })
    .to_string()
}

fn in_words(at: Timestamp) -> String {
    let time = std::time::UNIX_EPOCH + Duration::from_micros(at.0);
    humantime::format_rfc3339_millis(time).to_string()
}

/// A secret as receivers are given it.
pub fn shown(secret: &[u8]) -> String {
    format!("{SECRET_PREFIX}{}", STANDARD.encode(secret))
}

/// What `webhook-id` says.
pub fn name(delivery: Uuid) -> String {
    format!("msg_{}", delivery.simple())
}

/// What `webhook-signature` says.
pub fn signature(secret: &[u8], name: &str, seconds: u64, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let tag = hmac::sign(&key, format!("{name}.{seconds}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_the_standards_example() {
        let secret = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let secret = secret.expect("base64");
        let signed = signature(
            &secret,
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            r#"{"test": 2432232314}"#,
        );
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn only_https_addresses_with_nobody_in_them_are_told() {
        let good = HookUrl::parse("https://hooks.example:8443/farpane?team=1").expect("good");
        assert_eq!(good.place(), "https://hooks.example:8443");
        for bad in [
            "",
            "hooks.example",
            "http://hooks.example/",
            "https://anna@hooks.example/",
            "https://:x@hooks.example/",
            "https://hooks.example/#here",
            "file:///etc/passwd",
            "https:///x y",
        ] {
            assert_eq!(HookUrl::parse(bad), Err(BadWebhook::Url), "{bad}");
        }
    }

    #[test]
    fn kinds_are_exact_or_of_one_thing_or_all() {
        let kinds = Kinds::parse(["session.*", " device.enrolled"]).expect("kinds");
        assert!(kinds.has("session.ended") && kinds.has("device.enrolled"));
        assert!(!kinds.has("device.removed") && !kinds.has("sessions.ended"));
        assert!(Kinds::parse(["*"]).expect("kinds").has("anything.else"));
        assert!(Kinds::parse(["restored"]).expect("kinds").has("restored"));
        let many = vec!["*"; KINDS_MOST + 1];
        for bad in [&[][..], &many] {
            let read = Kinds::parse(bad.iter().copied());
            assert_eq!(read, Err(BadWebhook::Count), "{bad:?}");
        }
    }

    #[test]
    fn what_means_nothing_is_refused_with_what_might_have_been_meant() {
        let known = |name: &str| match Kinds::parse([name]) {
            Err(BadWebhook::Kind { known, .. }) => known,
            read => panic!("{name}: {read:?}"),
        };
        assert!(known("device.enroled").contains(&"device.enrolled".to_owned()));
        for bad in [
            "",
            "dev.*",
            "*.x",
            "device.*.x",
            "Device.enrolled",
            "host.said",
        ] {
            let known = known(bad);
            assert!(
                known.iter().any(|kind| kind.starts_with("device.")),
                "{bad}: {known:?}"
            );
        }
        let things = known("nothing");
        assert!(
            things.contains(&"session.*".to_owned()) && things.contains(&"restored".to_owned())
        );
    }

    #[test]
    fn a_delivery_is_tried_for_days_and_then_given_up() {
        let now = Timestamp(0);
        let mut at = now;
        let mut tries = 1;
        while let Some(next) = next_try(tries, at) {
            assert!(next > at);
            (at, tries) = (next, tries + 1);
        }
        assert_eq!(tries, 10);
        assert!(at.since(now) > Duration::from_secs(2 * 24 * 3600));
    }
}
