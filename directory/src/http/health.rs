//! GET: whether this server works: it does if its database answers.

use std::sync::Arc;

use axum::extract::State;

use crate::app::{App, AppError};

pub(super) async fn get(State(app): State<Arc<App>>) -> Result<&'static str, AppError> {
    app.core.store.ping().await?;
    Ok("ok\n")
}
