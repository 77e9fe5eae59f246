//! GET and POST: invites a person, and shows the link with which they come in, once.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

use super::person::Made;
use crate::app::{App, Denied};
use crate::console::page::{Failed, Frame, Person, page};
use crate::console::refused::{again, mendable};
use crate::console::texts::Texts;
use crate::http::body::Form;
use crate::policy::rights::{Action, Path};

/// What the form sends.
#[derive(Default, Deserialize)]
pub(crate) struct Fields {
    email: String,
    #[serde(default)]
    name: String,
}

/// Somebody who was invited.
struct Invited {
    id: String,
    email: String,
    made: Made,
}

#[derive(Template)]
#[template(path = "person_invite.html")]
struct Page {
    t: Texts,
    frame: Frame,
    fields: Fields,
    invited: Option<Invited>,
    wrong: String,
    refused: String,
}

async fn show(app: &App, person: &Person, varies: Varies) -> Result<Response, Failed> {
    Ok(page(&Page {
        t: person.t,
        frame: Frame::of(app, person, "/people").await?,
        fields: varies.fields,
        invited: varies.invited,
        wrong: varies.wrong,
        refused: varies.refused,
    }))
}

/// What varies on the page.
#[derive(Default)]
struct Varies {
    fields: Fields,
    invited: Option<Invited>,
    wrong: String,
    refused: String,
}

pub(crate) async fn get(State(app): State<Arc<App>>, person: Person) -> Result<Response, Failed> {
    // Asked for now, so that nothing that was typed is lost over it.
    let caller = &person.caller;
    let may = caller.check(Action::ManagePeople, &Path::ORG, "page");
    may.map_err(|denied| Failed(denied.into()))?;
    show(&app, &person, Varies::default()).await
}

pub(crate) async fn post(
    State(app): State<Arc<App>>,
    person: Person,
    Form(fields): Form<Fields>,
) -> Result<Response, Failed> {
    match person.caller.invite(&fields.email, &fields.name).await {
        Ok((account, secret)) => {
            let invited = Invited {
                id: account.id.to_string(),
                email: account.email.to_string(),
                made: Made::of(&app, &secret, person.t),
            };
            let done = Varies {
                invited: Some(invited),
                ..Varies::default()
            };
            show(&app, &person, done).await
        }
        Err(error) => {
            let denied = mendable(error)?;
            let about_address = matches!(denied, Denied::AddressTaken | Denied::BadRequest(_));
            let sentence = person.t.said(&denied.said());
            let (wrong, refused) = if about_address {
                (sentence, String::new())
            } else {
                (String::new(), sentence)
            };
            let typed = Varies {
                fields,
                wrong,
                refused,
                ..Varies::default()
            };
            Ok(again(&denied, show(&app, &person, typed).await?))
        }
    }
}
