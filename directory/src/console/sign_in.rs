//! GET and POST: a person signs in to the console.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;
use serde::Deserialize;

use super::page::{Failed, cookie, page};
use super::texts::Texts;
use crate::app::web::{SignInStep, Visitor};
use crate::app::{App, AppError};
use crate::http::body::Form;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct Page {
    t: Texts,
    org: String,
    email: String,
    refused: Option<String>,
}

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct Fields {
    email: String,
    password: String,
}

pub(crate) async fn get(State(app): State<Arc<App>>, t: Texts) -> Response {
    page(&Page {
        t,
        org: app.core.org.name.clone(),
        email: String::new(),
        refused: None,
    })
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
        Ok(SignInStep::In(secret) | SignInStep::FactorMissing(secret)) => {
            let jar = jar.add(cookie(secret.expose().to_owned()));
            Ok((jar, Redirect::to("/")).into_response())
        }
        Err(AppError::Denied(denied)) => {
            let shown = page(&Page {
                t,
                org: app.core.org.name.clone(),
                email: fields.email,
                refused: Some(denied.sentence()),
            });
            let status = StatusCode::from_u16(denied.status());
            Ok((status.unwrap_or(StatusCode::FORBIDDEN), shown).into_response())
        }
        Err(error @ AppError::Store(_)) => Err(error.into()),
    }
}
