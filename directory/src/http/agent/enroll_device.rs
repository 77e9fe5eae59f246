//! POST: a device becomes known.

use std::sync::Arc;

use axum::extract::State;
use farpane_protocol::api::{DeviceEnrolled, EnrollDevice};

use crate::app::{App, AppError, Origin};
use crate::http::body::Json;

pub(in crate::http) async fn post(
    State(app): State<Arc<App>>,
    from: Origin,
    Json(request): Json<EnrollDevice>,
) -> Result<axum::Json<DeviceEnrolled>, AppError> {
    app.enroll_device(&request, from).await.map(axum::Json)
}
