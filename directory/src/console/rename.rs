//! POST: gives a device another name.

use axum::response::Redirect;
use farpane_protocol::ids::DeviceId;
use serde::Deserialize;

use super::device::seen;
use super::page::{Failed, Person};
use crate::http::body::{Form, Id};
use crate::policy::rights::Action;

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct Fields {
    name: String,
}

pub(crate) async fn post(
    person: Person,
    Id(id): Id<DeviceId>,
    Form(fields): Form<Fields>,
) -> Result<Redirect, Failed> {
    seen(&person, id, Action::EditDevices).await?;
    let caller = &person.caller;
    let renamed = caller.core.rename_device(id, &fields.name, caller.actor());
    renamed.await?;
    Ok(Redirect::to(&format!("/devices/{id}")))
}
