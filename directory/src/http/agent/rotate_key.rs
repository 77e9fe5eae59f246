//! POST: a device's old key names its new one.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use farpane_protocol::api::RotateKey;

use crate::app::{App, AppError};
use crate::http::body::Json;
use crate::http::rights::HostRight;

pub(in crate::http) async fn post(
    State(app): State<Arc<App>>,
    HostRight(device): HostRight,
    Json(request): Json<RotateKey>,
) -> Result<StatusCode, AppError> {
    app.rotate_key(&device, &request).await?;
    Ok(StatusCode::NO_CONTENT)
}
