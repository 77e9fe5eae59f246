//! GET `/api/v1/me`: who the caller is and what they hold.

use farpane_protocol::ids::{OrgId, PlaceId, TenantId, UserId};
use farpane_protocol::scope::ScopeSet;
use farpane_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::{AppError, Denied};
use crate::http::rights::ApiCaller;
use crate::policy::rights::{Action, Held, Place};

/// Where a role is held. It holds for everything below.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "kind", content = "id")]
#[schema(as = HeldAt)]
pub enum PlaceShown {
    /// The whole organisation.
    Organisation,
    /// One customer.
    Customer(TenantId),
    /// A site or group below a customer.
    Place(PlaceId),
}

impl From<Place> for PlaceShown {
    fn from(place: Place) -> Self {
        match place {
            Place::Org => Self::Organisation,
            Place::Tenant(tenant) => Self::Customer(tenant),
            Place::Node(node) => Self::Place(node),
        }
    }
}

impl From<PlaceShown> for Place {
    fn from(shown: PlaceShown) -> Self {
        match shown {
            PlaceShown::Organisation => Self::Org,
            PlaceShown::Customer(tenant) => Self::Tenant(tenant),
            PlaceShown::Place(node) => Self::Node(node),
        }
    }
}

/// A role that the caller holds now.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct HeldShown {
    /// Name of the role.
    role: String,
    /// Where.
    place: PlaceShown,
    /// Whether sessions with devices there may be asked for.
    reach: bool,
    /// What may be asked for inside such a session.
    scopes: ScopeSet,
    /// What may be seen and changed in the directory.
    actions: Vec<&'static str>,
    /// Until when, if it ends.
    until: Option<Timestamp>,
}

impl From<&Held> for HeldShown {
    fn from(held: &Held) -> Self {
        Self {
            role: held.role.clone(),
            place: held.place.into(),
            reach: held.rights.reach,
            scopes: held.rights.scopes,
            actions: held.rights.actions.iter().map(Action::name).collect(),
            until: held.until,
        }
    }
}

/// The caller.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(in crate::http) struct Me {
    /// Their id.
    id: UserId,
    /// Their name.
    name: String,
    /// Their e-mail address.
    email: String,
    /// Their organisation.
    organisation: OrgId,
    /// What it is called.
    organisation_name: String,
    /// The roles that they hold now.
    roles: Vec<HeldShown>,
}

/// Who the caller is, and what they may do.
#[utoipa::path(get, path = "", responses((status = 200, body = Me)))]
pub(in crate::http) async fn get(ApiCaller(caller): ApiCaller) -> Result<axum::Json<Me>, AppError> {
    let account = caller.account.as_ref().ok_or(Denied::SignInNeeded)?;
    Ok(axum::Json(Me {
        id: account.id,
        name: account.name.clone(),
        email: account.email.to_string(),
        organisation: caller.core.org.id,
        organisation_name: caller.core.org.name.clone(),
        roles: caller.rights.held.iter().map(Into::into).collect(),
    }))
}
