//! GET and POST: the custom fields of devices, and a new one.

pub mod remove;

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::Around;
use crate::app::App;
use crate::console::outcome::Outcome;
use crate::console::page::{Failed, Frame, Person, page};
use crate::console::texts::{Message, Texts};
use crate::http::body::Form;
use crate::model::field::{CHOICES_MOST, FieldKind};

struct Row {
    key: String,
    label: String,
    kind: Message,
    choices: String,
}

#[derive(Template)]
#[template(path = "settings/fields.html")]
struct Page {
    t: Texts,
    frame: Frame,
    around: Around,
    outcome: Outcome,
    rows: Vec<Row>,
    kinds: Vec<(&'static str, Message, bool)>,
    wish: Fields,
    choices_most: usize,
}

/// What the form sends.
#[derive(Default, Deserialize)]
pub(crate) struct Fields {
    key: String,
    #[serde(default)]
    label: String,
    kind: String,
    /// One on each line.
    #[serde(default)]
    choices: String,
}

/// What a kind of field is called.
fn kind_name(word: &str, t: Texts) -> Message {
    t.msg(match word {
        "number" => "field-number",
        "date" => "field-date",
        "choice" => "field-choice",
        _ => "field-text",
    })
}

/// Kinds in the order in which they are offered.
const KINDS: [&str; 4] = ["text", "number", "date", "choice"];

async fn shown(
    app: &App,
    person: &Person,
    wish: Fields,
    outcome: Outcome,
) -> Result<Response, Failed> {
    let t = person.t;
    let around = Around::of(person, "/settings/fields")?;
    let fields = person.caller.fields().await?.into_iter();
    let rows = fields.map(|field| Row {
        kind: kind_name(field.kind.word(), t),
        choices: match field.kind {
            FieldKind::Choice(choices) => choices.join(" · "),
            FieldKind::Text | FieldKind::Number | FieldKind::Date => String::new(),
        },
        key: field.key,
        label: field.label,
    });
    let kinds = KINDS.into_iter();
    let shown = page(&Page {
        t,
        around,
        frame: Frame::of(app, person, "/settings").await?,
        rows: rows.collect(),
        kinds: kinds
            .map(|kind| (kind, kind_name(kind, t), kind == wish.kind))
            .collect(),
        wish,
        choices_most: CHOICES_MOST,
        outcome: outcome.clone(),
    });
    Ok(outcome.answered(shown))
}

pub(crate) async fn get(State(app): State<Arc<App>>, person: Person) -> Result<Response, Failed> {
    shown(&app, &person, Fields::default(), Outcome::Nothing).await
}

pub(crate) async fn post(
    State(app): State<Arc<App>>,
    person: Person,
    Form(fields): Form<Fields>,
) -> Result<Response, Failed> {
    let choices = fields.choices.lines().map(str::to_owned).collect();
    let kind = FieldKind::of(&fields.kind, choices).unwrap_or(FieldKind::Text);
    let added = person.caller.add_field(&fields.key, &fields.label, kind);
    let outcome = Outcome::of(added.await, person.t.msg("saved"))?;
    let wish = if outcome.is_refused() {
        fields
    } else {
        Fields::default()
    };
    shown(&app, &person, wish, outcome).await
}
