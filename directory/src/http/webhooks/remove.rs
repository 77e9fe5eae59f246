//! DELETE `/api/v1/webhooks/{id}`: no more is told there.

use axum::http::StatusCode;
use uuid::Uuid;

use crate::app::AppError;
use crate::http::body::Id;
use crate::http::rights::ApiCaller;

/// Removes a webhook, with all that waits to be told there.
#[utoipa::path(delete, path = "", params(("id" = Uuid, Path)), responses((status = 204)))]
pub(in crate::http) async fn delete(
    ApiCaller(caller): ApiCaller,
    Id(id): Id<Uuid>,
) -> Result<StatusCode, AppError> {
    caller.remove_webhook(id).await?;
    Ok(StatusCode::NO_CONTENT)
}
