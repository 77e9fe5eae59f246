//! Refusals and failures as `application/problem+json` (RFC 9457).

use std::any::Any;

use axum::body::Body;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, Response as HttpResponse, StatusCode};
use axum::response::{IntoResponse, Response};
use farpane_protocol::api::Problem;
use tower_http::csrf::ProtectionError;

use crate::app::{AppError, Denied};

/// What goes wrong before or around a use case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The body is not what this endpoint reads.
    BadBody,
    /// The body is too large.
    TooLarge,
    /// The query or path is not what this endpoint reads.
    BadAddress,
    /// There is nothing at this path.
    NoSuchPath,
    /// The path exists, with another method.
    WrongMethod,
    /// The `Idempotency-Key` is empty or too long.
    BadRepeatKey,
    /// Another request has this `Idempotency-Key`.
    RepeatDiffers,
    /// The request with this `Idempotency-Key` was begun and has no answer.
    RepeatOpen,
    /// The `If-Match` is no list of tags.
    BadTag,
    /// What the change rests on was changed since.
    Changed,
    /// It took too long.
    TimedOut,
    /// A page of another site sent it.
    ForeignPage,
    /// The store did not answer.
    Store,
    /// A bug.
    Internal,
}

impl Fault {
    fn parts(self) -> (&'static str, u16, &'static str) {
        match self {
            Self::BadBody => (
                "bad-request",
                400,
                "The request's body is not what is expected here.",
            ),
            Self::TooLarge => ("too-large", 413, "The request's body is too large."),
            Self::BadAddress => (
                "bad-request",
                400,
                "The request's address is not what is expected here.",
            ),
            Self::NoSuchPath => ("not-found", 404, "There is nothing here."),
            Self::WrongMethod => ("method-not-allowed", 405, "This cannot be done here."),
            Self::BadRepeatKey => (
                "bad-request",
                400,
                "An Idempotency-Key has 1 to 255 characters. Use a new UUID for each request.",
            ),
            Self::RepeatDiffers => (
                "repeat-differs",
                422,
                "Another request was sent with this Idempotency-Key. Use a new one for a new \
                 request.",
            ),
            Self::RepeatOpen => (
                "repeat-open",
                409,
                "The request with this Idempotency-Key was begun and has no answer yet. Ask again \
                 in a moment; if it stays so, look whether it was done, and use a new key if not.",
            ),
            Self::BadTag => (
                "bad-request",
                400,
                "If-Match has tags as ETag gives them, in quotes, at most 16 with commas between, \
                 or *.",
            ),
            Self::Changed => (
                "changed",
                412,
                "Somebody changed this since you looked at it, so nothing was done. Look at it \
                 again, and change what is there now.",
            ),
            Self::TimedOut => (
                "time-out",
                503,
                "The directory took too long. Try again in a moment.",
            ),
            Self::ForeignPage => (
                "foreign-page",
                403,
                "This was sent from another site, so it was refused. Open the console and do it \
                 there.",
            ),
            Self::Store => (
                "store-unavailable",
                503,
                "The directory's database does not answer. Try again in a moment; if it repeats, \
                 check the disk of its server.",
            ),
            Self::Internal => (
                "internal",
                500,
                "Something is broken in the directory. Its log says more.",
            ),
        }
    }
}

fn answer(kind: &str, status: u16, detail: String) -> Response {
    let code = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = code.into_response();
    // The layer around all endpoints knows which request this answers, and writes the body.
    response
        .extensions_mut()
        .insert(Said(Problem::new(kind, status, detail)));
    response
}

/// A problem that waits for the name of its request.
#[derive(Clone, Debug)]
struct Said(Problem);

/// Writes the body of a problem, with the request that it answers. Other answers stay.
pub(super) fn written(mut response: Response, request: &str) -> Response {
    let Some(Said(mut problem)) = response.extensions_mut().remove::<Said>() else {
        return response;
    };
    problem.instance = Some(format!("urn:uuid:{request}"));
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(CONTENT_LENGTH);
    let problem_json = HeaderValue::from_static("application/problem+json");
    parts.headers.insert(CONTENT_TYPE, problem_json);
    let body = serde_json::to_vec(&problem).expect("problems serialise to JSON");
    Response::from_parts(parts, Body::from(body))
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let (kind, status, detail) = self.parts();
        answer(kind, status, detail.to_owned())
    }
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        match self {
            Self::Denied(denied) => {
                let mut response = answer(denied.kind(), denied.status(), denied.sentence());
                if let Denied::TooManyTries(wait) = denied {
                    let seconds = HeaderValue::from(wait.as_secs() + 1);
                    response.headers_mut().insert(RETRY_AFTER, seconds);
                }
                response
            }
            Self::Store(error) => {
                let cause = std::error::Error::source(&error);
                tracing::error!(%error, cause = cause.map(tracing::field::display), "store failed");
                if error.is_for_want_of_room() {
                    let mut response = Self::Denied(Denied::StorageFull).into_response();
                    response.extensions_mut().insert(super::NoRoom);
                    return response;
                }
                Fault::Store.into_response()
            }
        }
    }
}

/// The answer to a request that another site's page sent.
pub(super) fn foreign_page(_: ProtectionError) -> HttpResponse<Body> {
    Fault::ForeignPage.into_response()
}

/// The answer when a handler panicked: a bug, and no word about its inside.
pub(super) fn panicked(_: Box<dyn Any + Send>) -> HttpResponse<Body> {
    tracing::error!("a handler panicked");
    Fault::Internal.into_response()
}
