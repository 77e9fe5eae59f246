//! Refusals that a person can mend where they stand: shown with the form, which keeps what was
//! typed.

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use super::page::Failed;
use crate::app::{AppError, Denied};

/// What a form says about a refusal. What is not there, what needs a fresh proof and what is broken
/// has a page of its own.
pub(super) fn mendable(error: AppError) -> Result<Denied, Failed> {
    match error {
        AppError::Denied(Denied::ConfirmationNeeded | Denied::NotFound(_)) | AppError::Store(_) => {
            Err(Failed(error))
        }
        AppError::Denied(denied) => Ok(denied),
    }
}

/// The form once more, with the status of its refusal.
pub(super) fn again(denied: &Denied, page: Response) -> Response {
    let status = StatusCode::from_u16(denied.status());
    (status.unwrap_or(StatusCode::BAD_REQUEST), page).into_response()
}

/// The form once more, because of what was typed into it.
pub(super) fn mistyped(page: Response) -> Response {
    (StatusCode::BAD_REQUEST, page).into_response()
}
