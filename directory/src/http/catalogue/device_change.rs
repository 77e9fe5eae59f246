//! PATCH `/api/v1/catalogue/devices/{id}`: another name, place, tags or values for one device.

use std::collections::BTreeMap;

use farpane_protocol::ids::{DeviceId, PlaceId, TenantId};
use serde::Deserialize;
use utoipa::ToSchema;

use super::device::DeviceWhole;
use crate::app::AppError;
use crate::app::bulk::DeviceChange;
use crate::http::body::{Id, Json};
use crate::http::rights::ApiCaller;
use crate::model::place::Spot;

/// Where a device should stand.
#[derive(Deserialize, ToSchema)]
pub(in crate::http) struct SpotWish {
    /// At which customer.
    customer: TenantId,
    /// In which site or group; at the customer directly if absent.
    place: Option<PlaceId>,
}

impl From<SpotWish> for Spot {
    fn from(wish: SpotWish) -> Self {
        Self {
            tenant: wish.customer,
            place: wish.place,
        }
    }
}

/// What should change; what is absent stays as it is.
#[derive(Deserialize, ToSchema)]
pub(in crate::http) struct Change {
    /// The new name.
    name: Option<String>,
    /// Where it should stand.
    spot: Option<SpotWish>,
    /// Tags that it should get.
    #[serde(default)]
    tag: Vec<String>,
    /// Tags that it should lose.
    #[serde(default)]
    untag: Vec<String>,
    /// Values of custom fields by their keys; null empties one.
    #[serde(default)]
    fields: BTreeMap<String, Option<String>>,
}

/// Changes one device.
#[utoipa::path(patch, path = "", params(("id" = DeviceId, Path)), request_body = Change,
    responses((status = 200, body = DeviceWhole)))]
pub(in crate::http) async fn patch(
    ApiCaller(caller): ApiCaller,
    Id(id): Id<DeviceId>,
    Json(change): Json<Change>,
) -> Result<axum::Json<DeviceWhole>, AppError> {
    let change = DeviceChange {
        name: change.name,
        spot: change.spot.map(Into::into),
        tag: change.tag,
        untag: change.untag,
        fields: change.fields,
    };
    caller.change_device(id, change).await?;
    Ok(axum::Json(DeviceWhole::of(&caller, id).await?))
}
