//! Who is asking: one type per kind of agent. A handler that names one of these in its arguments
//! runs only for that kind; one that names none is open to strangers on purpose.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::{AUTHORIZATION, USER_AGENT};
use axum::http::request::Parts;
use axum_extra::extract::cookie::CookieJar;

use crate::app::caller::Caller;
use crate::app::web::Visitor;
use crate::app::{App, AppError, Denied, Origin};
use crate::console::page::COOKIE;
use crate::model::{Account, Device, Relay, Viewer, browser};

/// The other end of the connection, or who a trusted proxy there says it is; the listener puts it
/// into each request.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

impl<S: Sync> FromRequestParts<S> for Origin {
    type Rejection = super::problem::Fault;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        // Never a forwarded-for header itself: anybody can write one.
        let peer = parts.extensions.get::<Peer>();
        peer.map(|peer| Self(peer.0.ip()))
            .ok_or(super::problem::Fault::Internal)
    }
}

impl<S: Sync> FromRequestParts<S> for Visitor {
    type Rejection = super::problem::Fault;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let said = parts.headers.get(USER_AGENT);
        let said = said.and_then(|value| value.to_str().ok());
        let browser = browser::in_words(said.unwrap_or_default());
        let from = Origin::from_request_parts(parts, state).await?;
        Ok(Self { from, browser })
    }
}

fn bearer(parts: &Parts) -> Option<&str> {
    let value = parts.headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

/// A device's host.
pub struct HostRight(pub Device);

impl FromRequestParts<Arc<App>> for HostRight {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, AppError> {
        Ok(Self(app.host(bearer(parts)).await?))
    }
}

/// A relay.
pub struct RelayRight(pub Relay);

impl FromRequestParts<Arc<App>> for RelayRight {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, AppError> {
        Ok(Self(app.relay(bearer(parts)).await?))
    }
}

/// A person with a viewer.
pub struct ViewerRight(pub Viewer, pub Account);

impl FromRequestParts<Arc<App>> for ViewerRight {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, AppError> {
        let (viewer, account) = app.viewer(bearer(parts)).await?;
        Ok(Self(viewer, account))
    }
}

/// Somebody who uses the interface for programs: a person with a console cookie or an API token.
pub struct ApiCaller(pub Caller);

impl FromRequestParts<Arc<App>> for ApiCaller {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, AppError> {
        let caller = if let Some(token) = bearer(parts) {
            app.token_caller(token).await?
        } else {
            let jar = CookieJar::from_headers(&parts.headers);
            let cookie = jar.get(COOKIE).ok_or(Denied::SignInNeeded)?;
            let caller = app.web_caller(cookie.value()).await?;
            caller.ok_or(Denied::SignInNeeded)?
        };
        if let Some(id) = caller.id() {
            let taken = app.limits.api.take(&id, app.now());
            taken.map_err(|too_often| Denied::TooManyTries(too_often.wait))?;
        }
        Ok(Self(caller))
    }
}
