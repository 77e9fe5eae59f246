//! What every page stands on: who is signed in, and the frame around it.

use std::sync::Arc;

use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::Method;
use axum::http::request::Parts;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};

use super::back::{by_way_of, standing};
use super::texts::{Language, Message, Texts};
use super::wrong::{self, Spoken};
pub(crate) use super::wrong::{Failed, lost};
use crate::app::caller::Caller;
use crate::app::web::WebPerson;
use crate::app::{App, AppError};
use crate::live::storage::Storage;
use crate::model::Account;
use crate::policy::rights::{Action, Visible};

/// The cookie of a signed-in person. The prefix makes browsers refuse it over plain HTTP, from a
/// subdomain, or for another path.
pub const COOKIE: &str = "__Host-farpane";

/// The cookie of somebody whose second factor is still missing; it opens nothing else.
pub(super) const PENDING_COOKIE: &str = "__Host-farpane-second";

/// Where somebody goes who has to set up a factor before anything else works.
const SET_UP: &str = "/account/factors";

/// Pages that work before that.
fn is_set_up(path: &str) -> bool {
    [SET_UP, "/confirm", "/sign-out"].iter().any(|open| {
        path.strip_prefix(open)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// A cookie to be taken away.
pub(super) fn gone(name: &'static str) -> Cookie<'static> {
    cookie(name, String::new())
}

/// A cookie that only our own pages, over TLS, send back, and that no script can read.
pub(super) fn cookie(name: &'static str, value: String) -> Cookie<'static> {
    Cookie::build((name, value))
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Strict)
        .build()
}

/// A person who is signed in. A handler that names this runs for nobody else.
pub struct Person {
    /// Who.
    pub account: Account,
    /// The same, with what they may do.
    pub caller: Caller,
    /// The same, with how they are signed in.
    pub web: WebPerson,
    /// The texts of pages for this person.
    pub t: Texts,
    /// Whether a form was sent: the page that answers it cannot be fetched again.
    pub sent: bool,
    /// The page that they are on, if what is dangerous there needs a fresh proof first.
    pub unproved: Option<String>,
}

impl FromRequestParts<Arc<App>> for Person {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        let jar = CookieJar::from_headers(&parts.headers);
        let to_sign_in = || Redirect::to(&by_way_of("/sign-in", &standing(parts))).into_response();
        let cookie = jar.get(COOKIE).ok_or_else(to_sign_in)?.value().to_owned();
        let web = app
            .web_person(&cookie)
            .await
            .map_err(|error| Failed(error).into_response())?;
        let web = web.ok_or_else(to_sign_in)?;
        if web.must_set_up() && !is_set_up(parts.uri.path()) {
            return Err(Redirect::to(SET_UP).into_response());
        }
        let Ok(asked) = Texts::from_request_parts(parts, app).await;
        let t = match web.language.as_deref().and_then(Language::of_tag) {
            Some(chosen) => Texts(chosen),
            None => asked,
        };
        if let Some(words) = parts.extensions.get::<Spoken>() {
            words.speak(t);
        }
        Ok(Self {
            account: web.account.clone(),
            unproved: (!web.caller.is_strong()).then(|| standing(parts)),
            caller: web.caller.clone(),
            web,
            t,
            sent: parts.method != Method::GET,
        })
    }
}

/// One entry of the menu.
pub struct Link {
    /// Where it leads.
    pub path: String,
    /// What it says.
    pub name: Message,
    /// The key that leads there after `g`.
    pub key: Option<char>,
    /// Whether this is the page that is open.
    pub here: bool,
    /// A number beside it.
    pub count: Option<u64>,
    /// Whether that number waits for a person.
    pub waiting: bool,
}

/// A page that the menu leads to.
#[derive(Clone, Copy)]
struct Entry {
    path: &'static str,
    name: &'static str,
    key: char,
    /// What somebody must be allowed somewhere to find it of use.
    needs: Option<Action>,
}

const fn entry(path: &'static str, name: &'static str, key: char, needs: Option<Action>) -> Entry {
    Entry {
        path,
        name,
        key,
        needs,
    }
}

/// The menu, in its order. Keys are the same in every language, as they are learnt by hand.
const MENU: &[Entry] = &[
    entry("/", "overview-title", 'o', None),
    entry("/devices", "devices-title", 'd', None),
    entry("/customers", "customers-title", 'c', None),
    entry(
        "/sessions",
        "sessions-title",
        's',
        Some(Action::SeeSessions),
    ),
    entry("/people", "people-title", 'p', Some(Action::SeePeople)),
    entry("/access", "access-title", 'a', None),
    entry(
        "/enrolment",
        "enrolment-title",
        'e',
        Some(Action::MakeTickets),
    ),
    entry("/relays", "relays-title", 'r', Some(Action::SeeRelays)),
    entry("/audit", "audit-title", 'u', Some(Action::SeeAudit)),
    entry(
        "/settings",
        "settings-title",
        't',
        Some(Action::ManageSettings),
    ),
];

/// The frame around a page.
pub struct Frame {
    /// Whether the page answers a form, so that it cannot be fetched again.
    pub sent: bool,
    /// Name of the organisation.
    pub org: String,
    /// Who is signed in.
    pub person: String,
    /// With which address.
    pub account: String,
    /// The menu.
    pub links: Vec<Link>,
    /// What stands in the search field.
    pub search: String,
    /// The page to come back to, if a fresh proof is needed before dangerous things are done here.
    pub unproved: Option<String>,
    /// What is wrong with the disk, as a text's name.
    pub trouble: Option<&'static str>,
}

impl Frame {
    /// The frame of the page at `here`.
    pub(super) async fn of(app: &App, person: &Person, here: &str) -> Result<Self, Failed> {
        let counts = app.core.store.counts(person.account.org).await;
        let mut counts = counts.map_err(AppError::from)?;
        // Numbers of the whole organisation are for those who see all of it.
        let all = |action| person.caller.rights.visible(action) == Visible::All;
        if !all(Action::SeeSessions) {
            counts.open_sessions = 0;
        }
        if !all(Action::ApproveDevices) {
            counts.pending = 0;
        }
        let rights = &person.caller.rights;
        let requests = person.caller.requests_to_decide().await?;
        let entry = |entry: Entry| {
            let count = match entry.path {
                "/sessions" => counts.open_sessions,
                "/enrolment" => counts.pending,
                "/access" => requests,
                _ => 0,
            };
            Link {
                path: entry.path.to_owned(),
                name: person.t.msg(entry.name),
                key: Some(entry.key),
                here: entry.path == here,
                count: (count > 0).then_some(count),
                waiting: entry.path != "/sessions",
            }
        };
        let shown = MENU.iter().copied().filter(|entry| match entry.needs {
            None => true,
            // Settings are the organisation's; a customer's stand on its own page.
            Some(Action::ManageSettings) => all(Action::ManageSettings),
            Some(action) => !rights.visible(action).is_nothing(),
        });
        Ok(Self {
            sent: person.sent,
            unproved: person.unproved.clone(),
            org: person.caller.core.org.name.clone(),
            person: person.account.name.clone(),
            account: person.account.email.to_string(),
            search: String::new(),
            links: shown.map(entry).collect(),
            // Who looks after the server is who administers the organisation.
            trouble: match app.storage.state() {
                Storage::Full => Some("storage-full"),
                Storage::Low if all(Action::ManageSettings) => Some("storage-low"),
                Storage::Low | Storage::Good => None,
            },
        })
    }
}

/// Renders a page.
pub(super) fn page(template: &impl Template) -> Response {
    match template.render() {
        Ok(text) => Html(text).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be made");
            wrong::broken()
        }
    }
}
