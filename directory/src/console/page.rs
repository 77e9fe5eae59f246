//! What every page stands on: the frame around it, who is signed in, and pages for what went
//! wrong.

use std::sync::Arc;

use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};

use crate::app::caller::{Caller, Way};
use crate::app::{App, AppError};
use crate::model::Account;

/// The cookie of a signed-in person. The prefix makes browsers refuse it over plain HTTP, from a
/// subdomain, or for another path.
pub const COOKIE: &str = "__Host-farpane";

/// A cookie that only our own pages, over TLS, send back, and that no script can read.
pub(super) fn cookie(value: String) -> Cookie<'static> {
    Cookie::build((COOKIE, value))
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
    /// The secret of the cookie.
    pub cookie: String,
}

impl FromRequestParts<Arc<App>> for Person {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        let jar = CookieJar::from_headers(&parts.headers);
        let to_sign_in = || Redirect::to("/sign-in").into_response();
        let cookie = jar.get(COOKIE).ok_or_else(to_sign_in)?.value().to_owned();
        let account = app
            .web_account(&cookie)
            .await
            .map_err(|error| Failed(error).into_response())?;
        let account = account.ok_or_else(to_sign_in)?;
        let way = Way::Console { strong_at: None };
        let caller = app.caller(account.clone(), way).await;
        let caller = caller.map_err(|error| Failed(error).into_response())?;
        Ok(Self {
            account,
            caller,
            cookie,
        })
    }
}

/// One entry of the menu.
pub struct Link {
    /// Where it leads.
    pub path: &'static str,
    /// What it says.
    pub name: &'static str,
    /// Whether this is the page that is open.
    pub here: bool,
    /// A number beside it.
    pub count: Option<u64>,
    /// Whether that number waits for a person.
    pub waiting: bool,
}

/// The frame around a page.
pub struct Frame {
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
}

impl Frame {
    /// The frame of the page at `here`.
    pub(super) async fn of(app: &App, person: &Person, here: &str) -> Result<Self, Failed> {
        let counts = app.core.store.counts(person.account.org).await;
        let counts = counts.map_err(AppError::from)?;
        let link = |path, name, count: u64, waiting| Link {
            path,
            name,
            here: path == here,
            count: (count > 0).then_some(count),
            waiting,
        };
        Ok(Self {
            org: person.caller.core.org.name.clone(),
            person: person.account.name.clone(),
            account: person.account.email.to_string(),
            search: String::new(),
            links: vec![
                link("/", "Overview", 0, false),
                link("/devices", "Devices", 0, false),
                link("/sessions", "Sessions", counts.open_sessions, false),
                link("/enrolment", "Enrolment", counts.pending, true),
                link("/relays", "Relays", 0, false),
                link("/audit", "Audit", 0, false),
            ],
        })
    }
}

/// Renders a page.
pub(super) fn page(template: &impl Template) -> Response {
    match template.render() {
        Ok(text) => Html(text).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be made");
            wrong(
                StatusCode::INTERNAL_SERVER_ERROR,
                "Something is broken",
                "The page could not be made. The directory's log says more.".into(),
            )
        }
    }
}

#[derive(Template)]
#[template(path = "failed.html")]
struct FailedPage {
    title: &'static str,
    sentence: String,
}

fn wrong(status: StatusCode, title: &'static str, sentence: String) -> Response {
    let text = FailedPage { title, sentence }.render().unwrap_or_default();
    (status, Html(text)).into_response()
}

/// The page for an address that leads nowhere.
pub(crate) fn lost() -> Response {
    wrong(
        StatusCode::NOT_FOUND,
        "Nothing here",
        "There is no such page. The address may be old or mistyped.".into(),
    )
}

/// A use case that did not happen, as a page.
pub struct Failed(pub AppError);

impl From<AppError> for Failed {
    fn from(error: AppError) -> Self {
        Self(error)
    }
}

impl From<crate::store::StoreError> for Failed {
    fn from(error: crate::store::StoreError) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        match self.0 {
            AppError::Denied(denied) => {
                let status = StatusCode::from_u16(denied.status());
                let status = status.unwrap_or(StatusCode::BAD_REQUEST);
                wrong(status, "That did not work", denied.sentence())
            }
            AppError::Store(error) => {
                let cause = std::error::Error::source(&error);
                tracing::error!(%error, cause = cause.map(tracing::field::display), "store failed");
                wrong(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "The database does not answer",
                    "Try again in a moment; if it repeats, check the disk of the directory's \
                     server."
                        .into(),
                )
            }
        }
    }
}
