//! GET and POST `/api/v1/roles`: what roles there are.

use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::shown::{RightsShown, RoleShown};
use crate::app::AppError;
use crate::http::body::Json;
use crate::http::page::Page;
use crate::http::rights::ApiCaller;

/// A role as it should be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct RoleWish {
    /// Its name.
    pub(super) name: String,
    /// What it gives.
    pub(super) rights: RightsShown,
}

/// Every role: the built-in ones, then the organisation's own.
#[utoipa::path(get, path = "", responses((status = 200, body = Page<RoleShown>)))]
pub(in crate::http) async fn get(
    ApiCaller(caller): ApiCaller,
) -> Result<axum::Json<Page<RoleShown>>, AppError> {
    let roles = caller.roles().await?;
    Ok(axum::Json(Page {
        items: roles.into_iter().map(Into::into).collect(),
        next: None,
    }))
}

/// Makes a role that gives no more than the caller holds.
#[utoipa::path(post, path = "", request_body = RoleWish,
    responses((status = 201, body = RoleShown)))]
pub(in crate::http) async fn post(
    ApiCaller(caller): ApiCaller,
    Json(wish): Json<RoleWish>,
) -> Result<(StatusCode, axum::Json<RoleShown>), AppError> {
    let role = caller
        .make_role(&wish.name, wish.rights.try_into()?)
        .await?;
    Ok((StatusCode::CREATED, axum::Json(role.into())))
}
