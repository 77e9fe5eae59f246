//! POST `/api/v1/catalogue/bulk`: what an act on many devices would do.

use farpane_protocol::ids::{DeviceId, PlaceId, TenantId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::AppError;
use crate::app::bulk::Selection;
use crate::http::body::Json;
use crate::http::rights::ApiCaller;
use crate::model::bulk::Act;

/// What to do to each device.
#[derive(Deserialize, ToSchema)]
#[serde(tag = "do", rename_all = "snake_case")]
pub(in crate::http) enum ActWish {
    /// Let it in.
    Approve,
    /// Remove it.
    Remove,
    /// Give it a tag.
    Tag {
        /// The tag.
        tag: String,
    },
    /// Take a tag off.
    Untag {
        /// The tag.
        tag: String,
    },
    /// Put it elsewhere.
    Move {
        /// At which customer.
        customer: TenantId,
        /// In which site or group; at the customer directly if absent.
        place: Option<PlaceId>,
    },
    /// Fill in, or empty, a custom field.
    SetField {
        /// Its key.
        field: String,
        /// The value; absent empties it.
        value: Option<String>,
    },
}

impl From<ActWish> for Act {
    fn from(wish: ActWish) -> Self {
        match wish {
            ActWish::Approve => Self::Approve,
            ActWish::Remove => Self::Remove,
            ActWish::Tag { tag } => Self::Tag { tag },
            ActWish::Untag { tag } => Self::Untag { tag },
            ActWish::Move { customer, place } => Self::Move { customer, place },
            ActWish::SetField { field, value } => Self::SetField { field, value },
        }
    }
}

/// An act and the devices that it is meant for: those named, or, if none is, all that the search
/// finds.
#[derive(Deserialize, ToSchema)]
pub(in crate::http) struct BulkWish {
    /// What to do.
    act: ActWish,
    /// These devices.
    #[serde(default)]
    devices: Vec<DeviceId>,
    /// All devices that this search finds and on which the caller may act.
    query: Option<String>,
}

/// What an act would do.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct BulkPreview {
    /// Run it by this id within a quarter of an hour: exactly these devices change then.
    bulk: Uuid,
    /// How many devices it would be done to.
    devices: u64,
    /// The first of their names.
    names: Vec<String>,
}

/// Says what an act would do to whom. Nothing changes yet.
#[utoipa::path(post, path = "", request_body = BulkWish,
    responses((status = 200, body = BulkPreview)))]
pub(in crate::http) async fn post(
    ApiCaller(caller): ApiCaller,
    Json(wish): Json<BulkWish>,
) -> Result<axum::Json<BulkPreview>, AppError> {
    let selection = match wish.query {
        Some(query) if wish.devices.is_empty() => Selection::Search(query),
        Some(_) | None => Selection::Devices(wish.devices),
    };
    let preview = caller.preview(wish.act.into(), &selection).await?;
    Ok(axum::Json(BulkPreview {
        bulk: preview.bulk,
        devices: preview.count,
        names: preview.names,
    }))
}
