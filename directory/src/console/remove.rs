//! GET and POST: removes a device, after a page that says what this means. For ten minutes the list
//! of devices offers the way back.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{Redirect, Response};
use farpane_protocol::ids::DeviceId;

use super::device::{Seen, seen};
use super::page::{Failed, Frame, Person, page};
use super::texts::Texts;
use crate::app::App;
use crate::app::bulk::Selection;
use crate::http::body::Id;
use crate::model::bulk::Act;
use crate::policy::rights::Action;

#[derive(Template)]
#[template(path = "device_remove.html")]
struct Page {
    t: Texts,
    frame: Frame,
    id: String,
    name: String,
    tenant: String,
}

pub(crate) async fn get(
    State(app): State<Arc<App>>,
    person: Person,
    Id(id): Id<DeviceId>,
) -> Result<Response, Failed> {
    let Seen { device, tree, .. } = seen(&person, id, Action::RemoveDevices).await?;
    Ok(page(&Page {
        t: person.t,
        frame: Frame::of(&app, &person, "/devices").await?,
        id: id.to_string(),
        name: device.name,
        tenant: tree.names(device.spot).join(" / "),
    }))
}

pub(crate) async fn post(
    State(app): State<Arc<App>>,
    person: Person,
    Id(id): Id<DeviceId>,
) -> Result<Redirect, Failed> {
    seen(&person, id, Action::RemoveDevices).await?;
    let selection = Selection::Devices(vec![id]);
    person.caller.act(Act::Remove, &selection).await?;
    app.look_now();
    Ok(Redirect::to("/devices"))
}
