//! GET: what a host needs to run.

use std::sync::Arc;

use axum::extract::State;
use farpane_protocol::api::HostConfig;

use crate::app::App;
use crate::http::rights::HostRight;

pub(in crate::http) async fn get(
    State(app): State<Arc<App>>,
    HostRight(device): HostRight,
) -> axum::Json<HostConfig> {
    axum::Json(app.host_config(&device))
}
