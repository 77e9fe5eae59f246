//! DELETE `/api/v1/catalogue/fields/{id}`: forgets a custom field and its values.

use axum::http::StatusCode;

use crate::app::AppError;
use crate::http::body::Id;
use crate::http::rights::ApiCaller;

/// Forgets a custom field, named by its key, and its values on every device.
#[utoipa::path(delete, path = "", params(("id" = String, Path)), responses((status = 204)))]
pub(in crate::http) async fn delete(
    ApiCaller(caller): ApiCaller,
    Id(key): Id<String>,
) -> Result<StatusCode, AppError> {
    caller.remove_field(&key).await?;
    Ok(StatusCode::NO_CONTENT)
}
