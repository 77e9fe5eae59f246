//! POST: a person signs one of their viewers out for good.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Redirect;
use farpane_protocol::ids::ViewerId;

use crate::app::App;
use crate::console::page::{Failed, Person};
use crate::http::body::Id;

pub(crate) async fn post(
    State(_): State<Arc<App>>,
    person: Person,
    Id(viewer): Id<ViewerId>,
) -> Result<Redirect, Failed> {
    let own = person.account.email.as_str();
    person.caller.remove_viewer(own, viewer).await?;
    Ok(Redirect::to("/account"))
}
