//! GET `/api/v1/catalogue/places/{id}`: one site or group.

use farpane_protocol::ids::{PlaceId, TenantId};
use serde::Serialize;
use utoipa::ToSchema;

use super::places::PlaceListed;
use crate::app::AppError;
use crate::http::body::Id;
use crate::http::rights::ApiCaller;

/// A site or group, and whose it is.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct PlaceWhole {
    /// Its customer.
    customer: TenantId,
    #[serde(flatten)]
    place: PlaceListed,
}

/// One site or group.
#[utoipa::path(get, path = "", params(("id" = PlaceId, Path)),
    responses((status = 200, body = PlaceWhole)))]
pub(in crate::http) async fn get(
    ApiCaller(caller): ApiCaller,
    Id(id): Id<PlaceId>,
) -> Result<axum::Json<PlaceWhole>, AppError> {
    let place = caller.place(id).await?;
    Ok(axum::Json(PlaceWhole {
        customer: place.tenant,
        place: (&place).into(),
    }))
}
