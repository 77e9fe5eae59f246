//! DELETE `/api/v1/people/{id}/viewers/{viewer}`: one of a person's viewers.

use axum::http::StatusCode;
use farpane_protocol::ids::{UserId, ViewerId};

use crate::app::AppError;
use crate::http::body::Id;
use crate::http::rights::ApiCaller;

/// Removes a viewer: it has to sign in anew, and its sessions end.
#[utoipa::path(delete, path = "", params(("id" = UserId, Path), ("viewer" = ViewerId, Path)),
    responses((status = 204)))]
pub(in crate::http) async fn delete(
    ApiCaller(caller): ApiCaller,
    Id((person, viewer)): Id<(UserId, ViewerId)>,
) -> Result<StatusCode, AppError> {
    caller.remove_viewer(&person.to_string(), viewer).await?;
    Ok(StatusCode::NO_CONTENT)
}
