//! GET and POST `/api/v1/webhooks`: which there are, and one more.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::WebhookShown;
use crate::app::{App, AppError};
use crate::http::body::Json;
use crate::http::page::Page;
use crate::http::rights::ApiCaller;

/// A webhook that should be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct WebhookWish {
    /// Where: an https address.
    url: String,
    /// What it is told: kinds of events such as `device.enrolled`, `session.*`, or `*`.
    events: Vec<String>,
}

/// A webhook that was made.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct WebhookMade {
    #[serde(flatten)]
    webhook: WebhookShown,
    /// The secret that deliveries are signed with; shown only now.
    secret: String,
}

/// The organisation's webhooks, oldest first.
#[utoipa::path(get, path = "", responses((status = 200, body = Page<WebhookShown>)))]
pub(in crate::http) async fn get(
    ApiCaller(caller): ApiCaller,
) -> Result<axum::Json<Page<WebhookShown>>, AppError> {
    let webhooks = caller.webhooks().await?;
    Ok(axum::Json(Page {
        items: webhooks.into_iter().map(Into::into).collect(),
        next: None,
    }))
}

/// Makes a webhook. What happens from now on is sent there as JSON by POST, signed as Standard
/// Webhooks says (`webhook-id`, `webhook-timestamp`, `webhook-signature`), at least once.
#[utoipa::path(post, path = "", request_body = WebhookWish,
    responses((status = 201, body = WebhookMade)))]
pub(in crate::http) async fn post(
    State(app): State<Arc<App>>,
    ApiCaller(caller): ApiCaller,
    Json(wish): Json<WebhookWish>,
) -> Result<(StatusCode, axum::Json<WebhookMade>), AppError> {
    let vault = &app.identity.vault;
    let (webhook, secret) = caller.make_webhook(vault, &wish.url, &wish.events).await?;
    let made = WebhookMade {
        webhook: webhook.into(),
        secret,
    };
    Ok((StatusCode::CREATED, axum::Json(made)))
}
