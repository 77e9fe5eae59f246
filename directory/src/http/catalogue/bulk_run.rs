//! POST `/api/v1/catalogue/bulk/{id}/run`: does what was previewed.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::AppError;
use crate::http::body::Id;
use crate::http::rights::ApiCaller;

/// What was done.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Done {
    /// The act.
    pub bulk: Uuid,
    /// How many devices changed.
    pub devices: u64,
}

/// Does what was previewed, to the devices that were previewed. For ten minutes it can be undone.
#[utoipa::path(post, path = "", params(("id" = Uuid, Path)),
    responses((status = 200, body = Done)))]
pub(in crate::http) async fn post(
    ApiCaller(caller): ApiCaller,
    Id(bulk): Id<Uuid>,
) -> Result<axum::Json<Done>, AppError> {
    let devices = caller.run_bulk(bulk).await?;
    Ok(axum::Json(Done { bulk, devices }))
}
