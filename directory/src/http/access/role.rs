//! GET, PUT and DELETE `/api/v1/roles/{id}`: one role; only the organisation's own ones change.

use axum::http::StatusCode;
use uuid::Uuid;

use super::roles::RoleWish;
use super::shown::RoleShown;
use crate::app::AppError;
use crate::http::body::{Id, Json};
use crate::http::rights::ApiCaller;

/// One role: an own one by its id, a built-in one by its name.
#[utoipa::path(get, path = "", params(("id" = String, Path)),
    responses((status = 200, body = RoleShown)))]
pub(in crate::http) async fn get(
    ApiCaller(caller): ApiCaller,
    Id(id): Id<String>,
) -> Result<axum::Json<RoleShown>, AppError> {
    Ok(axum::Json(caller.role_alone(&id).await?.into()))
}

/// Gives a role another name and other rights; everybody who holds it has the new ones.
#[utoipa::path(put, path = "", params(("id" = Uuid, Path)), request_body = RoleWish,
    responses((status = 200, body = RoleShown)))]
pub(in crate::http) async fn put(
    ApiCaller(caller): ApiCaller,
    Id(id): Id<Uuid>,
    Json(wish): Json<RoleWish>,
) -> Result<axum::Json<RoleShown>, AppError> {
    let rights = wish.rights.try_into()?;
    let role = caller.change_role(id, &wish.name, rights).await?;
    Ok(axum::Json(role.into()))
}

/// Removes a role that nobody holds.
#[utoipa::path(delete, path = "", params(("id" = Uuid, Path)), responses((status = 204)))]
pub(in crate::http) async fn delete(
    ApiCaller(caller): ApiCaller,
    Id(id): Id<Uuid>,
) -> Result<StatusCode, AppError> {
    caller.remove_role(id).await?;
    Ok(StatusCode::NO_CONTENT)
}
