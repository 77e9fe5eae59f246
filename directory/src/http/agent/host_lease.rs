//! POST: leave for a session to go on.

use std::sync::Arc;

use axum::extract::State;
use farpane_protocol::api::{LeaseAnswer, LeaseRequest};

use crate::app::{App, AppError};
use crate::http::body::Json;
use crate::http::rights::HostRight;

pub(in crate::http) async fn post(
    State(app): State<Arc<App>>,
    HostRight(device): HostRight,
    Json(request): Json<LeaseRequest>,
) -> Result<axum::Json<LeaseAnswer>, AppError> {
    app.lease(&device, &request).await.map(axum::Json)
}
