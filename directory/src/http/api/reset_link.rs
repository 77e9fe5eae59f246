//! POST `/api/v1/users/{id}/reset-link`: a link with which a person sets a new password.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use farpane_protocol::ids::UserId;

use super::invite::LinkShown;
use crate::app::{App, AppError};
use crate::http::body::Id;
use crate::http::rights::ApiCaller;

/// Makes a link with which a person sets a new password. Their second factors stay.
#[utoipa::path(post, path = "", params(("id" = UserId, Path)),
    responses((status = 201, body = LinkShown)))]
pub(in crate::http) async fn post(
    State(app): State<Arc<App>>,
    ApiCaller(caller): ApiCaller,
    Id(user): Id<UserId>,
) -> Result<(StatusCode, axum::Json<LinkShown>), AppError> {
    let (account, secret) = caller.reset_link(&user.to_string()).await?;
    let shown = LinkShown::of(&app, &account, &secret);
    Ok((StatusCode::CREATED, axum::Json(shown)))
}
