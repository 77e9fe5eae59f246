//! GET and POST: a person asks for a role for themselves, for a while and with a reason; somebody
//! else decides.

use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};

use super::{role_name, spots};
use crate::app::{App, AppError, Denied};
use crate::console::page::{Failed, Frame, Person, page};
use crate::console::refused::{again, mendable, mistyped};
use crate::console::texts::{Message, Texts};
use crate::http::body::Sent;
use crate::policy::rights::Builtin;

/// For how long a role can be asked, in hours.
const HOURS: [u64; 5] = [1, 8, 24, 7 * 24, 30 * 24];

/// What is wrong, beside its field.
#[derive(Default)]
struct Wrong {
    role: String,
    place: String,
    reason: String,
    all: String,
}

#[derive(Template)]
#[template(path = "access/ask.html")]
struct Page {
    t: Texts,
    frame: Frame,
    role: String,
    /// Built-in roles by name; any other can be typed.
    roles: Vec<String>,
    place: String,
    places: Vec<String>,
    hours: Vec<(u64, Message, bool)>,
    reason: String,
    wrong: Wrong,
}

/// The name that stands for what was typed: of a built-in role in the reader's language, or as it is.
fn role(typed: &str, t: Texts) -> String {
    let typed = typed.trim();
    let fits = |role: &Builtin| role_name(t, role.name()).to_lowercase() == typed.to_lowercase();
    let builtin = Builtin::ALL.into_iter().find(fits);
    builtin.map_or_else(|| typed.to_owned(), |role| role.name().to_owned())
}

async fn show(app: &App, person: &Person, sent: &Sent, wrong: Wrong) -> Result<Response, Failed> {
    let t = person.t;
    let names = person.caller.core.place_names().await?;
    let chosen = sent.text("hours").parse().unwrap_or(HOURS[1]);
    let hours = HOURS.map(|hours| (hours, t.span(hours * 3600), hours == chosen));
    Ok(page(&Page {
        t,
        frame: Frame::of(app, person, "/access").await?,
        role: sent.text("role").to_owned(),
        roles: Builtin::ALL.map(|role| role_name(t, role.name())).into(),
        place: sent.text("place").to_owned(),
        places: spots::seen(&person.caller, &names, t),
        hours: hours.into(),
        reason: sent.text("reason").to_owned(),
        wrong,
    }))
}

pub(crate) async fn get(State(app): State<Arc<App>>, person: Person) -> Result<Response, Failed> {
    show(&app, &person, &Sent::default(), Wrong::default()).await
}

pub(crate) async fn post(
    State(app): State<Arc<App>>,
    person: Person,
    sent: Sent,
) -> Result<Response, Failed> {
    let t = person.t;
    let mut wrong = Wrong::default();
    let names = person.caller.core.place_names().await?;
    let Some(place) = spots::named(sent.text("place"), &person.caller, &names, t) else {
        wrong.place = t.msg("give-place-unknown").to_string();
        return Ok(mistyped(show(&app, &person, &sent, wrong).await?));
    };
    let hours: u64 = sent.text("hours").parse().unwrap_or_default();
    let span = Duration::from_secs(hours.saturating_mul(3600));
    let role = role(sent.text("role"), t);
    let asked = person
        .caller
        .ask_role(&role, place, span, sent.text("reason"));
    match asked.await {
        Ok(request) => {
            let to = format!("/access/requests#r-{}", request.id);
            Ok(Redirect::to(&to).into_response())
        }
        Err(AppError::Denied(Denied::NotFound("role"))) => {
            wrong.role = t.msg("ask-role-unknown").to_string();
            Ok(mistyped(show(&app, &person, &sent, wrong).await?))
        }
        Err(error) => {
            let denied = mendable(error)?;
            if matches!(denied, Denied::BadRequest(_)) {
                wrong.reason = person.t.said(&denied.said());
            } else {
                wrong.all = person.t.said(&denied.said());
            }
            let page = show(&app, &person, &sent, wrong).await?;
            Ok(again(&denied, page))
        }
    }
}
