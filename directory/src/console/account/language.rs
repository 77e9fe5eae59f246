//! POST: a person chooses the language of their pages.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Redirect;
use serde::Deserialize;

use crate::app::App;
use crate::console::page::{Failed, Person};
use crate::console::texts::Language;
use crate::http::body::Form;

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct Fields {
    /// A tag, or nothing for the language that the browser asks for.
    language: String,
}

pub(crate) async fn post(
    State(app): State<Arc<App>>,
    person: Person,
    Form(fields): Form<Fields>,
) -> Result<Redirect, Failed> {
    let chosen = Language::of_tag(&fields.language).map(Language::tag);
    app.choose_language(&person.web, chosen).await?;
    Ok(Redirect::to("/account"))
}
