//! POST: a person changes their own password.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use super::shown;
use crate::app::web::Visitor;
use crate::app::{App, AppError};
use crate::console::page::{Failed, Person};
use crate::http::body::Form;

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct Fields {
    old: String,
    new: String,
}

pub(crate) async fn post(
    State(app): State<Arc<App>>,
    person: Person,
    visitor: Visitor,
    Form(fields): Form<Fields>,
) -> Result<Response, Failed> {
    let changed = app.change_password(&person.web, &fields.old, fields.new, &visitor);
    match changed.await {
        Ok(()) => {
            let said = person.t.msg("account-password-changed").to_string();
            shown(&app, &person, Some(said), None).await
        }
        Err(AppError::Denied(denied)) => {
            let status = StatusCode::from_u16(denied.status());
            let again = shown(&app, &person, None, Some(person.t.said(&denied.said()))).await?;
            Ok((status.unwrap_or(StatusCode::FORBIDDEN), again).into_response())
        }
        Err(error @ AppError::Store(_)) => Err(error.into()),
    }
}
