//! The HTTPS face: every endpoint in one list, what stands around all of them, and the listener.

pub mod access;
pub mod agent;
pub mod api;
pub mod audit;
pub mod body;
pub mod catalogue;
pub mod endpoint;
pub mod enrolment;
mod finish;
pub mod health;
pub mod listener;
mod matching;
pub mod metrics;
pub mod once;
pub mod openapi;
pub mod page;
pub mod problem;
pub mod ready;
pub mod reference;
pub mod rights;
pub mod viewer;
pub mod webhooks;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, Uri};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::CsrfLayer;
use tracing::Instrument as _;
use uuid::Uuid;

pub use endpoint::Endpoint;

use crate::app::App;
use crate::console;
use problem::Fault;

/// Largest request body, in bytes, where an endpoint does not say otherwise: ten times the largest
/// real one.
const BODY_BYTES: usize = 64 * 1024;

/// Longest that a request may take until its answer begins. Above every wait inside.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// What a page of ours may load and do: files of this server, nothing inline, in nobody's frame.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; \
                      img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Names the request that an answer belongs to.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Headers on every answer.
const ALWAYS: [(HeaderName, &str); 7] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "same-origin"),
    (STRICT_TRANSPORT_SECURITY, "max-age=31536000"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// Every endpoint, with what stands around all of them.
pub fn router(app: Arc<App>) -> Router {
    let mut router = Router::new();
    for endpoint in Endpoint::ALL {
        router = router.route(endpoint.path(), endpoint.handler());
    }
    router
        .fallback(unknown)
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn_with_state(
            app.clone(),
            matching::matching,
        ))
        .layer(middleware::from_fn_with_state(app.clone(), once::once))
        // Cookies are sent by browsers unasked, so what changes something must come from our own
        // pages. Agents are not browsers and pass.
        .layer(CsrfLayer::new().with_rejection_response(problem::foreign_page))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(middleware::from_fn_with_state(
            finish::room(),
            finish::to_the_end,
        ))
        .layer(middleware::from_fn(in_time))
        .layer(CatchPanicLayer::custom(problem::panicked))
        .layer(middleware::from_fn(console::wrong::in_words))
        .layer(middleware::from_fn_with_state(
            app.clone(),
            with_trouble_noted,
        ))
        .layer(middleware::from_fn(with_headers))
        .layer(middleware::from_fn(named))
        .with_state(app)
}

/// Takes note when an answer failed because the disk takes nothing.
async fn with_trouble_noted(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if response.extensions_mut().remove::<NoRoom>().is_some() {
        app.storage.note_refused(true);
    }
    response
}

/// Kept beside an answer that failed because the disk takes nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NoRoom;

async fn in_time(request: Request, next: Next) -> Response {
    tokio::time::timeout(ANSWER_WITHIN, next.run(request))
        .await
        .unwrap_or_else(|_| Fault::TimedOut.into_response())
}

/// Gives every request a name, which its answer, its log lines and its problem carry. What a
/// client calls its request is not taken over: it would be a stranger's text in our log.
async fn named(request: Request, next: Next) -> Response {
    let id = Uuid::from_bytes(farpane_certs::random::bytes()).to_string();
    // The kind of address and not the address itself: secrets of one use stand in some.
    let path = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("unknown", MatchedPath::as_str);
    let span = tracing::info_span!(
        "request",
        id,
        method = %request.method(),
        path,
    );
    let response = next.run(request).instrument(span).await;
    let mut response = problem::written(response, &id);
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

async fn with_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        // A page with a stricter or wider policy of its own keeps it.
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Paths of the programs' interfaces, where answers are problems and not pages.
fn is_for_programs(uri: &Uri) -> bool {
    ["/agent/", "/api/"]
        .iter()
        .any(|prefix| uri.path().starts_with(prefix))
}

async fn unknown(State(_): State<Arc<App>>, uri: Uri) -> Response {
    if is_for_programs(&uri) {
        Fault::NoSuchPath.into_response()
    } else {
        console::page::lost()
    }
}

async fn wrong_method() -> Response {
    Fault::WrongMethod.into_response()
}
