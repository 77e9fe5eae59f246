//! POST `/api/v1/catalogue/places`: adds a site or group.

use axum::http::StatusCode;
use farpane_protocol::ids::{PlaceId, TenantId};
use serde::Deserialize;
use utoipa::ToSchema;

use super::places::PlaceListed;
use crate::app::AppError;
use crate::http::body::Json;
use crate::http::rights::ApiCaller;
use crate::model::place::{PlaceKind, Spot};

/// A place that should be.
#[derive(Deserialize, ToSchema)]
pub(in crate::http) struct PlaceWish {
    /// At which customer.
    customer: TenantId,
    /// In which other place; at the customer directly if absent.
    parent: Option<PlaceId>,
    /// Site or group.
    kind: PlaceKind,
    /// Its name, unique among its siblings.
    name: String,
}

/// Adds a site or group.
#[utoipa::path(post, path = "", request_body = PlaceWish,
    responses((status = 201, body = PlaceListed)))]
pub(in crate::http) async fn post(
    ApiCaller(caller): ApiCaller,
    Json(wish): Json<PlaceWish>,
) -> Result<(StatusCode, axum::Json<PlaceListed>), AppError> {
    let spot = Spot {
        tenant: wish.customer,
        place: wish.parent,
    };
    let place = caller.add_place(spot, wish.kind, &wish.name).await?;
    Ok((StatusCode::CREATED, axum::Json((&place).into())))
}
