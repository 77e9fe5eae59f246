//! GET and POST `/api/v1/requests`: what waits for a second person, and asking for a role.

use std::time::Duration;

use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::shown::{RequestShown, Waiting};
use crate::app::AppError;
use crate::http::api::me::PlaceShown;
use crate::http::body::Json;
use crate::http::page::Page;
use crate::http::rights::ApiCaller;

/// A role that the caller wants for a while.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct RoleAsked {
    /// Which, by name or id.
    role: String,
    /// Where.
    place: PlaceShown,
    /// For how many seconds, from when it is approved.
    seconds: u32,
    /// Why.
    reason: String,
}

/// Requests that the caller made, or may decide, newest first.
#[utoipa::path(get, path = "", responses((status = 200, body = Page<RequestShown>)))]
pub(in crate::http) async fn get(
    ApiCaller(caller): ApiCaller,
) -> Result<axum::Json<Page<RequestShown>>, AppError> {
    let requests = caller.requests().await?;
    Ok(axum::Json(Page {
        items: requests.into_iter().map(Into::into).collect(),
        next: None,
    }))
}

/// Asks for a role for a while; somebody else decides.
#[utoipa::path(post, path = "", request_body = RoleAsked,
    responses((status = 201, body = Waiting)))]
pub(in crate::http) async fn post(
    ApiCaller(caller): ApiCaller,
    Json(asked): Json<RoleAsked>,
) -> Result<(StatusCode, axum::Json<Waiting>), AppError> {
    let span = Duration::from_secs(asked.seconds.into());
    let request = caller
        .ask_role(&asked.role, asked.place.into(), span, &asked.reason)
        .await?;
    let waiting = Waiting {
        request: request.id,
    };
    Ok((StatusCode::CREATED, axum::Json(waiting)))
}
