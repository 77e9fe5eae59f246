//! GET `/api/v1/devices/{id}/access`: who can reach a device now, and why.

use farpane_protocol::ids::DeviceId;
use serde::Serialize;
use utoipa::ToSchema;

use super::shown::{PersonShown, ReasonShown};
use crate::app::AppError;
use crate::http::body::Id;
use crate::http::page::Page;
use crate::http::rights::ApiCaller;

/// Somebody who can reach a device.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct ReacherShown {
    /// Who.
    person: PersonShown,
    /// What gives it.
    because: Vec<ReasonShown>,
}

/// Everybody who can reach a device now, and why.
#[utoipa::path(get, path = "", params(("id" = DeviceId, Path)),
    responses((status = 200, body = Page<ReacherShown>)))]
pub(in crate::http) async fn get(
    ApiCaller(caller): ApiCaller,
    Id(id): Id<DeviceId>,
) -> Result<axum::Json<Page<ReacherShown>>, AppError> {
    let reachers = caller.who_can_reach(id).await?.into_iter();
    let shown = reachers.map(|reacher| ReacherShown {
        person: reacher.account.into(),
        because: reacher.because.into_iter().map(Into::into).collect(),
    });
    Ok(axum::Json(Page {
        items: shown.collect(),
        next: None,
    }))
}
