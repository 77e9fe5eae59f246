//! Settings of the organisation: its name; one file per other tab.

pub mod fields;
pub mod sign_in;
pub mod versions;
pub mod webhooks;

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::outcome::Outcome;
use super::page::{Failed, Frame, Link, Person, page};
use super::texts::Texts;
use crate::app::{App, AppError, Denied};
use crate::http::body::Form;
use crate::policy::rights::{Action, Path};

/// Tabs of the settings: address and name.
const TABS: [(&str, &str); 5] = [
    ("/settings", "settings-organisation"),
    ("/settings/sign-in", "settings-sign-in"),
    ("/settings/versions", "settings-versions"),
    ("/settings/fields", "settings-fields"),
    ("/settings/webhooks", "settings-webhooks"),
];

/// What stands around every tab.
struct Around {
    tabs: Vec<Link>,
}

impl Around {
    /// For those who may change settings of the organisation.
    fn of(person: &Person, here: &'static str) -> Result<Self, Failed> {
        if !person.caller.rights.may(Action::ManageSettings, &Path::ORG) {
            let denied = Denied::Forbidden(Action::ManageSettings);
            return Err(Failed(AppError::from(denied)));
        }
        let tab = |(path, name): (&'static str, &'static str)| Link {
            path: path.to_owned(),
            name: person.t.msg(name),
            key: None,
            here: path == here,
            count: None,
            waiting: false,
        };
        Ok(Self {
            tabs: TABS.into_iter().map(tab).collect(),
        })
    }
}

#[derive(Template)]
#[template(path = "settings/organisation.html")]
struct Page {
    t: Texts,
    frame: Frame,
    around: Around,
    outcome: Outcome,
    name: String,
}

async fn shown(
    app: &App,
    person: &Person,
    name: &str,
    outcome: Outcome,
) -> Result<Response, Failed> {
    let shown = page(&Page {
        t: person.t,
        around: Around::of(person, "/settings")?,
        frame: Frame {
            org: name.to_owned(),
            ..Frame::of(app, person, "/settings").await?
        },
        name: name.to_owned(),
        outcome: outcome.clone(),
    });
    Ok(outcome.answered(shown))
}

pub(crate) async fn get(State(app): State<Arc<App>>, person: Person) -> Result<Response, Failed> {
    let name = &person.caller.core.org.name;
    shown(&app, &person, name, Outcome::Nothing).await
}

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct Fields {
    name: String,
}

pub(crate) async fn post(
    State(app): State<Arc<App>>,
    person: Person,
    Form(fields): Form<Fields>,
) -> Result<Response, Failed> {
    let renamed = person.caller.rename_organisation(&fields.name).await;
    let name = match &renamed {
        Ok(name) => name.clone(),
        Err(_) => person.caller.core.org.name.clone(),
    };
    let outcome = Outcome::of(renamed, person.t.msg("saved"))?;
    shown(&app, &person, &name, outcome).await
}
