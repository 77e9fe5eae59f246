//! GET `/api/v1/relays/{id}`: one relay, and how a relay is shown.

use std::sync::Arc;

use axum::extract::State;
use farpane_protocol::ids::RelayId;
use farpane_protocol::key::Fingerprint;
use farpane_protocol::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::relay_list::RelayNow;
use crate::app::{App, AppError};
use crate::http::body::Id;
use crate::http::rights::ApiCaller;

/// A relay.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RelayShown {
    /// Its id.
    pub id: RelayId,
    /// Its name.
    pub name: String,
    /// Fingerprint of its key.
    pub key: Fingerprint,
    /// Version of its program.
    pub version: String,
    /// Since when it is connected, if it is.
    pub connected_since: Option<Timestamp>,
    /// Where peers reach it, while it is connected.
    pub address: Option<String>,
    /// Devices that are present at it, while it is connected.
    pub devices: Option<usize>,
    /// When it was last heard, while it is not connected.
    pub last_heard: Option<Timestamp>,
}

impl From<RelayNow> for RelayShown {
    fn from(now: RelayNow) -> Self {
        let here = now.listening;
        Self {
            id: now.relay.id,
            name: now.relay.name,
            key: now.relay.key.fingerprint(),
            version: now.relay.version,
            last_heard: now.relay.last_heard.filter(|_| here.is_none()),
            connected_since: here.as_ref().map(|here| here.since),
            devices: here.as_ref().map(|here| here.devices),
            address: here.map(|here| here.place.address),
        }
    }
}

/// One relay.
#[utoipa::path(get, path = "", params(("id" = RelayId, Path)),
    responses((status = 200, body = RelayShown)))]
pub(in crate::http) async fn get(
    State(app): State<Arc<App>>,
    ApiCaller(caller): ApiCaller,
    Id(id): Id<RelayId>,
) -> Result<axum::Json<RelayShown>, AppError> {
    let relay = app.relay_now(&caller, id).await?;
    Ok(axum::Json(relay.into()))
}
