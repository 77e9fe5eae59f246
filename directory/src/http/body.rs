//! What requests carry, read into types at the edge; what does not fit is a problem, in our words.

use axum::body::Bytes;
use axum::extract::rejection::FormRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, RawForm, Request};
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

/// A form's body where a name may stand more than once, as it does for boxes to tick. What is
/// there and nobody asks for is left alone.
#[derive(Clone, Debug, Default)]
pub struct Sent(Vec<(String, String)>);

impl Sent {
    /// What stands in the field of that name, without the blanks around it; nothing if there is
    /// no such field.
    pub fn text(&self, name: &str) -> &str {
        let field = self.0.iter().find(|(known, _)| known == name);
        field.map_or("", |(_, value)| value.trim())
    }

    /// A form with one field, to open it with something in it.
    pub fn with(name: &str, value: String) -> Self {
        Self(vec![(name.to_owned(), value)])
    }

    /// Whether the box with that name and value is ticked.
    pub fn has(&self, name: &str, value: &str) -> bool {
        self.0.iter().any(|(n, v)| n == name && v == value)
    }
}

impl<S: Send + Sync> FromRequest<S> for Sent {
    type Rejection = Fault;

    async fn from_request(request: Request, state: &S) -> Result<Self, Fault> {
        let read = RawForm::from_request(request, state).await;
        let RawForm(body) = read.map_err(|why| unreadable(why.status()))?;
        let fields = url::form_urlencoded::parse(&body);
        Ok(Self(fields.into_owned().collect()))
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
