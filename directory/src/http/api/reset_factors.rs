//! DELETE `/api/v1/users/{id}/second-factors`: for a person who lost every one of them.

use axum::http::StatusCode;
use farpane_protocol::ids::UserId;

use super::reset_link::Reset;
use crate::app::AppError;
use crate::http::body::{Id, Search};
use crate::http::rights::ApiCaller;

/// Takes every second factor of a person away; they are signed out of the console.
#[utoipa::path(delete, path = "", params(("id" = UserId, Path), Reset), responses((status = 204)))]
pub(in crate::http) async fn delete(
    ApiCaller(caller): ApiCaller,
    Id(user): Id<UserId>,
    Search(query): Search<Reset>,
) -> Result<StatusCode, AppError> {
    caller
        .reset_factors(&user.to_string(), query.viewers)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
