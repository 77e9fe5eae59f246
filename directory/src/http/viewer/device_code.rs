//! POST: a viewer asks to be signed in by a person in a browser.

use std::sync::Arc;

use axum::extract::State;
use farpane_protocol::api::{DeviceCode, DeviceCodeRequest};

use crate::app::{App, AppError, Origin};
use crate::http::body::Json;

/// A viewer asks to be signed in by a person in a browser, who is shown the viewer's name and key.
#[utoipa::path(post, path = "", security(()), request_body = DeviceCodeRequest,
    responses((status = 200, body = DeviceCode)))]
pub(in crate::http) async fn post(
    State(app): State<Arc<App>>,
    from: Origin,
    Json(request): Json<DeviceCodeRequest>,
) -> Result<axum::Json<DeviceCode>, AppError> {
    app.device_code(&request, from).map(axum::Json)
}
