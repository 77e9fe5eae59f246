//! POST: saves a search under a name, as a group that fills itself, and forgets one.

use axum::response::Redirect;
use serde::Deserialize;
use uuid::Uuid;

use super::address::Asked;
use crate::console::page::{Failed, Person};
use crate::http::body::{Form, Id};

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct Fields {
    name: String,
    q: String,
    #[serde(default)]
    shared: Option<String>,
}

pub(crate) async fn save(person: Person, Form(fields): Form<Fields>) -> Result<Redirect, Failed> {
    let shared = fields.shared.is_some();
    let caller = &person.caller;
    let saved = caller.save_search(&fields.name, &fields.q, shared).await?;
    Ok(Redirect::to(&Asked::of(saved.query).address()))
}

pub(crate) async fn remove(person: Person, Id(id): Id<Uuid>) -> Result<Redirect, Failed> {
    person.caller.remove_search(id).await?;
    Ok(Redirect::to("/devices"))
}
