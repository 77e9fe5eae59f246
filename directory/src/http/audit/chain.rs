//! GET `/api/v1/audit/chains/{id}`: one chain, and whether it holds.

use std::sync::Arc;

use axum::extract::State;
use serde::Serialize;
use uuid::Uuid;

use super::chains::ChainShown;
use crate::app::{App, AppError, Denied};
use crate::http::body::Id;
use crate::http::rights::ApiCaller;

/// Records that are verified while a program waits: some seconds' work.
const VERIFIED_MOST: u64 = 500_000;

/// A chain, walked from its first record to its last.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::http) struct ChainVerified {
    #[serde(flatten)]
    chain: ChainShown,
    /// Whether no record was changed, removed or put in.
    intact: bool,
    /// If not, where it breaks.
    #[serde(skip_serializing_if = "Option::is_none")]
    broken: Option<String>,
}

/// One chain, and whether it holds: every record is looked at.
#[utoipa::path(get, path = "", params(("id" = Uuid, Path, description = "The customer or organisation.")),
    responses((status = 200, body = ChainVerified)))]
pub(in crate::http) async fn get(
    State(app): State<Arc<App>>,
    ApiCaller(caller): ApiCaller,
    Id(id): Id<Uuid>,
) -> Result<axum::Json<ChainVerified>, AppError> {
    let seen = caller.chain_seen(id).await?;
    let chain = ChainShown::from(&seen);
    let (chains, keys) = ([seen], app.audit_keys());
    let walked = caller.verify_seen(&chains, &keys, VERIFIED_MOST).await?;
    let walked = walked.ok_or(Denied::Conflict(
        "This chain is too long to verify while you wait. Export it, and verify the file.",
    ))?;
    Ok(axum::Json(ChainVerified {
        chain,
        intact: walked.is_ok(),
        broken: walked.err().map(|broken| broken.to_string()),
    }))
}
