//! PATCH `/api/v1/catalogue/places/{id}`: another name, or another place to lie in.

use axum::http::StatusCode;
use farpane_protocol::ids::PlaceId;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::AppError;
use crate::http::body::{Id, Json};
use crate::http::rights::ApiCaller;

/// Where a place should lie.
#[derive(Deserialize, ToSchema)]
pub(in crate::http) struct Inside {
    /// In which other place of the same customer; at the customer directly if absent.
    parent: Option<PlaceId>,
}

/// What should change; what is absent stays as it is.
#[derive(Deserialize, ToSchema)]
pub(in crate::http) struct PlaceChange {
    /// The new name.
    name: Option<String>,
    /// Where it should lie.
    into: Option<Inside>,
}

/// Renames or moves a site or group, with all that is in it.
#[utoipa::path(patch, path = "", params(("id" = PlaceId, Path)), request_body = PlaceChange,
    responses((status = 204)))]
pub(in crate::http) async fn patch(
    ApiCaller(caller): ApiCaller,
    Id(id): Id<PlaceId>,
    Json(change): Json<PlaceChange>,
) -> Result<StatusCode, AppError> {
    caller.editable_place(id).await?;
    if let Some(name) = change.name {
        caller.rename_place(id, &name).await?;
    }
    if let Some(into) = change.into {
        caller.move_place(id, into.parent).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}
