//! GET and POST: a person comes in with an invitation, or sets a new password with a link.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use super::page::{Failed, page};
use super::texts::Texts;
use crate::app::{App, AppError};
use crate::http::body::{Form, Id};
use crate::model::proof::LinkKind;

#[derive(Template)]
#[template(path = "account/link.html")]
struct Page {
    t: Texts,
    org: String,
    secret: String,
    account: String,
    name: String,
    invited: bool,
    done: bool,
    refused: Option<String>,
}

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct Fields {
    #[serde(default)]
    name: String,
    password: String,
}

async fn shown(app: &App, t: Texts, secret: String) -> Result<Page, Failed> {
    let (kind, account) = app.password_link(&secret).await?;
    let core = app.in_org(account.org).await?;
    let invited = kind == LinkKind::Invitation;
    let unnamed = account.name == account.email.as_str();
    Ok(Page {
        t,
        org: core.org.name,
        secret,
        account: account.email.to_string(),
        name: if unnamed { String::new() } else { account.name },
        invited,
        done: false,
        refused: None,
    })
}

pub(crate) async fn get(
    State(app): State<Arc<App>>,
    t: Texts,
    Id(secret): Id<String>,
) -> Result<Response, Failed> {
    Ok(page(&shown(&app, t, secret).await?))
}

pub(crate) async fn post(
    State(app): State<Arc<App>>,
    t: Texts,
    Id(secret): Id<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, Failed> {
    let shown = shown(&app, t, secret).await?;
    let used = app.use_password_link(&shown.secret, &fields.name, fields.password);
    match used.await {
        Ok(_) => Ok(page(&Page {
            done: true,
            ..shown
        })),
        Err(AppError::Denied(denied)) => {
            let status = StatusCode::from_u16(denied.status());
            let again = page(&Page {
                name: fields.name,
                refused: Some(t.said(&denied.said())),
                ..shown
            });
            Ok((status.unwrap_or(StatusCode::BAD_REQUEST), again).into_response())
        }
        Err(error @ AppError::Store(_)) => Err(error.into()),
    }
}
