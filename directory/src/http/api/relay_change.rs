//! PATCH and DELETE `/api/v1/relays/{id}`: another name for a relay, or its end.

use axum::http::StatusCode;
use farpane_protocol::ids::RelayId;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::AppError;
use crate::http::body::{Id, Json};
use crate::http::rights::ApiCaller;

/// What should change.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct RelayWish {
    /// The new name, unique in the organisation.
    name: String,
}

/// Gives a relay another name.
#[utoipa::path(patch, path = "", params(("id" = RelayId, Path)), request_body = RelayWish,
    responses((status = 204)))]
pub(in crate::http) async fn patch(
    ApiCaller(caller): ApiCaller,
    Id(id): Id<RelayId>,
    Json(wish): Json<RelayWish>,
) -> Result<StatusCode, AppError> {
    caller.rename_relay(id, &wish.name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes a relay: its key is worth nothing any more, and its connections here end within
/// seconds. Devices that were there look for another relay.
#[utoipa::path(delete, path = "", params(("id" = RelayId, Path)), responses((status = 204)))]
pub(in crate::http) async fn delete(
    ApiCaller(caller): ApiCaller,
    Id(id): Id<RelayId>,
) -> Result<StatusCode, AppError> {
    caller.remove_relay(id).await?;
    Ok(StatusCode::NO_CONTENT)
}
