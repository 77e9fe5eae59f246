//! POST: a relay becomes known.

use std::sync::Arc;

use axum::extract::State;
use farpane_protocol::api::{EnrollRelay, RelayEnrolled};

use crate::app::{App, AppError, Origin};
use crate::http::body::Json;

pub(in crate::http) async fn post(
    State(app): State<Arc<App>>,
    from: Origin,
    Json(request): Json<EnrollRelay>,
) -> Result<axum::Json<RelayEnrolled>, AppError> {
    app.enroll_relay(&request, from).await.map(axum::Json)
}
