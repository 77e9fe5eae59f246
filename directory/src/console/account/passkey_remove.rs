//! POST: a person takes one of their passkeys away.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Redirect;
use uuid::Uuid;

use crate::app::App;
use crate::app::web::Visitor;
use crate::console::page::{Failed, Person};
use crate::http::body::Id;

pub(crate) async fn post(
    State(app): State<Arc<App>>,
    person: Person,
    visitor: Visitor,
    Id(passkey): Id<Uuid>,
) -> Result<Redirect, Failed> {
    app.passkey_remove(&person.web, passkey, &visitor).await?;
    Ok(Redirect::to("/account/factors"))
}
