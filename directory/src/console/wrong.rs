//! Pages for what went wrong, in the language of whoever meets them. A handler only says what
//! happened; the words are made on the way out, where the request's language is known.

use std::sync::{Arc, OnceLock};

use askama::Template;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Redirect, Response};

use super::back::{by_way_of, standing};
use super::texts::Texts;
use crate::app::{AppError, Denied};
use crate::http::NoRoom;
use crate::model::said::Said;
use crate::store::StoreError;

/// What went wrong, kept beside an answer that has no words yet.
#[derive(Clone, Debug)]
struct Wrong {
    title: &'static str,
    sentence: Sentence,
}

#[derive(Clone, Debug)]
enum Sentence {
    Text(&'static str),
    Said(Said),
}

#[derive(Template)]
#[template(path = "failed.html")]
struct Page {
    t: Texts,
    title: String,
    sentence: String,
}

fn answer(status: StatusCode, title: &'static str, sentence: Sentence) -> Response {
    let mut response = status.into_response();
    response.extensions_mut().insert(Wrong { title, sentence });
    response
}

/// Kept beside an answer to somebody who has to prove once more who they are.
#[derive(Clone, Copy, Debug)]
struct ConfirmFirst;

/// The language that a request turned out to be answered in, beside the request: who asks is known
/// only inside, and what went wrong is put into words outside.
#[derive(Clone, Debug, Default)]
pub(super) struct Spoken(Arc<OnceLock<Texts>>);

impl Spoken {
    /// Answer in that language.
    pub(super) fn speak(&self, t: Texts) {
        // Who asks is found once; should it be looked up again, it is the same person.
        let _ = self.0.set(t);
    }
}

/// Gives answers without words a page. Stands around every endpoint.
pub(crate) async fn in_words(t: Texts, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let spoken = Spoken::default();
    parts.extensions.insert(spoken.clone());
    let standing = standing(&parts);
    let mut response = next.run(Request::from_parts(parts, body)).await;
    if response.extensions_mut().remove::<ConfirmFirst>().is_some() {
        return Redirect::to(&by_way_of("/confirm", &standing)).into_response();
    }
    let Some(Wrong { title, sentence }) = response.extensions_mut().remove() else {
        return response;
    };
    let t = spoken.0.get().copied().unwrap_or(t);
    let page = Page {
        t,
        title: t.msg(title).to_string(),
        sentence: match sentence {
            Sentence::Text(key) => t.msg(key).to_string(),
            Sentence::Said(said) => t.said(&said),
        },
    };
    (response.status(), Html(page.render().unwrap_or_default())).into_response()
}

/// The page for an address that leads nowhere.
pub(crate) fn lost() -> Response {
    let sentence = Sentence::Text("lost-sentence");
    answer(StatusCode::NOT_FOUND, "lost-title", sentence)
}

/// The page for a page that could not be made.
pub(super) fn broken() -> Response {
    let sentence = Sentence::Text("broken-sentence");
    answer(StatusCode::INTERNAL_SERVER_ERROR, "broken-title", sentence)
}

/// A use case that did not happen, as a page.
pub struct Failed(pub AppError);

impl From<AppError> for Failed {
    fn from(error: AppError) -> Self {
        Self(error)
    }
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        match self.0 {
            AppError::Denied(Denied::ConfirmationNeeded) => {
                let mut response = StatusCode::FORBIDDEN.into_response();
                response.extensions_mut().insert(ConfirmFirst);
                response
            }
            AppError::Denied(denied) => {
                let status = StatusCode::from_u16(denied.status());
                let status = status.unwrap_or(StatusCode::BAD_REQUEST);
                answer(status, "failed-title", Sentence::Said(denied.said()))
            }
            AppError::Store(error) => {
                let cause = std::error::Error::source(&error);
                tracing::error!(%error, cause = cause.map(tracing::field::display), "store failed");
                let full = error.is_for_want_of_room();
                let sentence = Sentence::Text(if full {
                    "storage-full"
                } else {
                    "store-sentence"
                });
                let mut response = answer(StatusCode::SERVICE_UNAVAILABLE, "store-title", sentence);
                if full {
                    response.extensions_mut().insert(NoRoom);
                }
                response
            }
        }
    }
}
