//! GET `/api/v1/audit/chains/{id}/checkpoints`: signed statements of how far a chain had come, to
//! be kept elsewhere.

use farpane_protocol::time::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use crate::app::AppError;
use crate::http::body::{Id, Search};
use crate::http::page::{Page, Paging, limit, place};
use crate::http::rights::ApiCaller;

/// One checkpoint.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::http) struct CheckpointShown {
    /// Up to which record.
    seq: u64,
    /// When it was signed.
    at: Timestamp,
    /// The signed statement (PASETO v4.public), with the chain, its place and its hash.
    sealed: String,
}

/// A chain's checkpoints, newest first.
#[utoipa::path(get, path = "",
    params(("id" = Uuid, Path, description = "The customer or organisation."), Paging),
    responses((status = 200, body = Page<CheckpointShown>)))]
pub(in crate::http) async fn get(
    ApiCaller(caller): ApiCaller,
    Id(id): Id<Uuid>,
    Search(paging): Search<Paging>,
) -> Result<axum::Json<Page<CheckpointShown>>, AppError> {
    let below: Option<u64> = place(paging.cursor.as_deref())?;
    let limit = limit(paging.limit);
    let seen = caller.chain_seen(id).await?;
    let found = caller.checkpoints_seen(&seen, below, limit + 1).await?;
    let page = Page::cut(found, limit, |signed| signed.seq);
    Ok(axum::Json(page.map(|signed| CheckpointShown {
        seq: signed.seq,
        at: signed.at,
        sealed: signed.sealed,
    })))
}
