//! POST: a bearer token for the enrolled owner of a proved key.

use std::sync::Arc;

use axum::extract::State;
use farpane_protocol::api::{Token, TokenRequest};

use crate::app::{App, AppError};
use crate::http::body::Json;

pub(in crate::http) async fn post(
    State(app): State<Arc<App>>,
    Json(request): Json<TokenRequest>,
) -> Result<axum::Json<Token>, AppError> {
    let token = app
        .token(request.key, &request.proof, &request.version)
        .await?;
    Ok(axum::Json(token))
}
