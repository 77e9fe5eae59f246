//! POST: lets a device be used.

use axum::response::Redirect;
use farpane_protocol::ids::DeviceId;

use super::device::seen;
use super::page::{Failed, Person};
use crate::http::body::Id;
use crate::policy::rights::Action;

pub(crate) async fn post(person: Person, Id(device): Id<DeviceId>) -> Result<Redirect, Failed> {
    seen(&person, device, Action::ApproveDevices).await?;
    // One that somebody else let in meanwhile is as it should be.
    person.caller.decide(&[device], &[]).await?;
    Ok(Redirect::to("/enrolment"))
}
