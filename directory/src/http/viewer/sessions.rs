//! POST: a viewer asks for a session.

use std::sync::Arc;

use axum::extract::State;
use farpane_protocol::api::{SessionGranted, SessionRequest};

use crate::app::{App, AppError};
use crate::http::body::Json;
use crate::http::rights::ViewerRight;

/// A viewer asks for a session with a device, and gets the grant for it.
#[utoipa::path(post, path = "", request_body = SessionRequest,
    responses((status = 200, body = SessionGranted)))]
pub(in crate::http) async fn post(
    State(app): State<Arc<App>>,
    ViewerRight(viewer, account): ViewerRight,
    Json(request): Json<SessionRequest>,
) -> Result<axum::Json<SessionGranted>, AppError> {
    let granted = app.request_session(&viewer, &account, &request).await?;
    Ok(axum::Json(granted))
}
