//! GET and POST `/api/v1/assignments`: who holds which role where.

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use farpane_protocol::time::Timestamp;
use serde::Deserialize;
use utoipa::ToSchema;

use super::shown::{AssignmentShown, SubjectShown, Waiting};
use crate::app::access::Done;
use crate::app::access::assign::Giving;
use crate::app::{AppError, Denied};
use crate::http::api::me::PlaceShown;
use crate::http::body::Json;
use crate::http::page::Page;
use crate::http::rights::ApiCaller;
use crate::policy::hours::Hours;

/// A role that somebody should be given.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct AssignmentWish {
    /// To whom.
    subject: SubjectShown,
    /// Which role, by name or id.
    role: String,
    /// Where.
    place: PlaceShown,
    /// From when on.
    #[serde(default)]
    from: Option<Timestamp>,
    /// Until when.
    #[serde(default)]
    until: Option<Timestamp>,
    /// In which hours of the week, such as `mon-fri 08:00-18:00 Europe/Oslo`.
    #[serde(default)]
    hours: Option<String>,
}

/// Every assignment that the caller may see, whether it counts now or not.
#[utoipa::path(get, path = "", responses((status = 200, body = Page<AssignmentShown>)))]
pub(in crate::http) async fn get(
    ApiCaller(caller): ApiCaller,
) -> Result<axum::Json<Page<AssignmentShown>>, AppError> {
    let all = caller.assignments().await?;
    let names = caller.core.place_names().await?;
    let now = caller.core.clock.now();
    let shown = all.into_iter();
    Ok(axum::Json(Page {
        items: shown
            .map(|held| AssignmentShown::of(held, &names, now))
            .collect(),
        next: None,
    }))
}

/// Gives somebody a role at a place: no more than the caller holds there, and no longer. Where the
/// organisation wants a second person for it, it waits (202).
#[utoipa::path(post, path = "", request_body = AssignmentWish,
    responses((status = 201, body = AssignmentShown), (status = 202, body = Waiting)))]
pub(in crate::http) async fn post(
    ApiCaller(caller): ApiCaller,
    Json(wish): Json<AssignmentWish>,
) -> Result<Response, AppError> {
    let hours = wish.hours.as_deref().map(str::parse::<Hours>).transpose();
    let hours = hours.map_err(|error| Denied::NotUnderstood(error.sentence()))?;
    let giving = Giving {
        subject: wish.subject.into(),
        role: wish.role,
        place: wish.place.into(),
        from: wish.from,
        until: wish.until,
        hours,
    };
    Ok(match caller.give_role(&giving).await? {
        Done::Now(given) => {
            let names = caller.core.place_names().await?;
            let shown = AssignmentShown::of(given, &names, caller.core.clock.now());
            (StatusCode::CREATED, axum::Json(shown)).into_response()
        }
        Done::Held(request) => {
            let waiting = Waiting {
                request: request.id,
            };
            (StatusCode::ACCEPTED, axum::Json(waiting)).into_response()
        }
    })
}
