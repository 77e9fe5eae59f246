//! DELETE `/api/v1/catalogue/searches/{id}`: forgets one of the caller's saved searches.

use axum::http::StatusCode;
use uuid::Uuid;

use crate::app::AppError;
use crate::http::body::Id;
use crate::http::rights::ApiCaller;

/// Forgets a saved search.
#[utoipa::path(delete, path = "", params(("id" = Uuid, Path)), responses((status = 204)))]
pub(in crate::http) async fn delete(
    ApiCaller(caller): ApiCaller,
    Id(id): Id<Uuid>,
) -> Result<StatusCode, AppError> {
    caller.remove_search(id).await?;
    Ok(StatusCode::NO_CONTENT)
}
