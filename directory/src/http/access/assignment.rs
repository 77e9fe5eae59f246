//! DELETE `/api/v1/assignments/{id}`: takes a role away.

use axum::http::StatusCode;
use uuid::Uuid;

use crate::app::AppError;
use crate::http::body::Id;
use crate::http::rights::ApiCaller;

/// Takes a role away; sessions that rest on it end within seconds.
#[utoipa::path(delete, path = "", params(("id" = Uuid, Path)), responses((status = 204)))]
pub(in crate::http) async fn delete(
    ApiCaller(caller): ApiCaller,
    Id(id): Id<Uuid>,
) -> Result<StatusCode, AppError> {
    caller.take_role(id).await?;
    Ok(StatusCode::NO_CONTENT)
}
