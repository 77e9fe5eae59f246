//! POST: a viewer tells how long the pictures of its session took.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use farpane_protocol::ids::SessionId;
use farpane_protocol::latency::SessionLatency;

use crate::app::{App, AppError};
use crate::http::body::{Id, Json};
use crate::http::rights::ViewerRight;

/// A viewer tells how long the pictures of its session took, counted since it began: what was told
/// before is within it.
#[utoipa::path(post, path = "", params(("id" = SessionId, Path)), request_body = SessionLatency,
    responses((status = 204, description = "Counted.")))]
pub(in crate::http) async fn post(
    State(app): State<Arc<App>>,
    ViewerRight(viewer, account): ViewerRight,
    Id(session): Id<SessionId>,
    Json(told): Json<SessionLatency>,
) -> Result<StatusCode, AppError> {
    app.session_latency(&viewer, &account, session, &told)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
