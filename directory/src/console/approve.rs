//! POST: lets a device be used.

use axum::response::Redirect;
use farpane_protocol::ids::DeviceId;

use super::page::{Failed, Person};
use crate::app::{AppError, Denied};
use crate::http::body::Id;

pub(crate) async fn post(person: Person, Id(device): Id<DeviceId>) -> Result<Redirect, Failed> {
    let decided = person.caller.decide(&[device], &[]).await?;
    if decided.approved == 0 {
        // One that somebody else let in meanwhile is as it should be; one that is not there is not.
        person
            .caller
            .listed(device)
            .await
            .map_err(|error| match error {
                AppError::Denied(_) => AppError::Denied(Denied::NotFound("device")),
                AppError::Store(_) => error,
            })?;
    }
    Ok(Redirect::to("/enrolment"))
}
