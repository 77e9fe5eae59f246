//! GET `/api/v1/catalogue/devices`: a page of a search, and how a listed device is shown.

use farpane_protocol::ids::{DeviceId, PlaceId, TenantId};
use farpane_protocol::key::Fingerprint;
use farpane_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::find::{Ask, Found};
use crate::app::{AppError, Denied};
use crate::http::body::Search;
use crate::http::rights::ApiCaller;
use crate::model::catalogue::{Count, Listed, Sort};
use crate::model::place::Tree;

/// A device in the catalogue; it may not have enrolled yet.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DeviceShown {
    /// Its id.
    pub id: DeviceId,
    /// Its name.
    pub name: String,
    /// Whose it is.
    pub customer: TenantId,
    /// In which site or group it stands; at its customer directly if absent.
    pub place: Option<PlaceId>,
    /// Names from its customer down to where it stands.
    pub path: Vec<String>,
    /// Operating system.
    pub os: String,
    /// Version of the host program; empty while it is expected.
    pub version: String,
    /// Serial number, if known.
    pub serial: String,
    /// Who is logged on, where that is told.
    pub person: String,
    /// Its address, if known.
    pub address: String,
    /// `expected`, `pending` or `approved`.
    pub approval: &'static str,
    /// Whether the directory alone may open it.
    pub unattended: bool,
    /// Fingerprint of its key; absent while it is expected.
    pub key: Option<Fingerprint>,
    /// Its tags.
    pub tags: Vec<String>,
    /// Whether it is reachable now.
    pub online: bool,
    /// When it became known.
    pub created: Timestamp,
    /// When it was last heard.
    pub last_heard: Option<Timestamp>,
}

impl DeviceShown {
    pub(super) fn of(device: Listed, tree: &Tree) -> Self {
        let names = tree.names(device.spot);
        Self {
            id: device.id,
            path: names.into_iter().map(str::to_owned).collect(),
            name: device.name,
            customer: device.spot.tenant,
            place: device.spot.place,
            os: device.os,
            version: device.version,
            serial: device.serial,
            person: device.person,
            address: device.address,
            approval: device.standing.word(),
            unattended: device.unattended,
            key: device.key.map(|key| key.fingerprint()),
            tags: device.tags,
            online: device.present,
            created: device.created,
            last_heard: device.last_heard,
        }
    }
}

/// The query.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct Query {
    /// A search such as `os:windows site:"Oslo" online:no heard:>7d tag:till`.
    #[serde(default)]
    q: String,
    /// `name`, `customer`, `os`, `heard`, `created` or `version`; with `-` before it downward.
    sort: Option<String>,
    /// Where to begin: `next` or `previous` of another page of the same search and order.
    cursor: Option<String>,
    /// How many, at most 200.
    #[param(minimum = 1, maximum = 200)]
    #[serde(default, deserialize_with = "crate::http::page::wanted")]
    limit: Option<u32>,
    /// Whether matches are counted, too.
    #[serde(default)]
    count: bool,
}

/// A page of devices.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct DevicePage {
    /// The devices, in the order that was asked for.
    items: Vec<DeviceShown>,
    /// Where the next page begins; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// Where the page before begins; absent on the first one.
    #[serde(skip_serializing_if = "Option::is_none")]
    previous: Option<String>,
    /// How many match, if that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
    /// Whether there are more than `count` says: counting stops at 10,000.
    #[serde(skip_serializing_if = "Option::is_none")]
    count_is_least: Option<bool>,
    /// The search as it was understood.
    query: String,
}

impl From<Found> for DevicePage {
    fn from(found: Found) -> Self {
        let tree = found.tree;
        let devices = found.devices.into_iter();
        Self {
            items: devices
                .map(|device| DeviceShown::of(device, &tree))
                .collect(),
            next: found.next,
            previous: found.previous,
            count: found.count.map(Count::number),
            count_is_least: found.count.map(|count| matches!(count, Count::AtLeast(_))),
            query: found.query,
        }
    }
}

/// The order that somebody asks for by its word.
pub(super) fn sort(word: Option<&str>) -> Result<Sort, Denied> {
    word.map_or(Ok(Sort::default()), |word| {
        Sort::parse(word).ok_or(Denied::BadRequest(
            "Devices are sorted by name, customer, os, heard, created or version, with - before \
             it for downward.",
        ))
    })
}

/// Devices that a search finds among those that the caller may see.
#[utoipa::path(get, path = "", params(Query), responses((status = 200, body = DevicePage)))]
pub(in crate::http) async fn get(
    ApiCaller(caller): ApiCaller,
    Search(query): Search<Query>,
) -> Result<axum::Json<DevicePage>, AppError> {
    let ask = Ask {
        sort: sort(query.sort.as_deref())?,
        query: query.q,
        cursor: query.cursor,
        limit: query.limit.unwrap_or(0),
        count: query.count,
    };
    Ok(axum::Json(caller.find(&ask).await?.into()))
}
