//! DELETE `/api/v1/catalogue/devices/{id}`: removes one device; for ten minutes it can come back.

use farpane_protocol::ids::DeviceId;

use super::bulk_run::Done;
use crate::app::AppError;
use crate::app::bulk::Selection;
use crate::http::body::Id;
use crate::http::rights::ApiCaller;
use crate::model::bulk::Act;

/// Removes a device. Its session ends, its key works nowhere; `bulk` undoes it for ten minutes.
#[utoipa::path(delete, path = "", params(("id" = DeviceId, Path)),
    responses((status = 200, body = Done)))]
pub(in crate::http) async fn delete(
    ApiCaller(caller): ApiCaller,
    Id(id): Id<DeviceId>,
) -> Result<axum::Json<Done>, AppError> {
    caller.listed(id).await?;
    let selection = Selection::Devices(vec![id]);
    let (bulk, devices) = caller.act(Act::Remove, &selection).await?;
    Ok(axum::Json(Done { bulk, devices }))
}
