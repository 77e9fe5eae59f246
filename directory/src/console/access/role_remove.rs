//! GET and POST: removes an own role that nobody holds, after a question.

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
    let role = person.caller.role(&id.to_string()).await?;
    let question = Question {
        here: "/access",
        title: t.msg("role-remove-title").text("name", &role.name),
        what: vec![t.msg("role-remove-what")],
        action: format!("/access/roles/{id}/remove"),
        button: t.msg("role-remove"),
        back: format!("/access/roles/{id}"),
        refused,
    };
    ask(app, person, question).await
}

pub(crate) async fn get(
    State(app): State<Arc<App>>,
    person: Person,
    Id(id): Id<Uuid>,
) -> Result<Response, Failed> {
    let may = person.caller.check(Action::ManageRoles, &Path::ORG, "role");
    may.map_err(|denied| Failed(denied.into()))?;
    question(&app, &person, id, String::new()).await
}

pub(crate) async fn post(
    State(app): State<Arc<App>>,
    person: Person,
    Id(id): Id<Uuid>,
) -> Result<Response, Failed> {
    let Err(error) = person.caller.remove_role(id).await else {
        return Ok(Redirect::to("/access/roles").into_response());
    };
    let denied = mendable(error)?;
    let page = question(&app, &person, id, person.t.said(&denied.said())).await?;
    Ok(again(&denied, page))
}
