//! GET: the devices that wait for somebody to let them in.

use farpane_protocol::ids::{DeviceId, TenantId};
use farpane_protocol::key::Fingerprint;
use farpane_protocol::time::Timestamp;
use serde::Serialize;

use crate::app::AppError;
use crate::http::rights::ApiCaller;
use crate::store::enrolments::Waiting;

/// A device that waits, with what helps to decide.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::http) struct WaitingDevice {
    id: DeviceId,
    /// As it calls itself.
    name: String,
    customer: TenantId,
    /// As it says.
    os: String,
    version: String,
    /// Of its key: the device shows the same.
    fingerprint: Fingerprint,
    /// From which address it enrolled.
    address: Option<String>,
    /// What its ticket was for.
    note: String,
    /// How many other devices of the customer have the same name.
    same_name: u32,
    since: Timestamp,
}

impl From<Waiting> for WaitingDevice {
    fn from(waiting: Waiting) -> Self {
        let device = waiting.device;
        Self {
            id: device.id,
            customer: device.tenant,
            os: device.os,
            version: device.version,
            fingerprint: device.key.fingerprint(),
            address: waiting.enrolment.map(|enrolment| enrolment.address),
            note: waiting.note,
            same_name: waiting.same_name,
            since: device.created,
            name: device.name,
        }
    }
}

/// Waiting devices, oldest first.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::http) struct WaitingList {
    items: Vec<WaitingDevice>,
}

/// The devices that wait for somebody to let them in, oldest first.
#[utoipa::path(get, path = "", responses((status = 200, body = WaitingList)))]
pub(in crate::http) async fn get(
    ApiCaller(caller): ApiCaller,
) -> Result<axum::Json<WaitingList>, AppError> {
    let items = caller
        .waiting()
        .await?
        .into_iter()
        .map(Into::into)
        .collect();
    Ok(axum::Json(WaitingList { items }))
}
