//! GET and POST: where the organisation has told what happens, and one more such place, whose
//! secret is shown once.

pub mod one;

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::Around;
use crate::app::App;
use crate::console::moment::Moment;
use crate::console::outcome::Outcome;
use crate::console::page::{Failed, Frame, Person, page};
use crate::console::texts::Texts;
use crate::http::body::Form;
use crate::model::webhook::kinds;

struct Row {
    id: String,
    url: String,
    events: Vec<String>,
    made: Moment,
}

/// What the form sends.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Fields {
    url: String,
    /// Kinds of events with anything but letters, dots and stars between them.
    events: String,
}

#[derive(Template)]
#[template(path = "settings/webhooks.html")]
struct Page {
    t: Texts,
    frame: Frame,
    around: Around,
    outcome: Outcome,
    /// The secret of one that was just made.
    secret: Option<String>,
    rows: Vec<Row>,
    fields: Fields,
    kinds: Vec<String>,
}

async fn shown(
    app: &App,
    person: &Person,
    fields: Fields,
    outcome: Outcome,
    secret: Option<String>,
) -> Result<Response, Failed> {
    let (t, now) = (person.t, app.now());
    let around = Around::of(person, "/settings/webhooks")?;
    let webhooks = person.caller.webhooks().await?.into_iter();
    let rows = webhooks.map(|webhook| Row {
        id: webhook.id.to_string(),
        url: webhook.place,
        events: webhook.kinds.names().to_vec(),
        made: Moment::ago(webhook.created, now),
    });
    let shown = page(&Page {
        t,
        around,
        frame: Frame::of(app, person, "/settings").await?,
        rows: rows.collect(),
        fields,
        kinds: kinds(),
        secret,
        outcome: outcome.clone(),
    });
    Ok(outcome.answered(shown))
}

pub(crate) async fn get(State(app): State<Arc<App>>, person: Person) -> Result<Response, Failed> {
    shown(&app, &person, Fields::default(), Outcome::Nothing, None).await
}

pub(crate) async fn post(
    State(app): State<Arc<App>>,
    person: Person,
    Form(fields): Form<Fields>,
) -> Result<Response, Failed> {
    let between = |c: char| c == ',' || c.is_whitespace();
    let events = fields.events.split(between).filter(|kind| !kind.is_empty());
    let events: Vec<String> = events.map(str::to_owned).collect();
    let vault = &app.identity.vault;
    let made = person
        .caller
        .make_webhook(vault, fields.url.trim(), &events);
    let made = made.await;
    let secret = match &made {
        Ok((_, secret)) => Some(secret.clone()),
        Err(_) => None,
    };
    let outcome = Outcome::of(made, person.t.msg("webhook-made"))?;
    let fields = if outcome.is_refused() {
        fields
    } else {
        Fields::default()
    };
    shown(&app, &person, fields, outcome, secret).await
}
