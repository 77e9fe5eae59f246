//! POST `/api/v1/users/{id}/reset-link`: a link with which a person sets a new password.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use farpane_protocol::ids::UserId;
use serde::Deserialize;

use super::invite::LinkShown;
use crate::app::passwords::Viewers;
use crate::app::{App, AppError};
use crate::http::body::{Id, Search};
use crate::http::rights::ApiCaller;

/// What becomes of the person's viewers.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct Reset {
    /// `remove`, where nothing is said: they sign in with them again. `keep` leaves them signed in.
    #[serde(default = "removed")]
    #[param(inline, required = false)]
    pub(super) viewers: Viewers,
}

const fn removed() -> Viewers {
    Viewers::Remove
}

/// Makes a link with which a person sets a new password. Their second factors stay.
#[utoipa::path(post, path = "", params(("id" = UserId, Path), Reset),
    responses((status = 201, body = LinkShown)))]
pub(in crate::http) async fn post(
    State(app): State<Arc<App>>,
    ApiCaller(caller): ApiCaller,
    Id(user): Id<UserId>,
    Search(query): Search<Reset>,
) -> Result<(StatusCode, axum::Json<LinkShown>), AppError> {
    let (account, secret) = caller.reset_link(&user.to_string(), query.viewers).await?;
    let shown = LinkShown::of(&app, &account, &secret);
    Ok((StatusCode::CREATED, axum::Json(shown)))
}
