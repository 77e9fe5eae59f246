//! POST: renames a person, disables and enables them, ends their console sessions, removes one of
//! their viewers, takes back one of their API tokens.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use farpane_protocol::ids::{UserId, ViewerId};
use serde::Deserialize;
use uuid::Uuid;

use super::person::{Came, shown};
use crate::app::App;
use crate::console::page::{Failed, Person};
use crate::console::refused::{again, mendable};
use crate::http::body::{Form, Id};

/// A name.
#[derive(Deserialize)]
pub(crate) struct Named {
    name: String,
}

/// Which console session; absent for all.
#[derive(Deserialize)]
pub(crate) struct Which {
    session: Option<Uuid>,
}

pub(super) fn page_of(id: UserId) -> Redirect {
    Redirect::to(&format!("/people/{id}"))
}

pub(crate) async fn rename(
    State(app): State<Arc<App>>,
    person: Person,
    Id(id): Id<UserId>,
    Form(fields): Form<Named>,
) -> Result<Response, Failed> {
    let named = id.to_string();
    let Err(error) = person.caller.rename_person(&named, &fields.name).await else {
        return Ok(page_of(id).into_response());
    };
    let denied = mendable(error)?;
    let came = Came {
        name: Some((fields.name, person.t.said(&denied.said()))),
        ..Came::default()
    };
    Ok(again(&denied, shown(&app, &person, id, came).await?))
}

pub(crate) async fn disable(person: Person, Id(id): Id<UserId>) -> Result<Redirect, Failed> {
    person.caller.disable_person(&id.to_string()).await?;
    Ok(page_of(id))
}

pub(crate) async fn enable(person: Person, Id(id): Id<UserId>) -> Result<Redirect, Failed> {
    person.caller.enable_person(&id.to_string()).await?;
    Ok(page_of(id))
}

pub(crate) async fn end_sessions(
    person: Person,
    Id(id): Id<UserId>,
    Form(fields): Form<Which>,
) -> Result<Redirect, Failed> {
    let named = id.to_string();
    person
        .caller
        .sign_out_person(&named, fields.session)
        .await?;
    Ok(page_of(id))
}

pub(crate) async fn remove_viewer(
    person: Person,
    Id((id, viewer)): Id<(UserId, ViewerId)>,
) -> Result<Redirect, Failed> {
    person.caller.remove_viewer(&id.to_string(), viewer).await?;
    Ok(page_of(id))
}

pub(crate) async fn revoke_token(
    person: Person,
    Id((id, token)): Id<(UserId, Uuid)>,
) -> Result<Redirect, Failed> {
    person.caller.revoke_token(token).await?;
    Ok(page_of(id))
}
