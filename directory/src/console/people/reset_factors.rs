//! GET and POST: takes every second factor of a person away, after a page that says what this means.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{Redirect, Response};
use farpane_protocol::ids::UserId;

use super::change::page_of;
use crate::app::App;
use crate::app::passwords::Viewers;
use crate::console::page::{Failed, Person};
use crate::console::sure::{Question, ask};
use crate::http::body::Id;

pub(crate) async fn get(
    State(app): State<Arc<App>>,
    person: Person,
    Id(id): Id<UserId>,
) -> Result<Response, Failed> {
    let t = person.t;
    let account = person.caller.person(&id.to_string()).await?;
    person.caller.check_manages(id).await?;
    let question = Question {
        here: "/people",
        title: t.msg("factors-reset-title").text("name", &account.name),
        what: vec![
            t.msg("factors-reset-what"),
            t.msg("reset-viewers-too"),
            t.msg("factors-reset-sure"),
        ],
        action: format!("/people/{id}/reset-factors"),
        button: t.msg("factors-reset"),
        back: format!("/people/{id}"),
        refused: String::new(),
    };
    ask(&app, &person, question).await
}

pub(crate) async fn post(person: Person, Id(id): Id<UserId>) -> Result<Redirect, Failed> {
    person
        .caller
        .reset_factors(&id.to_string(), Viewers::Remove)
        .await?;
    Ok(page_of(id))
}
