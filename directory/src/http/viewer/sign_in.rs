//! POST: a person signs in on a viewer installation.

use std::sync::Arc;

use axum::extract::State;
use farpane_protocol::api::{SignIn, SignedIn};

use crate::app::{App, AppError, Origin};
use crate::http::body::Json;

/// A person signs in on a viewer installation, whose key is enrolled by it.
#[utoipa::path(post, path = "", security(()), request_body = SignIn,
    responses((status = 200, body = SignedIn)))]
pub(in crate::http) async fn post(
    State(app): State<Arc<App>>,
    from: Origin,
    Json(request): Json<SignIn>,
) -> Result<axum::Json<SignedIn>, AppError> {
    app.sign_in(&request, from).await.map(axum::Json)
}
