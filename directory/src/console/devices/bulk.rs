//! POST: does something to many devices. First a page that says what would happen to whom, then
//! the act on exactly those; the list then offers the way back.

use std::sync::Arc;

use askama::Template;
use axum::extract::{RawForm, State};
use axum::response::{Redirect, Response};
use farpane_protocol::ids::DeviceId;
use uuid::Uuid;

use super::act_in_words;
use crate::app::bulk::Selection;
use crate::app::{App, AppError, Denied};
use crate::console::page::{Failed, Frame, Person, page};
use crate::console::texts::{Message, Texts};
use crate::http::body::Id;
use crate::model::bulk::Act;
use crate::model::place::{Spot, Tree};

/// What the form sends. Read by hand, because `device` stands there once for each that is selected.
#[derive(Default)]
struct Fields {
    what: String,
    tag: String,
    to: String,
    field: String,
    value: String,
    search: String,
    all: bool,
    devices: Vec<DeviceId>,
}

fn unknown(what: &'static str) -> Failed {
    Failed(AppError::from(Denied::NotFound(what)))
}

impl Fields {
    fn read(body: &[u8]) -> Result<Self, Failed> {
        let mut fields = Self::default();
        for (name, value) in url::form_urlencoded::parse(body) {
            match name.as_ref() {
                "what" => fields.what = value.into_owned(),
                "tag" => fields.tag = value.into_owned(),
                "to" => fields.to = value.into_owned(),
                "field" => fields.field = value.into_owned(),
                "value" => fields.value = value.into_owned(),
                "q" => fields.search = value.into_owned(),
                "all" => fields.all = !value.is_empty(),
                "device" => {
                    let id = value.parse().map_err(|_| unknown("device"))?;
                    fields.devices.push(id);
                }
                _ => {}
            }
        }
        Ok(fields)
    }
}

#[derive(Template)]
#[template(path = "device_act.html")]
struct Page {
    t: Texts,
    frame: Frame,
    bulk: Uuid,
    what: Message,
    count: u64,
    names: Vec<String>,
    more: u64,
    look: &'static str,
}

/// The act; a place is named as it is shown, customer first.
fn act(fields: &Fields, tree: &Tree) -> Result<Act, Failed> {
    let tag = fields.tag.clone();
    match fields.what.as_str() {
        "tag" => Ok(Act::Tag { tag }),
        "untag" => Ok(Act::Untag { tag }),
        "field" => Ok(Act::SetField {
            field: fields.field.clone(),
            value: Some(fields.value.clone()).filter(|value| !value.trim().is_empty()),
        }),
        "approve" => Ok(Act::Approve),
        "remove" => Ok(Act::Remove),
        "move" => {
            let nowhere = "customer, site or group";
            let mut names = fields.to.split(" / ").map(str::trim);
            let tenant = names.next().and_then(|name| tree.tenant_named(name));
            let mut spot = Spot::at(tenant.ok_or_else(|| unknown(nowhere))?.id);
            for name in names {
                let place = tree.child_named(spot, name);
                spot.place = Some(place.ok_or_else(|| unknown(nowhere))?.id);
            }
            Ok(Act::Move {
                customer: spot.tenant,
                place: spot.place,
            })
        }
        _ => Err(unknown("act")),
    }
}

pub(crate) async fn preview(
    State(app): State<Arc<App>>,
    person: Person,
    RawForm(body): RawForm,
) -> Result<Response, Failed> {
    let tree = person.caller.tree().await?;
    let fields = Fields::read(&body)?;
    let act = act(&fields, &tree)?;
    let selection = if fields.all {
        Selection::Search(fields.search)
    } else {
        Selection::Devices(fields.devices)
    };
    let preview = person.caller.preview(act, &selection).await?;
    Ok(page(&Page {
        t: person.t,
        frame: Frame::of(&app, &person, "/devices").await?,
        bulk: preview.bulk,
        what: act_in_words(&preview.act, &tree, preview.count, person.t),
        count: preview.count,
        more: preview.count.saturating_sub(preview.names.len() as u64),
        names: preview.names,
        look: if matches!(preview.act, Act::Remove) {
            "stop"
        } else {
            ""
        },
    }))
}

pub(crate) async fn run(
    State(app): State<Arc<App>>,
    person: Person,
    Id(bulk): Id<Uuid>,
) -> Result<Redirect, Failed> {
    person.caller.run_bulk(bulk).await?;
    app.look_now();
    Ok(Redirect::to("/devices"))
}

pub(crate) async fn undo(person: Person, Id(bulk): Id<Uuid>) -> Result<Redirect, Failed> {
    person.caller.undo_bulk(bulk).await?;
    Ok(Redirect::to("/devices"))
}
