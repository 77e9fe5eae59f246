//! GET: how things stand, and what to do first on a new installation.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::page::{Failed, Frame, Person, page};
use super::texts::Texts;
use crate::app::App;
use crate::app::overview::Overview;
use crate::policy::rights::{Action, Visible};

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
}

pub(crate) async fn get(State(app): State<Arc<App>>, person: Person) -> Result<Response, Failed> {
    let rights = &person.caller.rights;
    let somewhere = |action| !rights.visible(action).is_nothing();
    Ok(page(&Page {
        t: person.t,
        frame: Frame::of(&app, &person, "/").await?,
        now: app.overview(&person.caller).await?,
        sees_sessions: somewhere(Action::SeeSessions),
        approves: somewhere(Action::ApproveDevices),
        sees_relays: rights.visible(Action::SeeRelays) == Visible::All,
        enrols: somewhere(Action::MakeTickets),
    }))
}
