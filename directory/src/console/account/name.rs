//! POST: a person changes their own name.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Redirect;
use serde::Deserialize;

use crate::app::App;
use crate::console::page::{Failed, Person};
use crate::http::body::Form;

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct Fields {
    name: String,
}

pub(crate) async fn post(
    State(_): State<Arc<App>>,
    person: Person,
    Form(fields): Form<Fields>,
) -> Result<Redirect, Failed> {
    let own = person.account.email.as_str();
    person.caller.rename_person(own, &fields.name).await?;
    Ok(Redirect::to("/account"))
}
