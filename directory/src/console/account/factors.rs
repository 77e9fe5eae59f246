//! GET: a person's second factors: the authenticator app, passkeys, recovery codes.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::app::App;
use crate::console::moment::Moment;
use crate::console::page::{Failed, Frame, Person, page};
use crate::console::texts::Texts;

struct Passkey {
    id: String,
    name: String,
    created: Moment,
    used: Moment,
}

#[derive(Template)]
#[template(path = "account/factors.html")]
struct Page {
    t: Texts,
    frame: Frame,
    must: bool,
    has_factor: bool,
    app: Option<Moment>,
    passkeys: Vec<Passkey>,
    can_have_passkeys: bool,
    recovery_left: u32,
    codes: Vec<String>,
}

/// The page, with recovery codes that were just made.
pub(super) async fn shown(
    app: &App,
    person: &Person,
    codes: Vec<String>,
) -> Result<Response, Failed> {
    let now = app.now();
    let factors = app.factors(person.account.id).await?;
    let has_factor = factors.any();
    let passkeys = factors.passkeys.into_iter().map(|passkey| Passkey {
        id: passkey.id.to_string(),
        name: passkey.name,
        created: Moment::ago(passkey.created, now),
        used: Moment::maybe(passkey.last_used, now),
    });
    Ok(page(&Page {
        t: person.t,
        frame: Frame::of(app, person, "/account").await?,
        must: person.web.must_set_up(),
        has_factor,
        app: factors.app.map(|since| Moment::ago(since, now)),
        passkeys: passkeys.collect(),
        can_have_passkeys: app.has_passkeys(),
        recovery_left: factors.recovery_left,
        codes,
    }))
}

pub(crate) async fn get(State(app): State<Arc<App>>, person: Person) -> Result<Response, Failed> {
    shown(&app, &person, Vec::new()).await
}
