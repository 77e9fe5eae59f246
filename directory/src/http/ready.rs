//! GET: whether this server can take on work: its database answers and takes records.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;

use crate::app::{App, AppError};
use crate::live::storage::Storage;

/// What a load balancer or an operator reads.
#[derive(Serialize)]
pub(super) struct Ready {
    ready: bool,
    /// `good`, `low` or `full`.
    storage: &'static str,
}

pub(super) async fn get(
    State(app): State<Arc<App>>,
) -> Result<(StatusCode, Json<Ready>), AppError> {
    app.core.store.ping().await?;
    let storage = app.storage.state();
    let ready = storage != Storage::Full;
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let storage = storage.word();
    Ok((status, Json(Ready { ready, storage })))
}
