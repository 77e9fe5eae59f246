//! POST: something for an agent to sign.

use std::sync::Arc;

use axum::extract::State;
use farpane_protocol::api::{Challenge, ChallengeRequest};

use crate::app::{App, AppError, Origin};
use crate::http::body::Json;

pub(in crate::http) async fn post(
    State(app): State<Arc<App>>,
    from: Origin,
    Json(request): Json<ChallengeRequest>,
) -> Result<axum::Json<Challenge>, AppError> {
    app.challenge(request.key, from).map(axum::Json)
}
