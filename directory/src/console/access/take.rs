//! POST: takes a role away from somebody, and leads back to the page where that was asked for.

use axum::response::Redirect;
use serde::Deserialize;
use uuid::Uuid;

use crate::console::back::local;
use crate::console::page::{Failed, Person};
use crate::http::body::{Form, Id};

/// Where the person stood.
#[derive(Deserialize)]
pub(crate) struct Fields {
    #[serde(default)]
    back: String,
}

pub(crate) async fn post(
    person: Person,
    Id(id): Id<Uuid>,
    Form(fields): Form<Fields>,
) -> Result<Redirect, Failed> {
    person.caller.take_role(id).await?;
    Ok(Redirect::to(match local(&fields.back) {
        "/" => "/access",
        back => back,
    }))
}
