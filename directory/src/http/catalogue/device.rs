//! GET `/api/v1/catalogue/devices/{id}`: everything that the catalogue knows about one device.

use std::collections::BTreeMap;

use farpane_protocol::ids::DeviceId;
use serde::Serialize;
use utoipa::ToSchema;

use super::devices::DeviceShown;
use crate::app::AppError;
use crate::app::caller::Caller;
use crate::http::body::Id;
use crate::http::rights::ApiCaller;

/// One device.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct DeviceWhole {
    #[serde(flatten)]
    device: DeviceShown,
    /// Values of custom fields by their keys.
    fields: BTreeMap<String, String>,
    /// In how many hours of each of the last thirty days it was heard, oldest first.
    hours_heard_by_day: Vec<u8>,
}

impl DeviceWhole {
    pub(super) async fn of(caller: &Caller, id: DeviceId) -> Result<Self, AppError> {
        let about = caller.about(id).await?;
        let fields = about.fields.into_iter();
        Ok(Self {
            device: DeviceShown::of(about.device, &about.tree),
            fields: fields.map(|(key, _, value)| (key, value)).collect(),
            hours_heard_by_day: about.history.days(),
        })
    }
}

/// One device.
#[utoipa::path(get, path = "", params(("id" = DeviceId, Path)),
    responses((status = 200, body = DeviceWhole)))]
pub(in crate::http) async fn get(
    ApiCaller(caller): ApiCaller,
    Id(id): Id<DeviceId>,
) -> Result<axum::Json<DeviceWhole>, AppError> {
    Ok(axum::Json(DeviceWhole::of(&caller, id).await?))
}
