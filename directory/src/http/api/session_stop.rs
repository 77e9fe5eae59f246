//! POST `/api/v1/sessions/{id}/stop`: stops a session that somebody else began.

use std::sync::Arc;

use axum::extract::State;
use farpane_protocol::ids::SessionId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::{App, AppError};
use crate::http::body::Id;
use crate::http::rights::ApiCaller;

/// What stopping did.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Stopped {
    /// Whether it ended by this; false if it was over before.
    stopped: bool,
}

/// Stops a session: the host and the relay are told at once.
#[utoipa::path(post, path = "", params(("id" = SessionId, Path)),
    responses((status = 200, body = Stopped)))]
pub(in crate::http) async fn post(
    State(app): State<Arc<App>>,
    ApiCaller(caller): ApiCaller,
    Id(id): Id<SessionId>,
) -> Result<axum::Json<Stopped>, AppError> {
    let stopped = caller.stop_session(id).await?;
    app.look_now();
    Ok(axum::Json(Stopped { stopped }))
}
