//! POST: who is present at a relay.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use farpane_protocol::api::RelayReport;

use crate::app::{App, AppError};
use crate::http::body::Json;
use crate::http::rights::RelayRight;

/// Largest report, in bytes: some 2,500 peers with their proofs. A relay with more sends the first
/// part as the whole picture and the rest as those that came.
const REPORT_BYTES: usize = 1024 * 1024;

/// The limit that stands in for the usual one.
pub(in crate::http) fn limit() -> DefaultBodyLimit {
    DefaultBodyLimit::max(REPORT_BYTES)
}

pub(in crate::http) async fn post(
    State(app): State<Arc<App>>,
    RelayRight(relay): RelayRight,
    Json(report): Json<RelayReport>,
) -> Result<StatusCode, AppError> {
    app.report(&relay, report).await?;
    Ok(StatusCode::NO_CONTENT)
}
