//! GET: the devices, with who is there now.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use farpane_protocol::api::DeviceState;
use farpane_protocol::time::Timestamp;
use serde::Deserialize;

use super::moment::Moment;
use super::page::{Failed, Frame, Person, page};
use super::texts::{Message, Texts};
use crate::app::App;
use crate::app::devices::{DeviceNow, Wanted};
use crate::http::body::Search;

/// Devices on a page.
const PAGE: u32 = 50;

/// How long after it went away a device is shown as one that may be back soon, in seconds.
const RECENT: u64 = 3600;

/// The query.
#[derive(Deserialize)]
pub(crate) struct Query {
    #[serde(default)]
    q: String,
    #[serde(default)]
    from: u32,
}

/// A device as lists show it.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) key: String,
    pub(super) name: String,
    pub(super) tenant: String,
    pub(super) os: String,
    pub(super) look: &'static str,
    pub(super) word: Message,
    pub(super) heard: Moment,
    pub(super) pending: bool,
    pub(super) unattended: bool,
}

#[derive(Template)]
#[template(path = "devices.html")]
struct Page {
    t: Texts,
    frame: Frame,
    search: String,
    rows: Vec<Row>,
    total: u64,
    sum: Message,
    shown: String,
    previous: Option<String>,
    next: Option<String>,
}

pub(super) fn row(now: DeviceNow, time: Timestamp, t: Texts) -> Row {
    let heard = Moment::maybe(now.last_heard, time);
    let recent = now
        .last_heard
        .is_some_and(|at| time.since(at).as_secs() < RECENT);
    let (look, word) = match now.state {
        DeviceState::Reachable => ("reachable", t.msg("state-reachable")),
        DeviceState::Away if recent => {
            let when = heard.relative(&t);
            ("recent", t.msg("state-recent").word("when", when))
        }
        DeviceState::Away => ("away", t.msg("state-away")),
        DeviceState::Never => ("never", t.msg("state-never")),
        DeviceState::Pending => ("waits", t.msg("state-waits")),
    };
    Row {
        id: now.device.id.to_string(),
        key: now.device.key.fingerprint().to_string(),
        name: now.device.name,
        tenant: now.device.tenant_name,
        os: now.device.os,
        look,
        word,
        heard,
        pending: now.state == DeviceState::Pending,
        unattended: now.device.unattended,
    }
}

fn address(search: &str, from: u32) -> String {
    let query = [("q", search.to_owned()), ("from", from.to_string())];
    let encoded = query.map(|(name, value)| format!("{name}={}", percent(&value)));
    format!("/devices?{}", encoded.join("&"))
}

/// Everything but letters and digits by its bytes (RFC 3986, section 2.1).
fn percent(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

pub(crate) async fn get(
    State(app): State<Arc<App>>,
    person: Person,
    Search(query): Search<Query>,
) -> Result<Response, Failed> {
    let t = person.t;
    let search = crate::model::text::name(&query.q);
    let wanted = Wanted {
        search: search.clone(),
        offset: query.from,
        limit: PAGE,
    };
    let found = app.page(&person.caller, &wanted).await?;
    let time = found.time;
    let rows: Vec<_> = found
        .devices
        .into_iter()
        .map(|device| row(device, time, t))
        .collect();
    let end = u64::from(query.from) + rows.len() as u64;
    let reachable = u64::try_from(app.board.present_of(person.account.org)).unwrap_or(u64::MAX);
    let sum = if search.is_empty() {
        let sum = t.msg("devices-sum").num("count", found.total);
        sum.num("reachable", reachable)
    } else {
        t.msg("devices-found").num("count", found.total)
    };
    let first = t.number(u64::from(query.from) + 1);
    let previous = (query.from > 0).then(|| address(&search, query.from.saturating_sub(PAGE)));
    let next = (end < found.total).then(|| address(&search, query.from.saturating_add(PAGE)));
    Ok(page(&Page {
        t,
        frame: Frame {
            search: search.clone(),
            ..Frame::of(&app, &person, "/devices").await?
        },
        shown: format!("{first}–{}", t.number(end)),
        search,
        rows,
        total: found.total,
        sum,
        previous,
        next,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_carry_what_was_searched() {
        assert_eq!(address("a&b \"", 50), "/devices?q=a%26b%20%22&from=50");
    }
}
