//! What came of a form, shown on the page that it stands on: a sentence that it is done, or why it
//! is not, beside the form.

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use super::texts::{Message, Texts};
use super::wrong::Failed;
use crate::app::{AppError, Denied};
use crate::model::said::Said;

/// What came of a form.
#[derive(Clone, Debug, Default)]
pub(super) enum Outcome {
    /// None was sent.
    #[default]
    Nothing,
    /// It is done.
    Done(Message),
    /// It is not, and why; what it answers with.
    Refused(StatusCode, Said),
}

impl Outcome {
    /// What a use case came to. Who has to prove who they are is led there, and a store that fails
    /// fails the page.
    pub(super) fn of<T>(result: Result<T, AppError>, done: Message) -> Result<Self, Failed> {
        match result {
            Ok(_) => Ok(Self::Done(done)),
            Err(AppError::Denied(denied)) if denied != Denied::ConfirmationNeeded => {
                let status = StatusCode::from_u16(denied.status());
                let status = status.unwrap_or(StatusCode::BAD_REQUEST);
                Ok(Self::Refused(status, denied.said()))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// That it is done.
    pub(super) fn done(&self) -> Option<&Message> {
        match self {
            Self::Done(words) => Some(words),
            Self::Nothing | Self::Refused(..) => None,
        }
    }

    /// Why it is not.
    pub(super) fn refused(&self, t: &Texts) -> Option<String> {
        match self {
            Self::Refused(_, why) => Some(t.said(why)),
            Self::Nothing | Self::Done(_) => None,
        }
    }

    /// Whether it is not.
    pub(super) fn is_refused(&self) -> bool {
        matches!(self, Self::Refused(..))
    }

    /// The page, answered as the form was.
    pub(super) fn answered(&self, page: Response) -> Response {
        match self {
            Self::Nothing | Self::Done(_) => page,
            Self::Refused(status, _) => (*status, page).into_response(),
        }
    }
}
