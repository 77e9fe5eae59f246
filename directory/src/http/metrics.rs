//! GET: numbers for a collector, to this machine only; others find nothing here and use the
//! listener that `--metrics` opens.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use axum::routing;

use super::problem::Fault;
use crate::app::{App, AppError, Origin};

const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

pub(super) async fn get(State(app): State<Arc<App>>, from: Origin, headers: HeaderMap) -> Response {
    // What was passed on comes from elsewhere, also if nobody said that the proxy is trusted.
    let passed_on = ["x-forwarded-for", "forwarded", "via"];
    let passed_on = passed_on.iter().any(|name| headers.contains_key(*name));
    if passed_on || !from.0.to_canonical().is_loopback() {
        return Fault::NoSuchPath.into_response();
    }
    text(State(app)).await.into_response()
}

async fn text(State(app): State<Arc<App>>) -> Result<Response, AppError> {
    let text = app.metrics_text().await?;
    Ok(([(CONTENT_TYPE, OPENMETRICS)], text).into_response())
}

/// What the listener of `--metrics` serves: the numbers and the health, nothing else.
pub fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/metrics", routing::get(text))
        .route("/healthz", routing::get(super::health::get))
        .route("/readyz", routing::get(super::ready::get))
        .with_state(app)
}
