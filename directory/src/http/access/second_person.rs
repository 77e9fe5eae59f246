//! GET and PUT `/api/v1/access/second-person`: for what a second person has to say yes.

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use super::shown::Waiting;
use crate::app::AppError;
use crate::app::access::Done;
use crate::http::body::Json;
use crate::http::rights::ApiCaller;
use crate::policy::second_person::SecondPerson;

/// For what a second person has to say yes.
#[utoipa::path(get, path = "", responses((status = 200, body = SecondPerson)))]
pub(in crate::http) async fn get(
    ApiCaller(caller): ApiCaller,
) -> Result<axum::Json<SecondPerson>, AppError> {
    Ok(axum::Json(caller.second_person().await?))
}

/// Changes that. Asking for less takes a second person itself, and waits (202).
#[utoipa::path(put, path = "", request_body = SecondPerson,
    responses((status = 204), (status = 202, body = Waiting)))]
pub(in crate::http) async fn put(
    ApiCaller(caller): ApiCaller,
    Json(rules): Json<SecondPerson>,
) -> Result<Response, AppError> {
    Ok(match caller.set_second_person(rules).await? {
        Done::Now(()) => StatusCode::NO_CONTENT.into_response(),
        Done::Held(request) => {
            let waiting = Waiting {
                request: request.id,
            };
            (StatusCode::ACCEPTED, axum::Json(waiting)).into_response()
        }
    })
}
