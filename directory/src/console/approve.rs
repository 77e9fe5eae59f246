//! POST: lets a device be used.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Redirect;
use farpane_protocol::ids::DeviceId;

use super::page::{Failed, Person};
use crate::app::App;
use crate::app::web::account_actor;
use crate::http::body::Id;

pub(crate) async fn post(
    State(_): State<Arc<App>>,
    person: Person,
    Id(device): Id<DeviceId>,
) -> Result<Redirect, Failed> {
    let actor = account_actor(&person.account);
    person.caller.core.approve_device(device, actor).await?;
    Ok(Redirect::to("/enrolment"))
}
