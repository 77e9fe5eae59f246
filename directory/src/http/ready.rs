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
    /// Whether everything that sends the record out works; it catches up by itself.
    audit_output: bool,
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
    let audit_output = app.outputs.states().iter().all(|state| state.works);
    let answer = Ready {
        ready,
        storage,
        audit_output,
    };
    Ok((status, Json(answer)))
}
