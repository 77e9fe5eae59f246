//! GET `/api/v1/access/check`: can this person do that there, and why?

use farpane_protocol::ids::{DeviceId, PlaceId, TenantId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::shown::ReasonShown;
use crate::app::access::explain::{What, Where};
use crate::app::{AppError, Denied};
use crate::http::body::Search;
use crate::http::rights::ApiCaller;
use crate::policy::rights::Place;

/// The query.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct Query {
    /// Who.
    person: UserId,
    /// What: `reach`, `unattended`, a right in a session such as `view`, or an action such as
    /// `edit-devices`.
    action: String,
    /// On this device.
    device: Option<DeviceId>,
    /// At this customer.
    customer: Option<TenantId>,
    /// At this site or group. Without any of these: in the whole organisation.
    place: Option<PlaceId>,
}

/// The answer.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Answered {
    /// Whether it is allowed now.
    allowed: bool,
    /// In one sentence.
    sentence: String,
    /// What gives it now.
    because: Vec<ReasonShown>,
    /// What would give it, at another time.
    otherwise: Vec<ReasonShown>,
}

/// Whether a person may do something somewhere, and why. Everybody may ask about themselves.
#[utoipa::path(get, path = "", params(Query), responses((status = 200, body = Answered)))]
pub(in crate::http) async fn get(
    ApiCaller(caller): ApiCaller,
    Search(query): Search<Query>,
) -> Result<axum::Json<Answered>, AppError> {
    let what = What::named(&query.action);
    let what = what.ok_or(Denied::BadRequest(
        "There is no such action. Ask about reach, unattended, a right such as view, or an action \
         such as edit-devices.",
    ))?;
    let at = match (query.device, query.place, query.customer) {
        (Some(device), _, _) => Where::Device(device),
        (None, Some(place), _) => Where::Place(Place::Node(place)),
        (None, None, Some(tenant)) => Where::Place(Place::Tenant(tenant)),
        (None, None, None) => Where::Place(Place::Org),
    };
    let answer = caller.can(&query.person.to_string(), what, at).await?;
    Ok(axum::Json(Answered {
        allowed: answer.allowed,
        sentence: answer.sentence.to_string(),
        because: answer.because.into_iter().map(Into::into).collect(),
        otherwise: answer.otherwise.into_iter().map(Into::into).collect(),
    }))
}
