//! GET and POST: the second step of signing in, after the password.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;
use serde::Deserialize;

use super::back::local;
use super::page::{COOKIE, Failed, PENDING_COOKIE, cookie, gone, page};
use super::texts::Texts;
use crate::app::web::Visitor;
use crate::app::{App, AppError, Denied};
use crate::http::body::{Form, Search};

#[derive(Template)]
#[template(path = "account/second.html")]
struct Page {
    t: Texts,
    to: String,
    account: String,
    app: bool,
    passkeys: bool,
    refused: Option<String>,
}

/// Where the person wanted to go.
#[derive(Deserialize)]
pub(crate) struct To {
    #[serde(default)]
    to: String,
}

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct Fields {
    code: String,
    #[serde(default)]
    to: String,
}

async fn show(
    app: &App,
    t: Texts,
    pending: &str,
    to: &str,
    refused: Option<String>,
) -> Result<Response, AppError> {
    let (account, factors) = app.missing_factor(pending).await?;
    Ok(page(&Page {
        t,
        to: local(to).to_owned(),
        account: account.email.to_string(),
        app: factors.app.is_some(),
        passkeys: !factors.passkeys.is_empty() && app.has_passkeys(),
        refused,
    }))
}

fn pending(jar: &CookieJar) -> String {
    let kept = jar.get(PENDING_COOKIE);
    kept.map(|cookie| cookie.value().to_owned())
        .unwrap_or_default()
}

fn again(jar: CookieJar) -> Response {
    (jar.remove(gone(PENDING_COOKIE)), Redirect::to("/sign-in")).into_response()
}

pub(crate) async fn get(
    State(app): State<Arc<App>>,
    t: Texts,
    jar: CookieJar,
    Search(To { to }): Search<To>,
) -> Result<Response, Failed> {
    match show(&app, t, &pending(&jar), &to, None).await {
        Err(AppError::Denied(Denied::SignInAgain)) => Ok(again(jar)),
        shown => Ok(shown?),
    }
}

pub(crate) async fn post(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    t: Texts,
    jar: CookieJar,
    Form(fields): Form<Fields>,
) -> Result<Response, Failed> {
    let pending = pending(&jar);
    match app.sign_in_code(&pending, &fields.code, &visitor).await {
        Ok(secret) => {
            let jar = jar
                .remove(gone(PENDING_COOKIE))
                .add(cookie(COOKIE, secret.expose().to_owned()));
            Ok((jar, Redirect::to(local(&fields.to))).into_response())
        }
        Err(AppError::Denied(Denied::SignInAgain)) => Ok(again(jar)),
        Err(AppError::Denied(denied)) => {
            let status = StatusCode::from_u16(denied.status());
            let said = Some(t.said(&denied.said()));
            let shown = show(&app, t, &pending, &fields.to, said).await?;
            Ok((status.unwrap_or(StatusCode::FORBIDDEN), shown).into_response())
        }
        Err(error @ AppError::Store(_)) => Err(error.into()),
    }
}
