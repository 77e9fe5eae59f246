//! DELETE: a viewer is done with a session.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use farpane_protocol::ids::SessionId;

use crate::app::{App, AppError};
use crate::http::body::Id;
use crate::http::rights::ViewerRight;

/// A viewer is done with a session that it began.
#[utoipa::path(delete, path = "", params(("id" = SessionId, Path)),
    responses((status = 204, description = "Ended.")))]
pub(in crate::http) async fn delete(
    State(app): State<Arc<App>>,
    ViewerRight(viewer, account): ViewerRight,
    Id(session): Id<SessionId>,
) -> Result<StatusCode, AppError> {
    app.leave_session(&viewer, &account, session).await?;
    Ok(StatusCode::NO_CONTENT)
}
