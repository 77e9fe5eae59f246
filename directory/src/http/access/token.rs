//! DELETE `/api/v1/tokens/{id}`: makes an API token worth nothing.

use axum::http::StatusCode;
use uuid::Uuid;

use crate::app::AppError;
use crate::http::body::Id;
use crate::http::rights::ApiCaller;

/// Makes a token worth nothing, from this moment on.
#[utoipa::path(delete, path = "", params(("id" = Uuid, Path)), responses((status = 204)))]
pub(in crate::http) async fn delete(
    ApiCaller(caller): ApiCaller,
    Id(id): Id<Uuid>,
) -> Result<StatusCode, AppError> {
    caller.revoke_token(id).await?;
    Ok(StatusCode::NO_CONTENT)
}
