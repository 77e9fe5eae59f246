//! POST: makes a link with which a person sets a new password, and shows it once on their page.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use farpane_protocol::ids::UserId;
use serde::Deserialize;

use super::person::{Came, Made, shown};
use crate::app::App;
use crate::app::passwords::Viewers;
use crate::console::page::{Failed, Person};
use crate::http::body::{Form, Id};

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct Fields {
    /// There if the person's viewers go too.
    viewers: Option<String>,
}

pub(crate) async fn post(
    State(app): State<Arc<App>>,
    person: Person,
    Id(id): Id<UserId>,
    Form(fields): Form<Fields>,
) -> Result<Response, Failed> {
    let viewers = match fields.viewers {
        Some(_) => Viewers::Remove,
        None => Viewers::Keep,
    };
    let (_, secret) = person.caller.reset_link(&id.to_string(), viewers).await?;
    let came = Came {
        made: Some(Made::of(&app, &secret, person.t)),
        ..Came::default()
    };
    shown(&app, &person, id, came).await
}
