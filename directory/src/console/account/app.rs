//! A person sets up an authenticator app: POST begins, GET shows the secret and its picture, POST
//! with a code ends it; and POST takes it away again.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;
use serde::Deserialize;

use crate::app::web::Visitor;
use crate::app::{App, AppError};
use crate::console::page::{COOKIE, Failed, Frame, Person, cookie, page};
use crate::console::texts::Texts;
use crate::http::body::{Form, Search};

#[derive(Template)]
#[template(path = "account/app.html")]
struct Page {
    t: Texts,
    frame: Frame,
    draft: String,
    letters: String,
    refused: Option<String>,
}

/// Which set-up.
#[derive(Deserialize)]
pub(crate) struct Draft {
    #[serde(default)]
    draft: String,
}

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct Fields {
    draft: String,
    code: String,
}

pub(crate) async fn begin(State(app): State<Arc<App>>, person: Person) -> Result<Redirect, Failed> {
    let draft = app.app_begin(&person.web)?;
    Ok(Redirect::to(&format!("/account/factors/app?draft={draft}")))
}

async fn shown(
    app: &App,
    person: &Person,
    draft: String,
    refused: Option<String>,
) -> Result<Response, Failed> {
    let letters = app.app_draft(&person.web, &draft)?.letters;
    Ok(page(&Page {
        t: person.t,
        frame: Frame::of(app, person, "/account").await?,
        draft,
        letters,
        refused,
    }))
}

pub(crate) async fn get(
    State(app): State<Arc<App>>,
    person: Person,
    Search(Draft { draft }): Search<Draft>,
) -> Result<Response, Failed> {
    shown(&app, &person, draft, None).await
}

pub(crate) async fn picture(
    State(app): State<Arc<App>>,
    person: Person,
    Search(Draft { draft }): Search<Draft>,
) -> Result<Response, Failed> {
    let picture = app.app_draft(&person.web, &draft)?.picture;
    Ok(([(CONTENT_TYPE, "image/png")], picture).into_response())
}

pub(crate) async fn finish(
    State(app): State<Arc<App>>,
    person: Person,
    visitor: Visitor,
    jar: CookieJar,
    Form(fields): Form<Fields>,
) -> Result<Response, Failed> {
    let finished = app.app_finish(&person.web, &fields.draft, &fields.code, &visitor);
    match finished.await {
        Ok(secret) => {
            let jar = jar.add(cookie(COOKIE, secret.expose().to_owned()));
            Ok((jar, Redirect::to("/account/factors")).into_response())
        }
        Err(AppError::Denied(denied)) => {
            let status = StatusCode::from_u16(denied.status());
            let again = shown(
                &app,
                &person,
                fields.draft,
                Some(person.t.said(&denied.said())),
            )
            .await?;
            Ok((status.unwrap_or(StatusCode::FORBIDDEN), again).into_response())
        }
        Err(error @ AppError::Store(_)) => Err(error.into()),
    }
}

pub(crate) async fn remove(
    State(app): State<Arc<App>>,
    person: Person,
    visitor: Visitor,
) -> Result<Redirect, Failed> {
    app.app_remove(&person.web, &visitor).await?;
    Ok(Redirect::to("/account/factors"))
}
