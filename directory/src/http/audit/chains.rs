//! GET `/api/v1/audit/chains`: the chains that the caller may read.

use farpane_protocol::time::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use crate::app::AppError;
use crate::app::record_list::ChainSeen;
use crate::audit::{ChainId, Hash};
use crate::http::body::Search;
use crate::http::page::{Page, Paging, limit, place};
use crate::http::rights::ApiCaller;

/// A chain and where it stands.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::http) struct ChainShown {
    /// The id of the customer, or of the organisation.
    id: Uuid,
    /// Whether it is the organisation's own.
    organisation: bool,
    /// What that customer or organisation is called; absent for a customer that was removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// How many records it has.
    records: u64,
    /// Hash of the last one, as base64url.
    #[schema(value_type = String)]
    hash: Hash,
    /// Up to which record it was signed last; only where one chain is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    signed: Option<u64>,
    /// When that was.
    #[serde(skip_serializing_if = "Option::is_none")]
    signed_at: Option<Timestamp>,
}

impl From<&ChainSeen> for ChainShown {
    fn from(seen: &ChainSeen) -> Self {
        let signed = seen.signed.as_ref();
        Self {
            id: seen.chain.id.uuid(),
            organisation: matches!(seen.chain.id, ChainId::Org(_)),
            name: seen.name.clone(),
            records: seen.chain.head.seq,
            hash: Hash(seen.chain.head.hash),
            signed: signed.map(|signed| signed.seq),
            signed_at: signed.map(|signed| signed.at),
        }
    }
}

/// The chains that the caller may read, the organisation's own first.
#[utoipa::path(get, path = "", params(Paging), responses((status = 200, body = Page<ChainShown>)))]
pub(in crate::http) async fn get(
    ApiCaller(caller): ApiCaller,
    Search(paging): Search<Paging>,
) -> Result<axum::Json<Page<ChainShown>>, AppError> {
    let after: Option<Uuid> = place(paging.cursor.as_deref())?;
    let limit = limit(paging.limit);
    let chains = caller.chains_seen().await?;
    let begin = after.and_then(|id| chains.iter().position(|seen| seen.chain.id.uuid() == id));
    let begin = begin.map_or(0, |last| last + 1);
    let some = chains.iter().skip(begin).take(limit as usize + 1);
    let page = Page::cut(some.collect(), limit, |seen: &&ChainSeen| {
        seen.chain.id.uuid()
    });
    Ok(axum::Json(page.map(ChainShown::from)))
}
