//! POST: the two halves of each passkey ceremony, between the server and the page's script. What
//! goes wrong comes as a problem, because a script reads it.

use std::sync::Arc;

use axum::Json as Answer;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum_extra::extract::cookie::CookieJar;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::back::local;
use super::page::{COOKIE, PENDING_COOKIE, Person, cookie, gone};
use crate::app::proofs;
use crate::app::web::Visitor;
use crate::app::{App, AppError, Origin};
use crate::http::body::Json;
use crate::secret::Secret;

/// What the browser is asked.
#[derive(Serialize)]
pub(crate) struct Begun {
    ceremony: String,
    options: Value,
}

impl From<proofs::Begun> for Begun {
    fn from(begun: proofs::Begun) -> Self {
        Self {
            ceremony: begun.ceremony,
            options: begun.options,
        }
    }
}

/// What the browser answers.
#[derive(Deserialize)]
pub(crate) struct Answered {
    ceremony: String,
    answer: Value,
    #[serde(default)]
    name: String,
    #[serde(default)]
    to: String,
}

/// Where the page goes on.
#[derive(Serialize)]
struct GoOn<'a> {
    to: &'a str,
}

fn go_on(jar: CookieJar, secret: &Secret, to: &str) -> Response {
    let jar = jar
        .remove(gone(PENDING_COOKIE))
        .add(cookie(COOKIE, secret.expose().to_owned()));
    (jar, Answer(GoOn { to: local(to) })).into_response()
}

fn pending(jar: &CookieJar) -> String {
    let kept = jar.get(PENDING_COOKIE);
    kept.map(|cookie| cookie.value().to_owned())
        .unwrap_or_default()
}

pub(crate) async fn arrive_begin(
    State(app): State<Arc<App>>,
    from: Origin,
) -> Result<Answer<Begun>, AppError> {
    Ok(Answer(app.arrive_begin(from)?.into()))
}

pub(crate) async fn arrive(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    jar: CookieJar,
    Json(said): Json<Answered>,
) -> Result<Response, AppError> {
    let secret = app.arrive(&said.ceremony, said.answer, &visitor).await?;
    Ok(go_on(jar, &secret, &said.to))
}

pub(crate) async fn second_begin(
    State(app): State<Arc<App>>,
    jar: CookieJar,
) -> Result<Answer<Begun>, AppError> {
    let begun = app.sign_in_passkey_begin(&pending(&jar)).await?;
    Ok(Answer(begun.into()))
}

pub(crate) async fn second(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    jar: CookieJar,
    Json(said): Json<Answered>,
) -> Result<Response, AppError> {
    let pending = pending(&jar);
    let shown = app.sign_in_passkey(&pending, &said.ceremony, said.answer, &visitor);
    let secret = shown.await?;
    Ok(go_on(jar, &secret, &said.to))
}

pub(crate) async fn confirm_begin(
    State(app): State<Arc<App>>,
    person: Person,
) -> Result<Answer<Begun>, AppError> {
    Ok(Answer(app.confirm_passkey_begin(&person.web).await?.into()))
}

pub(crate) async fn confirm(
    State(app): State<Arc<App>>,
    person: Person,
    visitor: Visitor,
    jar: CookieJar,
    Json(said): Json<Answered>,
) -> Result<Response, AppError> {
    let shown = app.confirm_passkey(&person.web, &said.ceremony, said.answer, &visitor);
    let secret = shown.await?;
    Ok(go_on(jar, &secret, &said.to))
}

pub(crate) async fn make_begin(
    State(app): State<Arc<App>>,
    person: Person,
) -> Result<Answer<Begun>, AppError> {
    Ok(Answer(app.passkey_begin(&person.web).await?.into()))
}

pub(crate) async fn make(
    State(app): State<Arc<App>>,
    person: Person,
    visitor: Visitor,
    jar: CookieJar,
    Json(said): Json<Answered>,
) -> Result<Response, AppError> {
    let made = app.passkey_finish(
        &person.web,
        &said.ceremony,
        &said.name,
        said.answer,
        &visitor,
    );
    let secret = made.await?;
    Ok(go_on(jar, &secret, &said.to))
}
