//! GET and POST: removes a group, after a page that says what its members lose.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use uuid::Uuid;

use crate::app::App;
use crate::console::page::{Failed, Person};
use crate::console::refused::{again, mendable};
use crate::console::sure::{Question, ask};
use crate::http::body::Id;
use crate::policy::rights::{Action, Path};

async fn question(
    app: &App,
    person: &Person,
    id: Uuid,
    refused: String,
) -> Result<Response, Failed> {
    let t = person.t;
    let group = person.caller.group(&id.to_string()).await?;
    let what = t.msg("group-remove-what").num("members", group.members);
    let question = Question {
        here: "/people",
        title: t.msg("group-remove-title").text("name", &group.name),
        what: vec![what],
        action: format!("/groups/{id}/remove"),
        button: t.msg("group-remove"),
        back: format!("/groups/{id}"),
        refused,
    };
    ask(app, person, question).await
}

pub(crate) async fn get(
    State(app): State<Arc<App>>,
    person: Person,
    Id(id): Id<Uuid>,
) -> Result<Response, Failed> {
    let may = person
        .caller
        .check(Action::ManagePeople, &Path::ORG, "group");
    may.map_err(|denied| Failed(denied.into()))?;
    question(&app, &person, id, String::new()).await
}

pub(crate) async fn post(
    State(app): State<Arc<App>>,
    person: Person,
    Id(id): Id<Uuid>,
) -> Result<Response, Failed> {
    let Err(error) = person.caller.remove_group(id).await else {
        return Ok(Redirect::to("/groups").into_response());
    };
    let denied = mendable(error)?;
    let page = question(&app, &person, id, person.t.said(&denied.said())).await?;
    Ok(again(&denied, page))
}
