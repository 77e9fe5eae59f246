//! GET and POST: removes a person for good, after a page that says what this means.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use farpane_protocol::ids::UserId;

use crate::app::App;
use crate::console::page::{Failed, Person};
use crate::console::refused::{again, mendable};
use crate::console::sure::{Question, ask};
use crate::http::body::Id;

async fn question(
    app: &App,
    person: &Person,
    id: UserId,
    refused: String,
) -> Result<Response, Failed> {
    let t = person.t;
    let account = person.caller.person(&id.to_string()).await?;
    let question = Question {
        here: "/people",
        title: t.msg("person-remove-title").text("name", &account.name),
        what: vec![
            t.msg("person-remove-what").text("email", &account.email),
            t.msg("person-remove-instead"),
        ],
        action: format!("/people/{id}/remove"),
        button: t.msg("person-remove"),
        back: format!("/people/{id}"),
        refused,
    };
    ask(app, person, question).await
}

pub(crate) async fn get(
    State(app): State<Arc<App>>,
    person: Person,
    Id(id): Id<UserId>,
) -> Result<Response, Failed> {
    person.caller.person(&id.to_string()).await?;
    person.caller.check_manages(id).await?;
    question(&app, &person, id, String::new()).await
}

pub(crate) async fn post(
    State(app): State<Arc<App>>,
    person: Person,
    Id(id): Id<UserId>,
) -> Result<Response, Failed> {
    let Err(error) = person.caller.remove_person(&id.to_string()).await else {
        return Ok(Redirect::to("/people").into_response());
    };
    let denied = mendable(error)?;
    let page = question(&app, &person, id, person.t.said(&denied.said())).await?;
    Ok(again(&denied, page))
}
