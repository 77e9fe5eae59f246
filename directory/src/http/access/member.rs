//! PUT and DELETE `/api/v1/groups/{id}/members/{person}`: who is in a group.

use axum::http::StatusCode;
use farpane_protocol::ids::UserId;
use uuid::Uuid;

use crate::app::AppError;
use crate::http::body::Id;
use crate::http::rights::ApiCaller;

/// Puts a person into a group.
#[utoipa::path(put, path = "", params(("id" = Uuid, Path), ("person" = UserId, Path)),
    responses((status = 204)))]
pub(in crate::http) async fn put(
    ApiCaller(caller): ApiCaller,
    Id((group, person)): Id<(Uuid, UserId)>,
) -> Result<StatusCode, AppError> {
    caller.join_group(group, person).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a person out of a group.
#[utoipa::path(delete, path = "", params(("id" = Uuid, Path), ("person" = UserId, Path)),
    responses((status = 204)))]
pub(in crate::http) async fn delete(
    ApiCaller(caller): ApiCaller,
    Id((group, person)): Id<(Uuid, UserId)>,
) -> Result<StatusCode, AppError> {
    caller.leave_group(group, person).await?;
    Ok(StatusCode::NO_CONTENT)
}
