//! GET: who is connected to what now, with a stop button, and what was before.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use farpane_protocol::scope::Scope;
use farpane_protocol::time::Timestamp;

use super::moment::Moment;
use super::page::{Failed, Frame, Person, page};
use crate::app::App;
use crate::model::session::{Session, SessionState};
use crate::policy::span_in_words;

/// Past sessions that the page shows.
const BEFORE: u32 = 30;

struct Row {
    id: String,
    person: String,
    device: String,
    look: &'static str,
    word: String,
    rights: Vec<&'static str>,
    since: Moment,
    lasted: String,
    reason: String,
    relay: String,
}

#[derive(Template)]
#[template(path = "sessions.html")]
struct Page {
    frame: Frame,
    open: Vec<Row>,
    over: Vec<Row>,
}

fn row(session: Session, now: Timestamp) -> Row {
    let running = session.state.running();
    let (look, word) = match &session.state {
        SessionState::Granted => ("waits", "reaching the device".into()),
        SessionState::Asked => ("waits", "waiting for the person".into()),
        SessionState::Live(_) => ("reachable", "connected".into()),
        SessionState::Over { reason, .. } => ("away", reason.sentence().into()),
    };
    let lasted = match (&session.state, running) {
        (SessionState::Over { at, .. }, Some(running)) => {
            span_in_words(at.since(running.started).as_secs())
        }
        (SessionState::Granted | SessionState::Asked | SessionState::Live(_), _)
        | (SessionState::Over { .. }, None) => "–".into(),
    };
    let scopes = running.map_or(session.asked_for, |running| running.scopes);
    let since = running.map_or(session.issued, |running| running.started);
    Row {
        id: session.id.to_string(),
        person: session.person,
        device: session.device_name,
        look,
        word,
        rights: scopes.iter().map(Scope::in_words).collect(),
        since: Moment::ago(since, now),
        lasted,
        reason: session.reason,
        relay: session.relay_name,
    }
}

pub(crate) async fn get(State(app): State<Arc<App>>, person: Person) -> Result<Response, Failed> {
    let org = person.account.org;
    let now = app.now();
    let open = app.core.store.open_sessions(org).await?;
    let recent = app.core.store.recent_sessions(org, BEFORE).await?;
    let over = recent
        .into_iter()
        .filter(|session| !session.state.is_open());
    Ok(page(&Page {
        frame: Frame::of(&app, &person, "/sessions").await?,
        over: over.map(|session| row(session, now)).collect(),
        open: open.into_iter().map(|session| row(session, now)).collect(),
    }))
}
