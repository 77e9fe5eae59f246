//! GET `?q=…&offset=…&limit=…`: the devices that a person may see, and how each may be reached.

use std::sync::Arc;

use axum::extract::State;
use farpane_protocol::api::DeviceList;
use serde::Deserialize;

use crate::app::devices::Wanted;
use crate::app::{App, AppError};
use crate::http::body::Search;
use crate::http::rights::ViewerRight;

/// The query.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct Query {
    /// What name, system or customer must contain.
    #[serde(default)]
    q: String,
    /// How many to skip.
    #[serde(default)]
    offset: u32,
    /// How many to return, at most 200.
    #[serde(default)]
    limit: u32,
}

/// The devices that a viewer's person may see, and how each may be reached.
#[utoipa::path(get, path = "", params(Query),
    responses((status = 200, body = DeviceList)))]
pub(in crate::http) async fn get(
    State(app): State<Arc<App>>,
    ViewerRight(viewer, account): ViewerRight,
    Search(query): Search<Query>,
) -> Result<axum::Json<DeviceList>, AppError> {
    let wanted = Wanted {
        search: query.q,
        offset: query.offset,
        limit: query.limit,
    };
    let devices = app.devices(&viewer, &account, &wanted).await?;
    Ok(axum::Json(devices))
}
