//! POST: a host tells what this directory has forgotten.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use farpane_protocol::revocation::HostMemory;

use crate::app::{App, AppError};
use crate::http::body::Json;
use crate::http::rights::HostRight;

/// Largest body, in bytes: as many lists as a host keeps, each of some kilobytes.
const BODY_BYTES: usize = 16 * 1024 * 1024;

/// The limit of this endpoint.
pub(in crate::http) fn limit() -> DefaultBodyLimit {
    DefaultBodyLimit::max(BODY_BYTES)
}

pub(in crate::http) async fn post(
    State(app): State<Arc<App>>,
    HostRight(device): HostRight,
    Json(memory): Json<HostMemory>,
) -> Result<StatusCode, AppError> {
    app.host_memory(&device, memory).await?;
    Ok(StatusCode::NO_CONTENT)
}
