//! POST: makes a link with which a person sets a new password, and shows it once on their page.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use farpane_protocol::ids::UserId;

use super::person::{Came, Made, shown};
use crate::app::App;
use crate::console::page::{Failed, Person};
use crate::http::body::Id;

pub(crate) async fn post(
    State(app): State<Arc<App>>,
    person: Person,
    Id(id): Id<UserId>,
) -> Result<Response, Failed> {
    let (_, secret) = person.caller.reset_link(&id.to_string()).await?;
    let came = Came {
        made: Some(Made::of(&app, &secret, person.t)),
        ..Came::default()
    };
    shown(&app, &person, id, came).await
}
