//! POST: what a host says about its machine.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use farpane_protocol::api::inventory::{INVENTORY_BYTES, Inventory};

use crate::app::{App, AppError};
use crate::http::body::Json;
use crate::http::rights::HostRight;

/// A report is larger than other bodies, and no larger than both sides agreed on.
pub(in crate::http) fn limit() -> DefaultBodyLimit {
    DefaultBodyLimit::max(INVENTORY_BYTES)
}

pub(in crate::http) async fn post(
    State(app): State<Arc<App>>,
    HostRight(device): HostRight,
    Json(report): Json<Inventory>,
) -> Result<StatusCode, AppError> {
    app.host_inventory(&device, report).await?;
    Ok(StatusCode::NO_CONTENT)
}
