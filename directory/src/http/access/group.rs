//! GET, PATCH and DELETE `/api/v1/groups/{id}`: one group of people.

use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::shown::{GroupShown, NameWish, PersonShown};
use crate::app::AppError;
use crate::http::body::{Id, Json};
use crate::http::rights::ApiCaller;

/// A group with its members.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct GroupWhole {
    /// Which.
    #[serde(flatten)]
    group: GroupShown,
    /// Who is in it.
    people: Vec<PersonShown>,
}

/// One group and who is in it.
#[utoipa::path(get, path = "", params(("id" = Uuid, Path)),
    responses((status = 200, body = GroupWhole)))]
pub(in crate::http) async fn get(
    ApiCaller(caller): ApiCaller,
    Id(id): Id<Uuid>,
) -> Result<axum::Json<GroupWhole>, AppError> {
    let group = caller.group(&id.to_string()).await?;
    let people = caller.members(id).await?;
    Ok(axum::Json(GroupWhole {
        group: group.into(),
        people: people.into_iter().map(Into::into).collect(),
    }))
}

/// Gives a group another name.
#[utoipa::path(patch, path = "", params(("id" = Uuid, Path)), request_body = NameWish,
    responses((status = 200, body = GroupShown)))]
pub(in crate::http) async fn patch(
    ApiCaller(caller): ApiCaller,
    Id(id): Id<Uuid>,
    Json(wish): Json<NameWish>,
) -> Result<axum::Json<GroupShown>, AppError> {
    caller.rename_group(id, &wish.name).await?;
    Ok(axum::Json(caller.group(&id.to_string()).await?.into()))
}

/// Removes a group; its members lose what they held through it.
#[utoipa::path(delete, path = "", params(("id" = Uuid, Path)), responses((status = 204)))]
pub(in crate::http) async fn delete(
    ApiCaller(caller): ApiCaller,
    Id(id): Id<Uuid>,
) -> Result<StatusCode, AppError> {
    caller.remove_group(id).await?;
    Ok(StatusCode::NO_CONTENT)
}
