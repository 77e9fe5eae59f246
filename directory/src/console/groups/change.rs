//! POST: makes and renames a group, puts people into it and takes them out.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use farpane_protocol::ids::UserId;
use serde::Deserialize;
use uuid::Uuid;

use super::{Came, list_with, one_with};
use crate::app::{App, AppError, Denied};
use crate::console::page::{Failed, Person};
use crate::console::refused::{again, mendable, mistyped};
use crate::http::body::{Form, Id};

/// A name.
#[derive(Deserialize)]
pub(crate) struct Named {
    name: String,
}

/// A person's address.
#[derive(Deserialize)]
pub(crate) struct Who {
    who: String,
}

fn page_of(id: Uuid) -> Redirect {
    Redirect::to(&format!("/groups/{id}"))
}

pub(crate) async fn make(
    State(app): State<Arc<App>>,
    person: Person,
    Form(fields): Form<Named>,
) -> Result<Response, Failed> {
    match person.caller.make_group(&fields.name).await {
        Ok(group) => Ok(page_of(group.id).into_response()),
        Err(error) => {
            let denied = mendable(error)?;
            let page = list_with(&app, &person, fields.name, person.t.said(&denied.said())).await?;
            Ok(again(&denied, page))
        }
    }
}

pub(crate) async fn rename(
    State(app): State<Arc<App>>,
    person: Person,
    Id(id): Id<Uuid>,
    Form(fields): Form<Named>,
) -> Result<Response, Failed> {
    let Err(error) = person.caller.rename_group(id, &fields.name).await else {
        return Ok(page_of(id).into_response());
    };
    let denied = mendable(error)?;
    let came = Came {
        name: Some((fields.name, person.t.said(&denied.said()))),
        ..Came::default()
    };
    Ok(again(&denied, one_with(&app, &person, id, came).await?))
}

pub(crate) async fn join(
    State(app): State<Arc<App>>,
    person: Person,
    Id(id): Id<Uuid>,
    Form(fields): Form<Who>,
) -> Result<Response, Failed> {
    // The group first: whoever may not see it learns nothing about people either.
    person.caller.group(&id.to_string()).await?;
    let refused = |who: String, why: String| Came {
        who: Some((who, why)),
        ..Came::default()
    };
    let who = match person.caller.person(&fields.who).await {
        Ok(who) => who,
        Err(AppError::Denied(Denied::NotFound(_))) => {
            let why = person.t.msg("who-unknown").to_string();
            let page = one_with(&app, &person, id, refused(fields.who, why)).await?;
            return Ok(mistyped(page));
        }
        Err(error) => return Err(error.into()),
    };
    let Err(error) = person.caller.join_group(id, who.id).await else {
        return Ok(page_of(id).into_response());
    };
    let denied = mendable(error)?;
    let came = refused(fields.who, person.t.said(&denied.said()));
    Ok(again(&denied, one_with(&app, &person, id, came).await?))
}

pub(crate) async fn leave(
    person: Person,
    Id((id, member)): Id<(Uuid, UserId)>,
) -> Result<Redirect, Failed> {
    person.caller.leave_group(id, member).await?;
    Ok(page_of(id))
}
