//! GET and POST: devices from a table, first as a page that says what would happen, line by line
//! where something is wrong, then into the catalogue.

use std::sync::Arc;

use askama::Template;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::Response;
use serde::Deserialize;

use crate::app::csv::import::{Imported, Leniency};
use crate::app::{App, AppError, Denied};
use crate::console::outcome::Outcome;
use crate::console::page::{Failed, Frame, Person, page};
use crate::console::texts::Texts;
use crate::http::body::Form;
use crate::policy::rights::Action;

/// Longest table that the page takes, in bytes: ten thousand devices. The interface for programs and
/// the command line take larger ones.
const TABLE_BYTES: usize = 1024 * 1024;

/// Largest form, in bytes: each byte of the table may take three.
const FORM_BYTES: usize = 3 * TABLE_BYTES + 4096;

/// Lets tables through.
pub(crate) fn limit() -> DefaultBodyLimit {
    DefaultBodyLimit::max(FORM_BYTES)
}

/// What the form sends.
#[derive(Default, Deserialize)]
pub(crate) struct Fields {
    table: String,
    create_customers: Option<String>,
    create_places: Option<String>,
    skip_bad: Option<String>,
    /// Whether it is meant: absent, the page says only what would happen.
    run: Option<String>,
}

/// What happened, or would.
struct Told {
    devices: u64,
    customers: u64,
    places: u64,
    bad: u64,
    complaints: Vec<(u64, String)>,
    /// Bad lines beyond those that are named.
    more: u64,
    /// Whether anything was, or would be, written.
    writes: bool,
}

#[derive(Template)]
#[template(path = "devices_import.html")]
struct Page {
    t: Texts,
    frame: Frame,
    fields: Fields,
    most: usize,
    outcome: Outcome,
    /// What would happen.
    plan: Option<Told>,
    /// What happened.
    done: Option<Told>,
    headings: String,
}

fn told(imported: Imported, skip_bad: bool, t: Texts) -> Told {
    let complaints: Vec<_> = imported
        .complaints
        .iter()
        .map(|bad| (bad.line, t.said(&bad.why)))
        .collect();
    Told {
        more: imported.bad.saturating_sub(complaints.len() as u64),
        writes: imported.devices > 0 && (imported.bad == 0 || skip_bad),
        devices: imported.devices,
        customers: imported.customers,
        places: imported.places,
        bad: imported.bad,
        complaints,
    }
}

async fn shown(
    app: &App,
    person: &Person,
    fields: Fields,
    outcome: Outcome,
    told: (Option<Told>, Option<Told>),
) -> Result<Response, Failed> {
    let own = person.caller.fields().await?;
    let own = own.iter().map(|field| format!(", field.{}", field.key));
    let (plan, done) = told;
    let shown = page(&Page {
        t: person.t,
        frame: Frame::of(app, person, "/devices").await?,
        fields,
        most: TABLE_BYTES / 1024,
        plan,
        done,
        headings: format!(
            "name, customer, site, group, tags, os, serial{}",
            own.collect::<String>()
        ),
        outcome: outcome.clone(),
    });
    Ok(outcome.answered(shown))
}

/// For those who may import somewhere.
fn allowed(person: &Person) -> Result<(), Failed> {
    let allowed = person.caller.check_anywhere(Action::ImportDevices);
    allowed.map_err(|denied| Failed(denied.into()))
}

pub(crate) async fn get(State(app): State<Arc<App>>, person: Person) -> Result<Response, Failed> {
    allowed(&person)?;
    let nothing = (None, None);
    shown(&app, &person, Fields::default(), Outcome::Nothing, nothing).await
}

pub(crate) async fn post(
    State(app): State<Arc<App>>,
    person: Person,
    Form(fields): Form<Fields>,
) -> Result<Response, Failed> {
    allowed(&person)?;
    let leniency = Leniency {
        create_customers: fields.create_customers.is_some(),
        create_places: fields.create_places.is_some(),
        skip_bad: fields.skip_bad.is_some(),
    };
    let (run, caller) = (fields.run.is_some(), person.caller.clone());
    let table = fields.table.clone();
    // On a task of its own: who closes the page half-way does not leave half a table behind.
    let came = tokio::spawn(async move {
        if run {
            caller.import(table.as_bytes(), leniency).await
        } else {
            caller.plan_import(table.as_bytes(), leniency).await
        }
    });
    let came = came.await.map_err(|_| AppError::from(Denied::Busy))?;
    let imported = match came {
        Ok(imported) => imported,
        Err(error) => {
            let refused = Outcome::of::<()>(Err(error), person.t.msg("saved"))?;
            return shown(&app, &person, fields, refused, (None, None)).await;
        }
    };
    let told = told(imported, leniency.skip_bad, person.t);
    if run && told.writes {
        let done = (None, Some(told));
        shown(&app, &person, Fields::default(), Outcome::Nothing, done).await
    } else {
        let plan = (Some(told), None);
        shown(&app, &person, fields, Outcome::Nothing, plan).await
    }
}
