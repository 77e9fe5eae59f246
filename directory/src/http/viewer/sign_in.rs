//! POST: a person signs in on a viewer installation.

use std::sync::Arc;

use axum::extract::State;
use farpane_protocol::api::{SignIn, SignedIn};

use crate::app::{App, AppError, Origin};
use crate::http::body::Json;

pub(in crate::http) async fn post(
    State(app): State<Arc<App>>,
    from: Origin,
    Json(request): Json<SignIn>,
) -> Result<axum::Json<SignedIn>, AppError> {
    app.sign_in(&request, from).await.map(axum::Json)
}
