//! POST: lets the ticked devices in, or turns them away.

use axum::response::Redirect;
use farpane_protocol::ids::DeviceId;
use serde::Deserialize;

use crate::console::page::{Failed, Person};
use crate::http::body::Form;

/// What the form sends: the ticked devices, and which of the two buttons was pressed.
#[derive(Deserialize)]
pub(crate) struct Fields {
    act: Act,
    /// Ids with spaces between; a form with ticks sends `device=…` once for each.
    #[serde(flatten)]
    ticked: std::collections::BTreeMap<String, String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Act {
    Approve,
    Refuse,
}

/// Each tick is a field of its own, named `device-` and the id.
const TICK: &str = "device-";

pub(crate) async fn post(person: Person, Form(fields): Form<Fields>) -> Result<Redirect, Failed> {
    let ids: Vec<DeviceId> = fields
        .ticked
        .keys()
        .filter_map(|name| name.strip_prefix(TICK)?.parse().ok())
        .collect();
    match fields.act {
        Act::Approve => person.caller.decide(&ids, &[]).await?,
        Act::Refuse => person.caller.decide(&[], &ids).await?,
    };
    Ok(Redirect::to("/enrolment"))
}
