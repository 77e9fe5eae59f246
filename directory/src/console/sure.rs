//! The page with the question before something that cannot be taken back.

use askama::Template;
use axum::response::Response;

use super::page::{Failed, Frame, Person, page};
use super::texts::{Message, Texts};
use crate::app::App;

/// What is asked.
pub(super) struct Question {
    /// The menu's entry that it belongs to.
    pub(super) here: &'static str,
    /// What would be done to whom.
    pub(super) title: Message,
    /// What this means, a paragraph each.
    pub(super) what: Vec<Message>,
    /// Where the yes goes.
    pub(super) action: String,
    /// What the button for it says.
    pub(super) button: Message,
    /// Where the no goes.
    pub(super) back: String,
    /// Why the yes was refused, or nothing.
    pub(super) refused: String,
}

#[derive(Template)]
#[template(path = "sure.html")]
struct Page {
    t: Texts,
    frame: Frame,
    question: Question,
}

/// The page.
pub(super) async fn ask(
    app: &App,
    person: &Person,
    question: Question,
) -> Result<Response, Failed> {
    Ok(page(&Page {
        t: person.t,
        frame: Frame::of(app, person, question.here).await?,
        question,
    }))
}
