//! GET: how things stand, and what to do first on a new installation.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::page::{Failed, Frame, Person, page};
use super::texts::Texts;
use crate::app::App;
use crate::store::installation::Counts;

#[derive(Template)]
#[template(path = "overview.html")]
struct Page {
    t: Texts,
    frame: Frame,
    counts: Counts,
    reachable: usize,
    listening: usize,
}

pub(crate) async fn get(State(app): State<Arc<App>>, person: Person) -> Result<Response, Failed> {
    Ok(page(&Page {
        t: person.t,
        frame: Frame::of(&app, &person, "/").await?,
        counts: app.core.store.counts(person.account.org).await?,
        reachable: app.board.present_of(person.account.org),
        listening: app.board.listening_of(person.account.org).len(),
    }))
}
