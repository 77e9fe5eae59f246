//! GET and POST: a person proves once more who they are, before something dangerous.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;
use serde::Deserialize;

use super::back::local;
use super::page::{COOKIE, Failed, Person, cookie, page};
use super::texts::Texts;
use crate::app::web::Visitor;
use crate::app::{App, AppError};
use crate::http::body::{Form, Search};

#[derive(Template)]
#[template(path = "account/confirm.html")]
struct Page {
    t: Texts,
    to: String,
    account: String,
    app: bool,
    passkeys: bool,
    password: bool,
    refused: Option<String>,
}

/// Where the person goes on.
#[derive(Deserialize)]
pub(crate) struct To {
    #[serde(default)]
    to: String,
}

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct Fields {
    code: Option<String>,
    password: Option<String>,
    #[serde(default)]
    to: String,
}

async fn show(
    app: &App,
    person: &Person,
    to: &str,
    refused: Option<String>,
) -> Result<Response, Failed> {
    let factors = app.factors(person.account.id).await?;
    Ok(page(&Page {
        t: person.t,
        to: local(to).to_owned(),
        account: person.account.email.to_string(),
        app: factors.app.is_some(),
        passkeys: !factors.passkeys.is_empty() && app.has_passkeys(),
        password: !factors.any(),
        refused,
    }))
}

pub(crate) async fn get(
    State(app): State<Arc<App>>,
    person: Person,
    Search(To { to }): Search<To>,
) -> Result<Response, Failed> {
    show(&app, &person, &to, None).await
}

pub(crate) async fn post(
    State(app): State<Arc<App>>,
    person: Person,
    visitor: Visitor,
    jar: CookieJar,
    Form(fields): Form<Fields>,
) -> Result<Response, Failed> {
    let confirmed = match (&fields.code, &fields.password) {
        (Some(code), _) => app.confirm_code(&person.web, code, &visitor).await,
        (None, password) => {
            let password = password.as_deref().unwrap_or_default();
            app.confirm_password(&person.web, password, &visitor).await
        }
    };
    match confirmed {
        Ok(secret) => {
            let jar = jar.add(cookie(COOKIE, secret.expose().to_owned()));
            Ok((jar, Redirect::to(local(&fields.to))).into_response())
        }
        Err(AppError::Denied(denied)) => {
            let status = StatusCode::from_u16(denied.status());
            let shown = show(
                &app,
                &person,
                &fields.to,
                Some(person.t.said(&denied.said())),
            )
            .await?;
            Ok((status.unwrap_or(StatusCode::FORBIDDEN), shown).into_response())
        }
        Err(error @ AppError::Store(_)) => Err(error.into()),
    }
}
