//! `ETag` and `If-Match` (RFC 9110): whoever changes something can say on which look at it the
//! change rests, and is refused (412) where somebody else changed it since.
//!
//! A tag is a digest of what people can change, not of what changes by itself: a device that is
//! heard keeps its tag, one that is renamed does not.

use std::sync::Arc;

use axum::extract::{FromRequestParts as _, Request, State};
use axum::http::header::{ETAG, IF_MATCH};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::access::shown::RoleShown;
use super::catalogue::places::PlaceListed;
use super::problem::Fault;
use super::rights::ApiCaller;
use crate::app::caller::Caller;
use crate::app::{App, AppError, Denied};

/// Most tags that one request may name.
const TAGS: usize = 16;

/// Bytes of the digest that make a tag: nobody gains by finding two that are alike.
const TAG_BYTES: usize = 12;

/// What has a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tagged {
    /// A device of the catalogue.
    Device,
    /// A customer.
    Customer,
    /// A site or group.
    Place,
    /// A person.
    Person,
    /// A group of people.
    Group,
    /// A role.
    Role,
    /// What the organisation is called.
    Organisation,
    /// The oldest versions that may take part.
    Versions,
    /// What is asked of everybody who signs in.
    SignInRules,
    /// For what a second person has to say yes.
    SecondPerson,
}

/// Where each is found. What ends in `/` is followed by an id.
const TAGGED: [(&str, Tagged); 10] = [
    ("/api/v1/catalogue/devices/", Tagged::Device),
    ("/api/v1/catalogue/customers/", Tagged::Customer),
    ("/api/v1/catalogue/places/", Tagged::Place),
    ("/api/v1/people/", Tagged::Person),
    ("/api/v1/groups/", Tagged::Group),
    ("/api/v1/roles/", Tagged::Role),
    ("/api/v1/organisation", Tagged::Organisation),
    ("/api/v1/versions", Tagged::Versions),
    ("/api/v1/sign-in-rules", Tagged::SignInRules),
    ("/api/v1/access/second-person", Tagged::SecondPerson),
];

/// What stands at a path, and the id in it.
pub(super) fn tagged(path: &str) -> Option<(Tagged, &str)> {
    TAGGED.iter().find_map(|(begins, tagged)| {
        let rest = path.strip_prefix(begins)?;
        let whole = if begins.ends_with('/') {
            !rest.is_empty() && !rest.contains('/')
        } else {
            rest.is_empty()
        };
        whole.then_some((*tagged, rest))
    })
}

/// What people can change of it, as the caller sees it.
async fn state(caller: &Caller, tagged: Tagged, id: &str) -> Result<Value, AppError> {
    let unknown = || AppError::from(Denied::NotFound("thing"));
    Ok(match tagged {
        Tagged::Device => {
            let about = caller.about(id.parse().map_err(|_| unknown())?).await?;
            let device = about.device;
            json!([
                device.name,
                device.spot.tenant,
                device.spot.place,
                device.standing.word(),
                device.tags,
                about.fields,
            ])
        }
        Tagged::Customer => {
            let id = id.parse().map_err(|_| unknown())?;
            let (tree, _) = caller.customer(id).await?;
            json!(tree.tenant(id).map(|tenant| &tenant.name))
        }
        Tagged::Place => {
            let id = id.parse().map_err(|_| unknown())?;
            json!(PlaceListed::from(&caller.place(id).await?))
        }
        Tagged::Person => {
            let whole = caller.person_whole(id).await?;
            let groups: Vec<_> = whole.groups.iter().map(|group| group.id).collect();
            let held = whole.assignments.iter();
            let held: Vec<_> = held.map(|held| held.assignment.id).collect();
            let account = whole.account;
            json!([
                account.name,
                account.email.to_string(),
                account.disabled,
                groups,
                held
            ])
        }
        Tagged::Group => {
            let group = caller.group(id).await?;
            let people = caller.members(group.id).await?;
            let people: Vec<_> = people.iter().map(|person| person.id).collect();
            json!([group.name, people])
        }
        Tagged::Role => json!(RoleShown::from(caller.role_alone(id).await?)),
        Tagged::Organisation => json!(caller.core.org.name),
        Tagged::Versions => {
            let versions = caller.minimum_versions().await?;
            json!([versions.host, versions.viewer])
        }
        Tagged::SignInRules => {
            let rules = caller.sign_in_rules().await?;
            json!([
                rules.factor,
                rules.tenants,
                rules.idle.as_secs(),
                rules.life.as_secs()
            ])
        }
        Tagged::SecondPerson => json!(caller.second_person().await?),
    })
}

async fn tag(caller: &Caller, tagged: Tagged, id: &str) -> Result<String, AppError> {
    let state = state(caller, tagged, id).await?;
    let digest = Sha256::digest(state.to_string());
    let digest = digest.get(..TAG_BYTES).unwrap_or_default();
    Ok(format!("\"{}\"", URL_SAFE_NO_PAD.encode(digest)))
}

/// Tags that a change may rest on.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Wanted {
    /// Whatever there is.
    Any,
    /// One of these.
    One(Vec<String>),
}

/// Reads `If-Match`. A weak tag never matches (RFC 9110 §13.1.1), so it is no mistake to send one.
fn wanted(headers: &HeaderMap) -> Result<Option<Wanted>, Fault> {
    let mut tags = Vec::new();
    for value in headers.get_all(IF_MATCH) {
        let text = value.to_str().map_err(|_| Fault::BadTag)?;
        if text.trim() == "*" {
            return Ok(Some(Wanted::Any));
        }
        for tag in text.split(',').map(str::trim) {
            let inner = tag.strip_prefix("W/").unwrap_or(tag);
            let inner = inner
                .strip_prefix('"')
                .and_then(|tag| tag.strip_suffix('"'));
            if inner.is_none_or(|inner| inner.contains('"')) || tags.len() == TAGS {
                return Err(Fault::BadTag);
            }
            tags.push(tag.to_owned());
        }
    }
    Ok((!tags.is_empty()).then_some(Wanted::One(tags)))
}

/// Tags what is looked at, and refuses changes that rest on an old look.
pub(super) async fn matching(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path().to_owned();
    let Some((tagged, id)) = tagged(&path) else {
        return next.run(request).await;
    };
    let (mut parts, body) = request.into_parts();
    if parts.method == Method::GET {
        // Before the look itself: a tag that is too old refuses once too often, one that is too
        // new would let a change be lost.
        let found = found(&app, &mut parts, tagged, id).await;
        let mut response = next.run(Request::from_parts(parts, body)).await;
        let tag = found.ok().and_then(|tag| HeaderValue::try_from(tag).ok());
        if let Some(tag) = tag.filter(|_| response.status() == StatusCode::OK) {
            response.headers_mut().insert(ETAG, tag);
        }
        return response;
    }
    let wanted = match wanted(&parts.headers) {
        Ok(Some(Wanted::One(tags))) => tags,
        Ok(Some(Wanted::Any) | None) => return next.run(Request::from_parts(parts, body)).await,
        Err(fault) => return fault.into_response(),
    };
    // One such change at a time, from the look to the change: of two that rest on the same look,
    // the second is refused.
    let Ok(_turn) = app.turns.acquire().await else {
        return Fault::Internal.into_response();
    };
    match found(&app, &mut parts, tagged, id).await {
        Ok(tag) if wanted.contains(&tag) => next.run(Request::from_parts(parts, body)).await,
        Ok(_) => Fault::Changed.into_response(),
        // What the caller may not see has no tag for them.
        Err(error) => error.into_response(),
    }
}

async fn found(
    app: &Arc<App>,
    parts: &mut Parts,
    tagged: Tagged,
    id: &str,
) -> Result<String, AppError> {
    let ApiCaller(caller) = ApiCaller::from_request_parts(parts, app).await?;
    tag(&caller, tagged, id).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_a_tag_is_told_by_its_path() {
        for (path, expected) in [
            ("/api/v1/people/7", Some((Tagged::Person, "7"))),
            ("/api/v1/versions", Some((Tagged::Versions, ""))),
            ("/api/v1/people", None),
            ("/api/v1/people/", None),
            ("/api/v1/people/7/erase", None),
            ("/api/v1/versions/7", None),
            ("/people/7", None),
        ] {
            assert_eq!(tagged(path), expected, "{path}");
        }
    }

    #[test]
    fn tags_are_read_as_they_are_written() {
        let read = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(IF_MATCH, HeaderValue::from_static(value));
            }
            wanted(&headers)
        };
        let one = |tags: &[&str]| {
            let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
            Ok(Some(Wanted::One(tags)))
        };
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&["*"]), Ok(Some(Wanted::Any)));
        assert_eq!(
            read(&["\"a\", W/\"b\"", "\"c\""]),
            one(&["\"a\"", "W/\"b\"", "\"c\""])
        );
        for bad in ["a", "\"a", "\"a\"b\"", "\"a\",", ""] {
            assert_eq!(read(&[bad]), Err(Fault::BadTag), "{bad}");
        }
    }
}
