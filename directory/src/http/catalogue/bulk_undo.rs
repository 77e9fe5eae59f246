//! POST `/api/v1/catalogue/bulk/{id}/undo`: puts the devices of an act back as they were.

use uuid::Uuid;

use super::bulk_run::Done;
use crate::app::AppError;
use crate::http::body::Id;
use crate::http::rights::ApiCaller;

/// Undoes an act within ten minutes after it ran.
#[utoipa::path(post, path = "", params(("id" = Uuid, Path)),
    responses((status = 200, body = Done)))]
pub(in crate::http) async fn post(
    ApiCaller(caller): ApiCaller,
    Id(bulk): Id<Uuid>,
) -> Result<axum::Json<Done>, AppError> {
    let devices = caller.undo_bulk(bulk).await?;
    Ok(axum::Json(Done { bulk, devices }))
}
