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
    /// Whether everything that sends the record out works, where something does; it catches up by
    /// itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    audit_output: Option<bool>,
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
    let outputs = app.outputs.states();
    let works = outputs.iter().all(|state| state.works);
    let audit_output = (!outputs.is_empty()).then_some(works);
    let answer = Ready {
        ready,
        storage,
        audit_output,
    };
    Ok((status, Json(answer)))
}
