//! What requests carry, read into types at the edge; what does not fit is a problem, in our words.

use axum::extract::rejection::{FormRejection, JsonRejection};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::problem::Fault;

/// A JSON body.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, state: &S) -> Result<Self, Fault> {
        let read = axum::Json::<T>::from_request(request, state).await;
        let axum::Json(value) = read.map_err(|why: JsonRejection| unreadable(why.status()))?;
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
