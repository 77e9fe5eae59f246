//! POST: stops a session.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Redirect;
use farpane_protocol::ids::SessionId;

use super::page::{Failed, Person};
use crate::app::App;
use crate::http::body::Id;

pub(crate) async fn post(
    State(app): State<Arc<App>>,
    person: Person,
    Id(session): Id<SessionId>,
) -> Result<Redirect, Failed> {
    person.caller.stop_session(session).await?;
    app.look_now();
    Ok(Redirect::to("/sessions"))
}
