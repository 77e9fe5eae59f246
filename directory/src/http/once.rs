//! `Idempotency-Key`: a POST that a program sends again, because it never heard the answer, is
//! answered again and not done again. Answers are kept for a day, sealed, because some carry what
//! is shown only once.

use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequestParts as _, MatchedPath, Request, State};
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::request::Parts;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use hyper::body::Body as _;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::catalogue::import::FILE_BYTES;
use super::problem::Fault;
use super::rights::ApiCaller;
use super::{BODY_BYTES, Endpoint};
use crate::app::{App, AppError};
use crate::store::repeats::{Begun, RepeatKey};

/// The header.
pub const KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Says that an answer is one from before.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Longest name of a request, in bytes: a UUID has 36.
const KEY_BYTES: usize = 255;

/// Largest answer, in bytes, that is kept.
const ANSWER_BYTES: usize = 256 * 1024;

/// An answer as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    status: u16,
    kind: Option<String>,
    location: Option<String>,
    body: String,
}

fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut digest = Sha256::new();
    for part in parts {
        // With its length, so that no two requests read as the same bytes.
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    digest.finalize().into()
}

/// Largest body, in bytes, that the endpoint takes which was asked.
fn body_most(parts: &Parts) -> usize {
    let path = parts.extensions.get::<MatchedPath>();
    let imports = path.is_some_and(|path| path.as_str() == Endpoint::CatalogueImport.path());
    if imports { FILE_BYTES } else { BODY_BYTES }
}

fn said(parts: &Parts, body: &Bytes) -> [u8; 32] {
    let kind = parts.headers.get(CONTENT_TYPE);
    let kind = kind.map(HeaderValue::as_bytes).unwrap_or_default();
    let target = parts.uri.path_and_query();
    let target = target.map(PathAndQuery::as_str).unwrap_or_default();
    digest(&[target.as_bytes(), kind, body])
}

/// Does a request once that says so, and others as they are.
pub(super) async fn once(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let applies = parts.method == Method::POST && parts.uri.path().starts_with("/api/v1/");
    let Some(name) = parts.headers.get(KEY).filter(|_| applies).cloned() else {
        return next.run(Request::from_parts(parts, body)).await;
    };
    let name = name.as_bytes();
    if name.is_empty() || name.len() > KEY_BYTES {
        return Fault::BadRepeatKey.into_response();
    }
    // Nothing is kept for strangers: their request is refused, or is none that this is for.
    let Ok(ApiCaller(caller)) = ApiCaller::from_request_parts(&mut parts, &app).await else {
        return next.run(Request::from_parts(parts, body)).await;
    };
    let Some(who) = caller.id() else {
        return next.run(Request::from_parts(parts, body)).await;
    };
    // Not more than the endpoint itself would read.
    let Ok(body) = to_bytes(body, body_most(&parts)).await else {
        return Fault::TooLarge.into_response();
    };
    let key = RepeatKey {
        caller: who,
        key: digest(&[name]),
    };
    let store = &app.core.store;
    match store
        .begin_request(key, said(&parts, &body), app.now())
        .await
    {
        Ok(Begun::First) => {}
        Ok(Begun::Done(sealed)) => return replay(&app, key, &sealed),
        Ok(Begun::Open) => return Fault::RepeatOpen.into_response(),
        Ok(Begun::Differs) => return Fault::RepeatDiffers.into_response(),
        Err(error) => return AppError::from(error).into_response(),
    }
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    keep(&app, key, response).await
}

/// Keeps the answer of what was done; a refusal did nothing and is forgotten.
async fn keep(app: &App, key: RepeatKey, response: Response) -> Response {
    let store = &app.core.store;
    if !response.status().is_success() {
        if response.status().is_client_error()
            && let Err(error) = store.forget_request(key).await
        {
            tracing::warn!(%error, "a refused request stays noted as begun");
        }
        return response;
    }
    let size = response.body().size_hint().exact();
    if size.is_none_or(|size| size > ANSWER_BYTES as u64) {
        // Too much to keep, or a stream: sent again it is refused as open, never done twice.
        return response;
    }
    let (parts, body) = response.into_parts();
    let Ok(body) = to_bytes(body, ANSWER_BYTES).await else {
        return Fault::Internal.into_response();
    };
    let text = |name| {
        let value = parts.headers.get(name);
        value
            .and_then(|value: &HeaderValue| value.to_str().ok())
            .map(str::to_owned)
    };
    let kept = Kept {
        status: parts.status.as_u16(),
        kind: text(CONTENT_TYPE),
        location: text(LOCATION),
        body: STANDARD_NO_PAD.encode(&body),
    };
    let kept = serde_json::to_vec(&kept).expect("answers serialise to JSON");
    let sealed = app.identity.vault.seal(&key.key, &kept);
    if let Err(error) = store.keep_answer(key, &sealed).await {
        // It is done; sent again it is refused as open, never done twice.
        tracing::warn!(%error, "an answer could not be kept");
    }
    Response::from_parts(parts, Body::from(body))
}

fn replay(app: &App, key: RepeatKey, sealed: &[u8]) -> Response {
    let opened = app.identity.vault.open(&key.key, sealed).ok();
    let kept = opened.and_then(|text| serde_json::from_slice::<Kept>(&text).ok());
    let Some((kept, body)) = kept.and_then(|kept| {
        let body = STANDARD_NO_PAD.decode(&kept.body).ok()?;
        Some((kept, body))
    }) else {
        return Fault::RepeatOpen.into_response();
    };
    let status = StatusCode::from_u16(kept.status).unwrap_or(StatusCode::OK);
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.remove(CONTENT_TYPE);
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    for (name, value) in [(CONTENT_TYPE, kept.kind), (LOCATION, kept.location)] {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
            headers.insert(name, value);
        }
    }
    response
}
