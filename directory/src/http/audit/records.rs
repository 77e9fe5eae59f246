//! GET `/api/v1/audit`: records that the caller may read, newest first.

use std::sync::Arc;

use axum::extract::State;
use farpane_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::app::record_list::Looked;
use crate::app::{App, AppError, Denied};
use crate::audit::{Hash, Kept};
use crate::http::body::Search;
use crate::http::page::{Page, limit, place};
use crate::http::rights::ApiCaller;
use crate::model::when;

/// The query. What is absent narrows nothing down.
#[derive(Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(in crate::http) struct Query {
    /// By this person, or about them: address, name or id.
    person: String,
    /// By this device, or about it: name or id.
    device: String,
    /// Of this kind, such as `device_renamed`.
    kind: String,
    /// In the chain of this customer (name or id), or of the organisation.
    customer: String,
    /// Not before: `2026-03-01`, `2026-03-01T12:00:00Z`, or how long ago, such as `7d`.
    from: String,
    /// Before.
    until: String,
    /// Where to begin: `next` of the page before.
    cursor: Option<String>,
    /// How many items, at most 200.
    #[param(minimum = 1, maximum = 200)]
    #[serde(default, deserialize_with = "crate::http::page::wanted")]
    limit: Option<u32>,
}

/// One record.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::http) struct RecordShown {
    /// Its place among the records of all chains: rises in the order of commit.
    number: u64,
    /// Its chain: the id of the customer, or of the organisation for its own acts.
    chain: Uuid,
    /// Its place in that chain, from 1.
    seq: u64,
    /// SHA-256 that the chain gives it, as base64url.
    #[schema(value_type = String)]
    hash: Hash,
    /// What it says, as it was written. `event.did` is its kind.
    #[schema(value_type = Object)]
    record: serde_json::Value,
    /// Names and addresses beside it; absent if there are none, or if they were erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    personal: Option<serde_json::Value>,
}

impl From<Kept> for RecordShown {
    fn from(kept: Kept) -> Self {
        let personal = kept.record.personal.as_deref();
        Self {
            number: kept.number,
            chain: kept.chain.uuid(),
            seq: kept.record.seq,
            hash: Hash(kept.record.hash),
            record: serde_json::from_slice(&kept.record.body).unwrap_or_default(),
            personal: personal.and_then(|text| serde_json::from_str(text).ok()),
        }
    }
}

/// A point in time of a query.
pub(super) fn time(text: &str, now: Timestamp) -> Result<Option<Timestamp>, Denied> {
    if text.is_empty() {
        return Ok(None);
    }
    let read = when::read(text, now);
    read.map(Some).ok_or(Denied::BadRequest(
        "A time was not understood. Write it like 2026-03-01, 2026-03-01T12:00:00Z or 7d.",
    ))
}

/// Records that the caller may read, newest first.
#[utoipa::path(get, path = "", params(Query), responses((status = 200, body = Page<RecordShown>)))]
pub(in crate::http) async fn get(
    State(app): State<Arc<App>>,
    ApiCaller(caller): ApiCaller,
    Search(query): Search<Query>,
) -> Result<axum::Json<Page<RecordShown>>, AppError> {
    let limit = limit(query.limit);
    let below: Option<u64> = place(query.cursor.as_deref())?;
    let looked = Looked {
        from: time(&query.from, app.now())?,
        until: time(&query.until, app.now())?,
        person: query.person,
        device: query.device,
        kind: query.kind,
        chain: query.customer,
    };
    // Whoever may read nothing is told so, whatever they look for.
    caller.chains_seen().await?;
    let found = match caller.sought(&looked).await? {
        Some(sought) => caller.records(sought, below, limit + 1).await?,
        None => Vec::new(),
    };
    let page = Page::cut(found, limit, |kept| kept.number);
    Ok(axum::Json(page.map(Into::into)))
}
