//! GET: who is connected to what now, with a stop button, and what was before.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use farpane_protocol::latency::SessionLatency;
use farpane_protocol::time::Timestamp;

use super::moment::Moment;
use super::page::{Failed, Frame, Person, page};
use super::texts::{Message, Texts};
use crate::app::App;
use crate::model::session::{Session, SessionState};
use crate::store::sessions::SessionsSought;

/// Past sessions that the page shows.
const BEFORE: u32 = 30;

/// Open sessions that the page shows: more than anybody watches at once.
const OPEN: u32 = 200;

/// Where times are no longer told apart, in milliseconds.
const SLOW_MS: u64 = 1000;

/// A session as lists show it.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) person: String,
    pub(super) device: String,
    pub(super) device_id: String,
    pub(super) over: bool,
    pub(super) look: &'static str,
    pub(super) word: String,
    pub(super) rights: Vec<Message>,
    pub(super) since: Moment,
    pub(super) lasted: Option<Message>,
    pub(super) delay: Option<Message>,
    pub(super) reason: String,
    pub(super) relay: String,
}

#[derive(Template)]
#[template(path = "sessions.html")]
struct Page {
    t: Texts,
    frame: Frame,
    open: Vec<Row>,
    over: Vec<Row>,
}

/// How long one waited for the effect of what one did, or for the picture where nobody did
/// anything.
fn delay(told: &SessionLatency, t: Texts) -> Option<Message> {
    let (key, times) = if told.input.count() > 0 {
        ("delay-input", &told.input)
    } else {
        ("delay-picture", &told.picture)
    };
    let millis = |percent| {
        let millis = times.within(percent)?.as_micros().div_ceil(1000);
        u64::try_from(millis).ok()
    };
    let (half, most) = (millis(50)?, millis(95)?);
    let key = if most < SLOW_MS { key } else { "delay-slow" };
    Some(t.msg(key).num("half", half).num("most", most))
}

pub(super) fn row(session: Session, now: Timestamp, t: Texts) -> Row {
    let running = session.state.running();
    let (look, word) = match &session.state {
        SessionState::Granted => ("waits", t.msg("session-granted").to_string()),
        SessionState::Asked => ("waits", t.msg("session-asked").to_string()),
        SessionState::Live(_) => ("reachable", t.msg("session-live").to_string()),
        SessionState::Over { reason, .. } => ("away", t.said(&reason.sentence().into())),
    };
    let lasted = match (&session.state, running) {
        (SessionState::Over { at, .. }, Some(running)) => {
            Some(t.span(at.since(running.started).as_secs()))
        }
        (SessionState::Granted | SessionState::Asked | SessionState::Live(_), _)
        | (SessionState::Over { .. }, None) => None,
    };
    let scopes = running.map_or(session.asked_for, |running| running.scopes);
    let since = running.map_or(session.issued, |running| running.started);
    Row {
        id: session.id.to_string(),
        person: session.person,
        device: session.device_name,
        device_id: session.device.to_string(),
        over: !session.state.is_open(),
        look,
        word,
        rights: scopes.iter().map(|scope| t.scope(scope)).collect(),
        since: Moment::ago(since, now),
        lasted,
        delay: session.latency.as_deref().and_then(|told| delay(told, t)),
        reason: session.reason,
        relay: session.relay_name,
    }
}

pub(crate) async fn get(State(app): State<Arc<App>>, person: Person) -> Result<Response, Failed> {
    let t = person.t;
    let now = app.now();
    let sought = |open| SessionsSought {
        open: Some(open),
        ..SessionsSought::default()
    };
    let open = person.caller.sessions(sought(true), None, OPEN).await?;
    let over = person.caller.sessions(sought(false), None, BEFORE).await?;
    let row = |session| row(session, now, t);
    Ok(page(&Page {
        t,
        frame: Frame::of(&app, &person, "/sessions").await?,
        over: over.sessions.into_iter().map(row).collect(),
        open: open.sessions.into_iter().map(row).collect(),
    }))
}
