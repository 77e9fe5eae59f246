//! POST: a person ends one of their console sessions, or all but this one.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Redirect;
use serde::Deserialize;
use uuid::Uuid;

use crate::app::App;
use crate::console::page::{Failed, Person};
use crate::http::body::Form;

/// Which; absent for all others.
#[derive(Deserialize)]
pub(crate) struct Fields {
    session: Option<Uuid>,
}

pub(crate) async fn post(
    State(app): State<Arc<App>>,
    person: Person,
    Form(fields): Form<Fields>,
) -> Result<Redirect, Failed> {
    app.end_web_sessions(&person.web, fields.session).await?;
    Ok(Redirect::to("/account"))
}
