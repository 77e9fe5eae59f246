//! GET `/api/v1/catalogue/places`: customers, and sites and groups below them, as far as the
//! caller may see them.

use farpane_protocol::ids::{PlaceId, TenantId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::AppError;
use crate::app::places::Seen;
use crate::http::page::Page;
use crate::http::rights::ApiCaller;
use crate::model::place::{PlaceKind, PlaceRecord, Tree};

/// A site or group.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct PlaceListed {
    /// Its id.
    pub id: PlaceId,
    /// In which other place it lies; at the customer directly if absent.
    pub parent: Option<PlaceId>,
    /// Site or group.
    pub kind: PlaceKind,
    /// Its name.
    pub name: String,
}

impl From<&PlaceRecord> for PlaceListed {
    fn from(place: &PlaceRecord) -> Self {
        Self {
            id: place.id,
            parent: place.parent,
            kind: place.kind,
            name: place.name.clone(),
        }
    }
}

/// A customer and what lies below it.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct CustomerShown {
    /// Its id.
    id: TenantId,
    /// Its name.
    name: String,
    /// How many devices it has, if the caller may see all of them.
    devices: Option<u64>,
    /// Its sites and groups, each before what lies in it.
    places: Vec<PlaceListed>,
}

impl CustomerShown {
    /// As far as it is seen.
    pub(super) fn of(tree: &Tree, seen: &Seen) -> Option<Self> {
        let tenant = tree.tenant(seen.tenant)?;
        let places = seen.places.iter().filter_map(|id| tree.place(*id));
        Some(Self {
            id: tenant.id,
            name: tenant.name.clone(),
            devices: seen.tally.map(|tally| tally.devices),
            places: places.map(Into::into).collect(),
        })
    }
}

/// Customers in order of name, each with its sites and groups.
#[utoipa::path(get, path = "", responses((status = 200, body = Page<CustomerShown>)))]
pub(in crate::http) async fn get(
    ApiCaller(caller): ApiCaller,
) -> Result<axum::Json<Page<CustomerShown>>, AppError> {
    let (tree, seen) = caller.places().await?;
    let items = seen.iter();
    let items = items.filter_map(|seen| CustomerShown::of(&tree, seen));
    Ok(axum::Json(Page {
        items: items.collect(),
        next: None,
    }))
}
