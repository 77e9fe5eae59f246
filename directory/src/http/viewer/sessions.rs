//! POST: a viewer asks for a session.

use std::sync::Arc;

use axum::extract::State;
use farpane_protocol::api::{SessionGranted, SessionRequest};

use crate::app::{App, AppError};
use crate::http::body::Json;
use crate::http::rights::ViewerRight;

pub(in crate::http) async fn post(
    State(app): State<Arc<App>>,
    ViewerRight(viewer, account): ViewerRight,
    Json(request): Json<SessionRequest>,
) -> Result<axum::Json<SessionGranted>, AppError> {
    let granted = app.request_session(&viewer, &account, &request).await?;
    Ok(axum::Json(granted))
}
