//! GET and POST: a person signs in to the console.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;
use serde::Deserialize;

use super::back::{by_way_of, local};
use super::page::{COOKIE, Failed, PENDING_COOKIE, cookie, page};
use super::texts::Texts;
use crate::app::web::{SignInStep, Visitor};
use crate::app::{App, AppError};
use crate::http::body::{Form, Search};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct Page {
    t: Texts,
    org: String,
    email: String,
    to: String,
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
    email: String,
    password: String,
    #[serde(default)]
    to: String,
}

pub(crate) async fn get(
    State(app): State<Arc<App>>,
    t: Texts,
    Search(To { to }): Search<To>,
) -> Result<Response, Failed> {
    Ok(page(&Page {
        t,
        org: app.org_name().await?,
        email: String::new(),
        to: local(&to).to_owned(),
        passkeys: app.has_passkeys(),
        refused: None,
    }))
}

pub(crate) async fn post(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    t: Texts,
    jar: CookieJar,
    Form(fields): Form<Fields>,
) -> Result<Response, Failed> {
    let signed_in = app
        .web_sign_in(&fields.email, &fields.password, &visitor)
        .await;
    match signed_in {
        Ok(SignInStep::In(secret)) => {
            let jar = jar.add(cookie(COOKIE, secret.expose().to_owned()));
            Ok((jar, Redirect::to(local(&fields.to))).into_response())
        }
        Ok(SignInStep::FactorMissing(secret)) => {
            let jar = jar.add(cookie(PENDING_COOKIE, secret.expose().to_owned()));
            let second = by_way_of("/sign-in/second", &fields.to);
            Ok((jar, Redirect::to(&second)).into_response())
        }
        Err(AppError::Denied(denied)) => {
            let shown = page(&Page {
                t,
                org: app.org_name().await?,
                email: fields.email,
                to: local(&fields.to).to_owned(),
                passkeys: app.has_passkeys(),
                refused: Some(t.said(&denied.said())),
            });
            let status = StatusCode::from_u16(denied.status());
            Ok((status.unwrap_or(StatusCode::FORBIDDEN), shown).into_response())
        }
        Err(error @ AppError::Store(_)) => Err(error.into()),
    }
}
