//! POST: a viewer asks whether a person has let it in.

use std::sync::Arc;

use axum::extract::State;
use farpane_protocol::api::{DeviceCodeAnswer, DeviceCodePoll};

use crate::app::{App, AppError, Origin};
use crate::http::body::Json;

/// A viewer asks whether a person has let it in, no more often than it was told.
#[utoipa::path(post, path = "", security(()), request_body = DeviceCodePoll,
    responses((status = 200, body = DeviceCodeAnswer)))]
pub(in crate::http) async fn post(
    State(app): State<Arc<App>>,
    from: Origin,
    Json(poll): Json<DeviceCodePoll>,
) -> Result<axum::Json<DeviceCodeAnswer>, AppError> {
    let answer = app.device_code_answer(&poll.device_code, from).await?;
    Ok(axum::Json(answer))
}
