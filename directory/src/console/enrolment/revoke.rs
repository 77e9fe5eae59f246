//! POST: takes a ticket back.

use axum::response::Redirect;
use uuid::Uuid;

use crate::console::page::{Failed, Person};
use crate::http::body::Id;

pub(crate) async fn post(person: Person, Id(ticket): Id<Uuid>) -> Result<Redirect, Failed> {
    person.caller.revoke_ticket(ticket).await?;
    Ok(Redirect::to("/enrolment"))
}
