//! GET and POST `/api/v1/groups`: groups of people.

use axum::http::StatusCode;

use super::shown::{GroupShown, NameWish};
use crate::app::AppError;
use crate::http::body::Json;
use crate::http::page::Page;
use crate::http::rights::ApiCaller;

/// Every group of people, in order of name.
#[utoipa::path(get, path = "", responses((status = 200, body = Page<GroupShown>)))]
pub(in crate::http) async fn get(
    ApiCaller(caller): ApiCaller,
) -> Result<axum::Json<Page<GroupShown>>, AppError> {
    let groups = caller.groups().await?;
    Ok(axum::Json(Page {
        items: groups.into_iter().map(Into::into).collect(),
        next: None,
    }))
}

/// Makes a group without members and rights.
#[utoipa::path(post, path = "", request_body = NameWish,
    responses((status = 201, body = GroupShown)))]
pub(in crate::http) async fn post(
    ApiCaller(caller): ApiCaller,
    Json(wish): Json<NameWish>,
) -> Result<(StatusCode, axum::Json<GroupShown>), AppError> {
    let group = caller.make_group(&wish.name).await?;
    Ok((StatusCode::CREATED, axum::Json(group.into())))
}
