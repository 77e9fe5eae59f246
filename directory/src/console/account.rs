//! GET: a person's own account: name, password, where they are signed in. What changes it is below,
//! one file per form.

pub mod app;
pub mod factors;
pub mod language;
pub mod name;
pub mod passkey_remove;
pub mod password;
pub mod recovery;
pub mod session_end;
pub mod tokens;
pub mod viewer_remove;

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::moment::Moment;
use super::page::{Failed, Frame, Person, page};
use super::texts::{Language, Texts};
use crate::app::App;

struct Session {
    id: String,
    browser: String,
    address: String,
    created: Moment,
    used: Moment,
    this: bool,
}

struct Viewer {
    id: String,
    name: String,
    version: String,
    signed_in: Moment,
}

#[derive(Template)]
#[template(path = "account/account.html")]
pub(super) struct Page {
    t: Texts,
    frame: Frame,
    name: String,
    email: String,
    has_factor: bool,
    /// Tag and name of each language, and whether it was chosen.
    languages: Vec<(&'static str, &'static str, bool)>,
    sessions: Vec<Session>,
    viewers: Vec<Viewer>,
    said: Option<String>,
    refused: Option<String>,
}

/// The page, with what came of a form.
pub(super) async fn shown(
    app: &App,
    person: &Person,
    said: Option<String>,
    refused: Option<String>,
) -> Result<Response, Failed> {
    let now = app.now();
    let sessions = app.web_sessions(&person.web).await?;
    let sessions = sessions.into_iter().map(|session| Session {
        id: session.id.to_string(),
        this: session.id == person.web.session.id,
        browser: session.browser,
        address: session.address,
        created: Moment::ago(session.created, now),
        used: Moment::ago(session.last_used, now),
    });
    let own = person.account.email.as_str();
    let viewers = person.caller.person_whole(own).await?.viewers;
    let viewers = viewers.into_iter().map(|viewer| Viewer {
        id: viewer.id.to_string(),
        version: viewer.version,
        name: viewer.name,
        signed_in: Moment::ago(viewer.signed_in, now),
    });
    Ok(page(&Page {
        t: person.t,
        frame: Frame::of(app, person, "/account").await?,
        name: person.account.name.clone(),
        email: own.to_owned(),
        has_factor: person.web.has_factor,
        languages: Language::ALL
            .map(|language| {
                let chosen = person.web.language.as_deref() == Some(language.tag());
                (language.tag(), language.own_name(), chosen)
            })
            .to_vec(),
        sessions: sessions.collect(),
        viewers: viewers.collect(),
        said,
        refused,
    }))
}

pub(crate) async fn get(State(app): State<Arc<App>>, person: Person) -> Result<Response, Failed> {
    shown(&app, &person, None, None).await
}
