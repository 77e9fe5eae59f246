//! POST: something happened at a host.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use farpane_protocol::api::HostEvent;

use crate::app::{App, AppError};
use crate::http::body::Json;
use crate::http::rights::HostRight;

pub(in crate::http) async fn post(
    State(app): State<Arc<App>>,
    HostRight(device): HostRight,
    Json(event): Json<HostEvent>,
) -> Result<StatusCode, AppError> {
    app.host_event(&device, event).await?;
    Ok(StatusCode::NO_CONTENT)
}
