//! GET, PATCH and DELETE `/api/v1/people/{id}`: one person.

use axum::http::StatusCode;
use farpane_protocol::ids::UserId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::shown::{AssignmentShown, GroupShown, PersonShown, ViewerShown};
use crate::app::AppError;
use crate::http::body::{Id, Json};
use crate::http::rights::ApiCaller;

/// A person with everything that hangs on them.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct PersonWhole {
    /// Who.
    #[serde(flatten)]
    person: PersonShown,
    /// In which groups.
    groups: Vec<GroupShown>,
    /// What they hold, by themselves and through groups, whether it counts now or not.
    assignments: Vec<AssignmentShown>,
    /// Their viewers.
    viewers: Vec<ViewerShown>,
}

/// What can be changed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct PersonChange {
    /// Another name.
    #[serde(default)]
    name: Option<String>,
    /// Whether they may do nothing: signed out everywhere, their sessions end.
    #[serde(default)]
    disabled: Option<bool>,
}

/// One person: groups, roles, viewers.
#[utoipa::path(get, path = "", params(("id" = UserId, Path)),
    responses((status = 200, body = PersonWhole)))]
pub(in crate::http) async fn get(
    ApiCaller(caller): ApiCaller,
    Id(id): Id<UserId>,
) -> Result<axum::Json<PersonWhole>, AppError> {
    let whole = caller.person_whole(&id.to_string()).await?;
    let names = caller.core.place_names().await?;
    let now = caller.core.clock.now();
    let assignments = whole.assignments.into_iter();
    Ok(axum::Json(PersonWhole {
        person: whole.account.into(),
        groups: whole.groups.into_iter().map(Into::into).collect(),
        assignments: assignments
            .map(|held| AssignmentShown::of(held, &names, now))
            .collect(),
        viewers: whole.viewers.into_iter().map(Into::into).collect(),
    }))
}

/// Renames a person, disables or enables them.
#[utoipa::path(patch, path = "", params(("id" = UserId, Path)), request_body = PersonChange,
    responses((status = 200, body = PersonShown)))]
pub(in crate::http) async fn patch(
    ApiCaller(caller): ApiCaller,
    Id(id): Id<UserId>,
    Json(change): Json<PersonChange>,
) -> Result<axum::Json<PersonShown>, AppError> {
    let id = id.to_string();
    if let Some(name) = &change.name {
        caller.rename_person(&id, name).await?;
    }
    match change.disabled {
        Some(true) => drop(caller.disable_person(&id).await?),
        Some(false) => drop(caller.enable_person(&id).await?),
        None => {}
    }
    Ok(axum::Json(caller.person(&id).await?.into()))
}

/// Removes a person for good, with their roles and viewers; their sessions end.
#[utoipa::path(delete, path = "", params(("id" = UserId, Path)), responses((status = 204)))]
pub(in crate::http) async fn delete(
    ApiCaller(caller): ApiCaller,
    Id(id): Id<UserId>,
) -> Result<StatusCode, AppError> {
    caller.remove_person(&id.to_string()).await?;
    Ok(StatusCode::NO_CONTENT)
}
