//! GET: the relays, and which of them listen now.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::moment::Moment;
use super::page::{Failed, Frame, Person, page};
use super::texts::{Message, Texts};
use crate::app::App;
use crate::app::relay_list::RelayNow;

struct Row {
    name: String,
    key: String,
    look: &'static str,
    word: Message,
    address: String,
    devices: String,
    version: String,
    heard: Moment,
}

#[derive(Template)]
#[template(path = "relays.html")]
struct Page {
    t: Texts,
    frame: Frame,
    rows: Vec<Row>,
}

pub(crate) async fn get(State(app): State<Arc<App>>, person: Person) -> Result<Response, Failed> {
    let t = person.t;
    let now = app.now();
    let relays = app.relays(&person.caller).await?;
    let rows = relays.into_iter().map(|RelayNow { relay, listening }| {
        let here = listening.as_ref();
        let (look, word) = match (here, relay.last_heard) {
            (Some(_), _) => ("reachable", "state-connected"),
            (None, Some(_)) => ("away", "state-not-connected"),
            (None, None) => ("never", "state-never"),
        };
        let heard = if here.is_some() {
            Some(now)
        } else {
            relay.last_heard
        };
        Row {
            key: relay.key.fingerprint().to_string(),
            look,
            word: t.msg(word),
            address: here
                .map(|here| here.place.address.clone())
                .unwrap_or_default(),
            devices: here.map_or("–".into(), |here| t.number(here.devices)),
            version: relay.version,
            heard: Moment::maybe(heard, now),
            name: relay.name,
        }
    });
    Ok(page(&Page {
        t,
        frame: Frame::of(&app, &person, "/relays").await?,
        rows: rows.collect(),
    }))
}
