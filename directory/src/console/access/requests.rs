//! GET and POST: what waits for a second person: what the person may decide, what they asked for
//! themselves, and what was decided.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use farpane_protocol::time::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

use super::held::{place_name, times};
use super::words::action;
use super::{role_name, second_person, tabs};
use crate::app::access::deciders::Deciders;
use crate::app::access::places::PlaceNames;
use crate::app::access::requests::RequestSeen;
use crate::app::access::wanted::Wanted;
use crate::app::{App, AppError, Denied};
use crate::console::moment::Moment;
use crate::console::page::{Failed, Frame, Link, Person, page};
use crate::console::refused::{again, mendable};
use crate::console::texts::{Message, Texts};
use crate::http::body::{Form, Id};
use crate::model::request::{Act, PASS, RequestState};
use crate::store::requests::Verdict;

/// Requests for which the page says who may decide them, and whether whoever looks may: each takes
/// some looking. Those beyond have the usual buttons; the act itself refuses.
const EXPLAINED: usize = 10;

/// Decided requests that the page shows; the audit has them all.
const OVER: usize = 50;

/// A request.
struct Row {
    id: String,
    person: String,
    own: bool,
    what: Message,
    /// What else is part of it: times, rules.
    parts: Vec<String>,
    reason: String,
    answer: String,
    asked: Moment,
    ends: Moment,
    look: &'static str,
    word: Message,
    /// Where what was approved is done, by a form or by a page.
    go: Option<Go>,
    /// Why whoever looks may not approve it, or nothing.
    may_not: String,
    /// Who may decide it, where whoever looks may not.
    deciders: Vec<Message>,
}

/// The way to what was approved and not done yet.
struct Go {
    path: String,
    label: Message,
    form: bool,
}

#[derive(Template)]
#[template(path = "access/requests.html")]
struct Page {
    t: Texts,
    frame: Frame,
    tabs: Vec<Link>,
    /// What the person may decide.
    decidable: Vec<Row>,
    /// What they asked for and nobody decided yet.
    own: Vec<Row>,
    over: Vec<Row>,
    refused: String,
}

fn what(wanted: &Wanted, t: Texts) -> Message {
    match wanted {
        Wanted::GiveRole { to, role, at, .. } => t
            .msg("wants-give-role")
            .text("to", to)
            .text("role", role_name(t, role))
            .text("at", at),
        Wanted::HaveRole { role, at, seconds } => t
            .msg("wants-have-role")
            .text("role", role_name(t, role))
            .text("at", at)
            .word("span", t.span(*seconds)),
        Wanted::RemoveDevices(count) => t.msg("wants-remove-devices").num("count", count),
        Wanted::JoinGroup { who, group } => t
            .msg("wants-join-group")
            .text("who", who)
            .text("group", group),
        Wanted::ChangeRole { role, .. } => {
            t.msg("wants-change-role").text("role", role_name(t, role))
        }
        Wanted::MoveDevices { count, to } => t
            .msg("wants-move-devices")
            .num("count", count)
            .text("to", to),
        Wanted::OpenUnasked(device) => t.msg("wants-open-unasked").text("device", device),
        Wanted::OpenMore => t.msg("wants-open-more"),
        Wanted::ExportAudit => t.msg("wants-export-audit"),
        Wanted::Loosen(_) => t.msg("wants-loosen"),
    }
}

/// What an approval does beside what its sentence says.
fn parts(wanted: &Wanted, names: &PlaceNames, t: Texts) -> Vec<String> {
    match wanted {
        Wanted::GiveRole {
            giving: Some(giving),
            ..
        } => times(giving.from, giving.until, giving.hours.as_ref(), t),
        Wanted::Loosen(rules) => second_person::in_words(rules, t, |tenant| {
            place_name(crate::policy::rights::Place::Tenant(tenant), names, t)
        })
        .iter()
        .map(ToString::to_string)
        .collect(),
        Wanted::ChangeRole { gives, .. } => gives.iter().map(|each| action(*each, t)).collect(),
        Wanted::GiveRole { giving: None, .. }
        | Wanted::JoinGroup { .. }
        | Wanted::MoveDevices { .. }
        | Wanted::HaveRole { .. }
        | Wanted::RemoveDevices(_)
        | Wanted::OpenUnasked(_)
        | Wanted::OpenMore
        | Wanted::ExportAudit => Vec::new(),
    }
}

/// Where the one who asked does what was approved.
fn go(act: &Act, t: Texts) -> Option<Go> {
    let (path, label, form) = match act {
        Act::RemoveDevices { bulk, .. } => {
            let path = format!("/devices/acts/{bulk}/run");
            (path, "request-do-remove", true)
        }
        Act::OpenUnasked { device } => (format!("/devices/{device}"), "request-do-open", false),
        Act::OpenMore => ("/devices".to_owned(), "request-do-open", false),
        Act::ExportAudit => ("/audit".to_owned(), "request-do-export", false),
        // These happened in the moment of the approval.
        Act::GiveRole { .. }
        | Act::HaveRole { .. }
        | Act::Loosen { .. }
        | Act::JoinGroup { .. }
        | Act::ChangeRole { .. }
        | Act::MoveDevices { .. } => return None,
    };
    Some(Go {
        path,
        label: t.msg(label),
        form,
    })
}

fn row(seen: RequestSeen, names: &PlaceNames, now: Timestamp, t: Texts) -> Row {
    let request = seen.request;
    let open = request.is_open(now);
    let passes = request.passes(now);
    let (look, word, at) = match request.state {
        RequestState::Open if open => ("waits", "request-open", request.expires),
        RequestState::Open => ("away", "request-late", request.expires),
        RequestState::Approved { at, used, .. } => match (used, passes) {
            (Some(_), _) => ("", "request-done", at),
            (None, true) => ("recent", "request-approved", at.after(PASS)),
            (None, false) => ("away", "request-not-done", at),
        },
        RequestState::Refused { at, .. } => ("stopped", "request-refused", at),
        RequestState::Withdrawn { at } => ("away", "request-withdrawn", at),
    };
    Row {
        id: request.id.to_string(),
        what: what(&seen.what, t),
        parts: parts(&seen.what, names, t),
        go: if seen.own && passes {
            go(&request.act, t)
        } else {
            None
        },
        person: request.person,
        own: seen.own,
        reason: request.reason,
        answer: request.answer,
        asked: Moment::ago(request.asked, now),
        ends: Moment::ago(at, now),
        look,
        word: t.msg(word),
        may_not: String::new(),
        deciders: Vec::new(),
    }
}

/// Who may decide a request, and who may not though they have the right, in sentences.
fn deciders(found: &Deciders, own: bool, t: Texts) -> Vec<Message> {
    let mut said = Vec::new();
    if found.may.is_empty() && !found.everybody {
        said.push(t.msg("request-deciders-unsure"));
    } else if found.may.is_empty() {
        said.push(t.msg("request-deciders-none"));
    } else {
        let names = found.may.join(", ");
        said.push(t.msg("request-deciders").text("people", names));
    }
    if own && !found.tied.is_empty() {
        let names = found.tied.join(", ");
        said.push(t.msg("request-deciders-tied").text("people", names));
    }
    said
}

async fn show(app: &App, person: &Person, refused: String) -> Result<Response, Failed> {
    let t = person.t;
    let now = app.now();
    let names = person.caller.core.place_names().await?;
    let (mut decidable, mut own, mut over) = (Vec::new(), Vec::new(), Vec::new());
    let (mut explained, mut candidates) = (0, None);
    for seen in person.caller.requests().await? {
        let waits = seen.request.is_open(now);
        let explains = (seen.decidable || (seen.own && waits)) && explained < EXPLAINED;
        explained += usize::from(explains);
        let may_not = if explains && seen.decidable {
            person.caller.not_approving(&seen.request).await?
        } else {
            None
        };
        let others = if explains && (seen.own || may_not.is_some()) {
            let candidates = match &candidates {
                Some(candidates) => candidates,
                None => candidates.insert(person.caller.candidates().await?),
            };
            deciders(&candidates.deciders(&seen.request).await?, seen.own, t)
        } else {
            Vec::new()
        };
        let list = if seen.decidable {
            &mut decidable
        } else if seen.own && (waits || seen.request.passes(now)) {
            &mut own
        } else {
            &mut over
        };
        list.push(Row {
            may_not: may_not.map_or_else(String::new, |denied| t.said(&denied.said())),
            deciders: others,
            ..row(seen, &names, now, t)
        });
    }
    over.truncate(OVER);
    Ok(page(&Page {
        t,
        frame: Frame::of(app, person, "/access").await?,
        tabs: tabs(person, "/access/requests").await?,
        decidable,
        own,
        over,
        refused,
    }))
}

pub(crate) async fn get(State(app): State<Arc<App>>, person: Person) -> Result<Response, Failed> {
    show(&app, &person, String::new()).await
}

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct Decision {
    verdict: String,
    #[serde(default)]
    reason: String,
}

pub(crate) async fn decide(
    State(app): State<Arc<App>>,
    person: Person,
    Id(id): Id<Uuid>,
    Form(fields): Form<Decision>,
) -> Result<Response, Failed> {
    let verdict = match fields.verdict.as_str() {
        "approve" => Verdict::Approved,
        "refuse" => Verdict::Refused,
        "withdraw" => Verdict::Withdrawn,
        _ => return Err(Failed(AppError::from(Denied::NotFound("decision")))),
    };
    let decided = person.caller.decide_request(id, verdict, &fields.reason);
    let Err(error) = decided.await else {
        return Ok(Redirect::to("/access/requests").into_response());
    };
    let denied = mendable(error)?;
    let page = show(&app, &person, person.t.said(&denied.said())).await?;
    Ok(again(&denied, page))
}
