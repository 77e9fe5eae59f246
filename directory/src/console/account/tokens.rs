//! GET and POST: a person's own API tokens: making one, whose secret is shown once, and taking one
//! back.

use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::extract::{RawForm, State};
use axum::response::{Redirect, Response};
use uuid::Uuid;

use crate::app::App;
use crate::app::access::tokens::TokenWish;
use crate::console::access::spots;
use crate::console::outcome::Outcome;
use crate::console::page::{Failed, Frame, Person, page};
use crate::console::texts::{Message, Texts};
use crate::console::token_rows::{TokenRow, scope_name};
use crate::http::body::Id;
use crate::model::api_token::REACH;
use crate::policy::rights::Action;

/// For how many days a token may work, as it is offered.
const DAYS: [u32; 5] = [1, 7, 30, 90, 365];

/// What is chosen when nobody says.
const DAYS_USUAL: u32 = 90;

/// A right that a token may have.
struct Scope {
    word: &'static str,
    name: String,
    ticked: bool,
}

/// What the form sends. Read by hand, because `scope` stands there once for each.
#[derive(Default)]
struct Fields {
    name: String,
    place: String,
    days: u32,
    scopes: Vec<String>,
}

impl Fields {
    fn read(body: &[u8]) -> Self {
        let mut fields = Self::default();
        for (name, value) in url::form_urlencoded::parse(body) {
            match name.as_ref() {
                "name" => fields.name = value.into_owned(),
                "place" => fields.place = value.into_owned(),
                "days" => fields.days = value.parse().unwrap_or(DAYS_USUAL),
                "scope" => fields.scopes.push(value.into_owned()),
                _ => {}
            }
        }
        fields
    }
}

#[derive(Template)]
#[template(path = "account/tokens.html")]
struct Page {
    t: Texts,
    frame: Frame,
    outcome: Outcome,
    /// The secret of a token that was just made.
    secret: Option<String>,
    rows: Vec<TokenRow>,
    may_make: bool,
    fields: Fields,
    scopes: Vec<Scope>,
    places: Vec<String>,
    days: Vec<(u32, Message, bool)>,
}

async fn shown(
    app: &App,
    person: &Person,
    fields: Fields,
    outcome: Outcome,
    secret: Option<String>,
) -> Result<Response, Failed> {
    let (t, caller, now) = (person.t, &person.caller, app.now());
    let names = caller.core.place_names().await?;
    let tokens = caller.tokens(None).await?.into_iter();
    let rows = tokens.map(|token| TokenRow::of(token, &names, now, t));
    // Nobody gives a token what they hold nowhere themselves.
    let held = &caller.rights.held;
    let reach = held.iter().any(|held| held.rights.reach);
    let actions = Action::ALL.iter();
    let actions =
        actions.filter(|action| held.iter().any(|held| held.rights.actions.has(**action)));
    let words = reach.then_some(REACH).into_iter();
    let words = words.chain(actions.map(|action| action.name()));
    let scopes = words.map(|word| Scope {
        word,
        name: scope_name(word, t),
        ticked: fields.scopes.iter().any(|ticked| ticked == word),
    });
    let chosen = if fields.days == 0 {
        DAYS_USUAL
    } else {
        fields.days
    };
    let shown = page(&Page {
        t,
        frame: Frame::of(app, person, "/account").await?,
        rows: rows.collect(),
        may_make: !caller.rights.visible(Action::MakeTokens).is_nothing(),
        scopes: scopes.collect(),
        places: spots::offered(caller, &names, Action::MakeTokens, t),
        days: DAYS
            .map(|days| (days, t.msg("days").num("n", days), days == chosen))
            .to_vec(),
        fields,
        secret,
        outcome: outcome.clone(),
    });
    Ok(outcome.answered(shown))
}

pub(crate) async fn get(State(app): State<Arc<App>>, person: Person) -> Result<Response, Failed> {
    shown(&app, &person, Fields::default(), Outcome::Nothing, None).await
}

pub(crate) async fn post(
    State(app): State<Arc<App>>,
    person: Person,
    RawForm(body): RawForm,
) -> Result<Response, Failed> {
    let fields = Fields::read(&body);
    let caller = &person.caller;
    let names = caller.core.place_names().await?;
    let place = spots::named(&fields.place, caller, &names, person.t);
    let made = match place {
        Some(place) => {
            let wish = TokenWish {
                name: fields.name.clone(),
                scopes: fields.scopes.clone(),
                place,
                life: Duration::from_secs(u64::from(fields.days) * 24 * 3600),
            };
            caller.make_token(None, &wish).await
        }
        None => Err(crate::app::Denied::NotFound("place").into()),
    };
    let secret = match &made {
        Ok((secret, _)) => Some(secret.clone()),
        Err(_) => None,
    };
    let outcome = Outcome::of(made, person.t.msg("token-made"))?;
    let fields = if outcome.is_refused() {
        fields
    } else {
        Fields::default()
    };
    shown(&app, &person, fields, outcome, secret).await
}

pub(crate) async fn revoke(person: Person, Id(id): Id<Uuid>) -> Result<Redirect, Failed> {
    person.caller.revoke_token(id).await?;
    Ok(Redirect::to("/account/tokens"))
}
