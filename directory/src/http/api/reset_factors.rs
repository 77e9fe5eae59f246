//! DELETE `/api/v1/users/{id}/second-factors`: for a person who lost every one of them.

use axum::http::StatusCode;
use farpane_protocol::ids::UserId;

use crate::app::AppError;
use crate::http::body::Id;
use crate::http::rights::ApiCaller;

/// Takes every second factor of a person away; they are signed out of the console.
#[utoipa::path(delete, path = "", params(("id" = UserId, Path)), responses((status = 204)))]
pub(in crate::http) async fn delete(
    ApiCaller(caller): ApiCaller,
    Id(user): Id<UserId>,
) -> Result<StatusCode, AppError> {
    caller.reset_factors(&user.to_string()).await?;
    Ok(StatusCode::NO_CONTENT)
}
