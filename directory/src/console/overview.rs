//! GET: how things stand, and what to do first on a new installation.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::page::{Failed, Frame, Person, page};
use super::texts::Texts;
use super::{audit, sessions};
use crate::app::overview::Overview;
use crate::app::{App, AppError};
use crate::policy::rights::{Action, Visible};
use crate::store::records::Sought;
use crate::store::sessions::SessionsSought;

/// Open sessions that the page shows: what fits without scrolling; the page of sessions has all.
const SESSIONS: u32 = 5;

/// Newest records that the page shows.
const LATEST: u32 = 8;

#[expect(
    clippy::struct_excessive_bools,
    reason = "each says whether a part of the page is there"
)]
#[derive(Template)]
#[template(path = "overview.html")]
struct Page {
    t: Texts,
    frame: Frame,
    now: Overview,
    sees_sessions: bool,
    approves: bool,
    sees_relays: bool,
    enrols: bool,
    /// Who is connected now.
    open: Vec<sessions::Row>,
    /// What was recorded last.
    latest: Vec<audit::Row>,
}

/// Who is connected now, as far as the person may see it.
async fn open(app: &App, person: &Person) -> Result<Vec<sessions::Row>, Failed> {
    let sought = SessionsSought {
        open: Some(true),
        ..SessionsSought::default()
    };
    let found = person.caller.sessions(sought, None, SESSIONS).await?;
    let (now, t) = (app.now(), person.t);
    let rows = found.sessions.into_iter();
    Ok(rows.map(|one| sessions::row(one, now, t)).collect())
}

/// What was recorded last, as far as the person may read it.
async fn latest(app: &App, person: &Person) -> Result<Vec<audit::Row>, Failed> {
    let found = match person.caller.records(Sought::default(), None, LATEST).await {
        Ok(found) => found,
        // Whoever holds a site only reads no chain.
        Err(AppError::Denied(_)) => Vec::new(),
        Err(error @ AppError::Store(_)) => return Err(error.into()),
    };
    let people = audit::people(person).await?;
    let (now, t) = (app.now(), person.t);
    let row = |kept| audit::row(kept, &people, now, t);
    Ok(found.iter().filter_map(row).collect())
}

pub(crate) async fn get(State(app): State<Arc<App>>, person: Person) -> Result<Response, Failed> {
    let rights = &person.caller.rights;
    let somewhere = |action| !rights.visible(action).is_nothing();
    Ok(page(&Page {
        open: if somewhere(Action::SeeSessions) {
            open(&app, &person).await?
        } else {
            Vec::new()
        },
        latest: if somewhere(Action::SeeAudit) {
            latest(&app, &person).await?
        } else {
            Vec::new()
        },
        t: person.t,
        frame: Frame::of(&app, &person, "/").await?,
        now: app.overview(&person.caller).await?,
        sees_sessions: somewhere(Action::SeeSessions),
        approves: somewhere(Action::ApproveDevices),
        sees_relays: rights.visible(Action::SeeRelays) == Visible::All,
        enrols: somewhere(Action::MakeTickets),
    }))
}
