//! DELETE `/api/v1/catalogue/places/{id}`: removes a site or group.

use axum::http::StatusCode;
use farpane_protocol::ids::{PlaceId, TenantId};
use serde::Deserialize;

use crate::app::AppError;
use crate::http::body::{Id, Search};
use crate::http::rights::ApiCaller;
use crate::model::place::Spot;

/// The query.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct Query {
    /// The customer to which devices in it go, with all below it; nothing may be in it if absent.
    customer: Option<TenantId>,
    /// The place of that customer to which they go.
    place: Option<PlaceId>,
}

/// Removes a site or group. Nothing may be in it, unless it is said where its devices go.
#[utoipa::path(delete, path = "", params(("id" = PlaceId, Path), Query),
    responses((status = 204)))]
pub(in crate::http) async fn delete(
    ApiCaller(caller): ApiCaller,
    Id(id): Id<PlaceId>,
    Search(query): Search<Query>,
) -> Result<StatusCode, AppError> {
    let to = query.customer.map(|tenant| Spot {
        tenant,
        place: query.place,
    });
    caller.remove_place(id, to).await?;
    Ok(StatusCode::NO_CONTENT)
}
