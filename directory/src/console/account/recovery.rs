//! POST: a person gets new recovery codes. They are on the answer and nowhere else.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::factors::shown;
use crate::app::App;
use crate::app::web::Visitor;
use crate::console::page::{Failed, Person};

pub(crate) async fn post(
    State(app): State<Arc<App>>,
    person: Person,
    visitor: Visitor,
) -> Result<Response, Failed> {
    let codes = app.recovery_codes(&person.web, &visitor).await?;
    shown(&app, &person, codes).await
}
