//! What requests carry, read into types at the edge; what does not fit is a problem, in our words.

use axum::body::Bytes;
use axum::extract::rejection::FormRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::problem::Fault;

/// A JSON body: an object. A list is refused, although a derived reader would take its items for
/// fields in order.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, state: &S) -> Result<Self, Fault> {
        let kind = request.headers().get(CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/json") {
            return Err(Fault::BadBody);
        }
        let read = Bytes::from_request(request, state).await;
        let bytes = read.map_err(|why| unreadable(why.status()))?;
        if bytes.trim_ascii_start().first() != Some(&b'{') {
            return Err(Fault::BadBody);
        }
        // The whole of it: fields that nobody reads are not looked at further down.
        let text = std::str::from_utf8(&bytes).map_err(|_| Fault::BadBody)?;
        let value = serde_json::from_str(text).map_err(|_| Fault::BadBody)?;
        Ok(Self(value))
    }
}

/// A form's body.
pub struct Form<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Form<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, state: &S) -> Result<Self, Fault> {
        let read = axum::Form::<T>::from_request(request, state).await;
        let axum::Form(value) = read.map_err(|why: FormRejection| unreadable(why.status()))?;
        Ok(Self(value))
    }
}

fn unreadable(status: StatusCode) -> Fault {
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        Fault::TooLarge
    } else {
        Fault::BadBody
    }
}

/// The query of the address.
pub struct Search<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Search<T> {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fault> {
        let read = Query::<T>::from_request_parts(parts, state).await;
        let Query(value) = read.map_err(|_| Fault::BadAddress)?;
        Ok(Self(value))
    }
}

/// The id in the path.
pub struct Id<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Id<T> {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fault> {
        let read = Path::<T>::from_request_parts(parts, state).await;
        // An id that is none names nothing that exists.
        let Path(value) = read.map_err(|_| Fault::NoSuchPath)?;
        Ok(Self(value))
    }
}
