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
#[derive(Deserialize)]
pub(in crate::http) struct Query {
    #[serde(default)]
    q: String,
    #[serde(default)]
    offset: u32,
    #[serde(default)]
    limit: u32,
}

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
