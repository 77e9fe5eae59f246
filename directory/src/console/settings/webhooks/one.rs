//! GET: one webhook and what it was told last. POST: sends a trial there, and removes it.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{Redirect, Response};
use uuid::Uuid;

use super::super::Around;
use crate::app::App;
use crate::console::moment::Moment;
use crate::console::page::{Failed, Frame, Person, page};
use crate::console::texts::{Message, Texts};
use crate::http::body::Id;
use crate::model::webhook::Delivery;

struct Row {
    made: Moment,
    kind: String,
    tries: u32,
    look: &'static str,
    word: Message,
    /// What the receiver, or the way there, said.
    why: String,
}

impl Row {
    fn of(delivery: Delivery, app: &App, t: Texts) -> Self {
        let (look, word) = match (delivery.tried, delivery.due) {
            (None, _) => ("waits", "webhook-waits"),
            (Some(_), _) if delivery.why.is_empty() => ("", "webhook-taken"),
            (Some(_), Some(_)) => ("waits", "webhook-again"),
            (Some(_), None) => ("stopped", "webhook-given-up"),
        };
        Self {
            made: Moment::ago(delivery.made, app.now()),
            kind: delivery.kind,
            tries: delivery.tries,
            look,
            word: t.msg(word),
            why: delivery.why,
        }
    }
}

#[derive(Template)]
#[template(path = "settings/webhook.html")]
struct Page {
    t: Texts,
    frame: Frame,
    id: Uuid,
    url: String,
    events: Vec<String>,
    /// Whether it is told nothing, because whoever made it is disabled or gone.
    on_hold: bool,
    /// Events that found no room in its queue, or happened while it was on hold.
    missed: u64,
    rows: Vec<Row>,
}

pub(crate) async fn get(
    State(app): State<Arc<App>>,
    person: Person,
    Id(id): Id<Uuid>,
) -> Result<Response, Failed> {
    let t = person.t;
    Around::of(&person, "/settings/webhooks")?; // only for those who may change settings
    let webhook = person.caller.webhook(id).await?;
    let told = person.caller.webhook_deliveries(id).await?.into_iter();
    Ok(page(&Page {
        t,
        frame: Frame::of(&app, &person, "/settings").await?,
        id,
        url: webhook.place,
        on_hold: webhook.on_hold,
        events: webhook.kinds.names().to_vec(),
        missed: webhook.missed,
        rows: told.map(|delivery| Row::of(delivery, &app, t)).collect(),
    }))
}

pub(crate) async fn trial(person: Person, Id(id): Id<Uuid>) -> Result<Redirect, Failed> {
    person.caller.try_webhook(id).await?;
    Ok(Redirect::to(&format!("/settings/webhooks/{id}")))
}

pub(crate) async fn remove(person: Person, Id(id): Id<Uuid>) -> Result<Redirect, Failed> {
    person.caller.remove_webhook(id).await?;
    Ok(Redirect::to("/settings/webhooks"))
}
