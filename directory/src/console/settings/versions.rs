//! GET and POST: the oldest versions of host and viewer that may take part, with how many devices
//! a version would shut out before it is set.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::Around;
use crate::app::{App, AppError};
use crate::console::devices::percent;
use crate::console::outcome::Outcome;
use crate::console::page::{Failed, Frame, Person, page};
use crate::console::texts::{Message, Texts};
use crate::http::body::{Form, Search};
use crate::model::catalogue::Count;
use crate::store::machines::MinimumVersions;

/// How many devices a version shuts out.
struct Below {
    sentence: Message,
    /// The list of them, if there are any.
    devices: Option<String>,
}

#[derive(Template)]
#[template(path = "settings/versions.html")]
struct Page {
    t: Texts,
    frame: Frame,
    around: Around,
    outcome: Outcome,
    host: String,
    viewer: String,
    below: Option<Below>,
}

/// What the forms send: to look, by address, what a version would do, and to set it.
#[derive(Deserialize)]
pub(crate) struct Fields {
    host: Option<String>,
    viewer: Option<String>,
}

fn below(count: Count, version: &str, t: Texts) -> Below {
    let words = match count {
        Count::Exactly(_) => t.msg("versions-below"),
        Count::AtLeast(_) => t.msg("versions-below-more"),
    };
    let query = percent(&format!("version:<{version}"));
    Below {
        sentence: words.num("count", count.number()).text("version", version),
        devices: (count.number() > 0).then(|| format!("/devices?q={query}")),
    }
}

async fn shown(
    app: &App,
    person: &Person,
    wanted: Fields,
    outcome: Outcome,
) -> Result<Response, Failed> {
    let t = person.t;
    let around = Around::of(person, "/settings/versions")?;
    let set: MinimumVersions = person.caller.minimum_versions().await?;
    let host = wanted.host.or(set.host).unwrap_or_default();
    let host = host.trim().to_owned();
    let mut outcome = outcome;
    let mut shut_out = None;
    if !host.is_empty() && !outcome.is_refused() {
        match person.caller.devices_below(&host).await {
            Ok(count) => shut_out = Some(below(count, &host, t)),
            Err(error @ AppError::Denied(_)) => {
                outcome = Outcome::of::<()>(Err(error), t.msg("saved"))?;
            }
            Err(error @ AppError::Store(_)) => return Err(error.into()),
        }
    }
    let shown = page(&Page {
        t,
        around,
        frame: Frame::of(app, person, "/settings").await?,
        host,
        viewer: wanted.viewer.or(set.viewer).unwrap_or_default(),
        below: shut_out,
        outcome: outcome.clone(),
    });
    Ok(outcome.answered(shown))
}

pub(crate) async fn get(
    State(app): State<Arc<App>>,
    person: Person,
    Search(fields): Search<Fields>,
) -> Result<Response, Failed> {
    shown(&app, &person, fields, Outcome::Nothing).await
}

pub(crate) async fn post(
    State(app): State<Arc<App>>,
    person: Person,
    Form(fields): Form<Fields>,
) -> Result<Response, Failed> {
    let (host, viewer) = (fields.host.as_deref(), fields.viewer.as_deref());
    let set = person.caller.set_minimum_versions(host, viewer).await;
    let outcome = Outcome::of(set, person.t.msg("saved"))?;
    shown(&app, &person, fields, outcome).await
}
