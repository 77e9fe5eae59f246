//! GET and POST: a person lets a viewer in that shows a short code.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use super::page::{Failed, Frame, Person, page};
use super::texts::Texts;
use crate::app::web::Visitor;
use crate::app::{App, AppError, Denied};
use crate::http::body::{Form, Search};
use crate::live::device_codes::UserCode;

/// A viewer that waits.
struct Viewer {
    name: String,
    fingerprint: String,
    address: String,
    version: String,
    /// Whether it asks from another address than the browser.
    elsewhere: bool,
}

#[derive(Template)]
#[template(path = "account/activate.html")]
struct Page {
    t: Texts,
    frame: Frame,
    code: String,
    viewer: Option<Viewer>,
    /// What came of it: the viewer's name, and whether it was let in.
    done: Option<(String, bool)>,
    refused: Option<String>,
}

/// The code, filled in by the viewer.
#[derive(Deserialize)]
pub(crate) struct Code {
    #[serde(default)]
    code: String,
}

/// What the person decided.
#[derive(Deserialize)]
pub(crate) struct Fields {
    code: String,
    #[serde(default)]
    fingerprint: String,
    answer: String,
}

async fn empty(app: &App, person: &Person, code: &str) -> Result<Page, Failed> {
    // Only what reads as a code comes back onto the page.
    let code = UserCode::parse(code).map(|code| code.to_string());
    Ok(Page {
        t: person.t,
        frame: Frame::of(app, person, "/activate").await?,
        code: code.unwrap_or_default(),
        viewer: None,
        done: None,
        refused: None,
    })
}

pub(crate) async fn get(
    State(app): State<Arc<App>>,
    person: Person,
    visitor: Visitor,
    Search(Code { code }): Search<Code>,
) -> Result<Response, Failed> {
    let shown = empty(&app, &person, &code).await?;
    if code.is_empty() {
        return Ok(page(&shown));
    }
    match app.asking_viewer(&person.web, &code) {
        Ok(asking) => Ok(page(&Page {
            viewer: Some(Viewer {
                name: asking.name,
                fingerprint: asking.key.fingerprint().to_string(),
                elsewhere: asking.address != visitor.from.0.to_string(),
                address: asking.address,
                version: asking.version,
            }),
            ..shown
        })),
        Err(AppError::Denied(denied)) => {
            let status = StatusCode::from_u16(denied.status());
            let again = page(&Page {
                refused: Some(person.t.said(&denied.said())),
                ..shown
            });
            Ok((status.unwrap_or(StatusCode::NOT_FOUND), again).into_response())
        }
        Err(error @ AppError::Store(_)) => Err(error.into()),
    }
}

pub(crate) async fn post(
    State(app): State<Arc<App>>,
    person: Person,
    Form(fields): Form<Fields>,
) -> Result<Response, Failed> {
    let allow = match fields.answer.as_str() {
        "allow" => true,
        "refuse" => false,
        _ => return Err(AppError::from(Denied::BadRequest("Allow it or refuse it.")).into()),
    };
    let answered = app
        .answer_viewer(&person.web, &fields.code, &fields.fingerprint, allow)
        .await?;
    let shown = empty(&app, &person, "").await?;
    Ok(page(&Page {
        done: Some((answered.name, allow)),
        ..shown
    }))
}
