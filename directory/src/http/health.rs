//! GET: whether this server lives: it does if its database answers. One that lives may be unable
//! to record anything; that a restart does not help then is what tells this from readiness.

use std::sync::Arc;

use axum::extract::State;

use crate::app::{App, AppError};
use crate::live::storage::Storage;

pub(super) async fn get(State(app): State<Arc<App>>) -> Result<&'static str, AppError> {
    app.core.store.ping().await?;
    Ok(match app.storage.state() {
        Storage::Good | Storage::Low => "ok\n",
        Storage::Full => "degraded: the disk is full, nothing can be recorded\n",
    })
}
