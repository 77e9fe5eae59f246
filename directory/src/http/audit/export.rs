//! POST `/api/v1/audit/export`: the record as a file that can be checked anywhere.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use farpane_protocol::time::Timestamp;
use futures_util::stream;
use serde::Deserialize;
use uuid::Uuid;

use crate::app::export::{Export, Wanted};
use crate::app::{App, AppError, Denied};
use crate::http::body::Json;
use crate::http::rights::ApiCaller;

/// Most chains that are named at once; all of them need no names.
const CHAINS_MOST: usize = 1000;

/// Which part of the record.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct ExportAsked {
    /// These chains, by id of customer or organisation; all that the caller may take out if absent.
    chains: Option<Vec<Uuid>>,
    /// Not before.
    from: Option<Timestamp>,
    /// Before.
    until: Option<Timestamp>,
}

/// An export as a download, a piece at a time.
pub(crate) fn file(export: Export) -> Response {
    let parts = stream::try_unfold(export, async |mut export| {
        // A store that fails now ends the file early: it lacks its last line, and says so when it
        // is verified.
        let part = export.next().await?;
        Ok::<_, AppError>(part.map(|part| (part, export)))
    });
    let headers = [
        (CONTENT_TYPE, "application/jsonl; charset=utf-8"),
        (
            CONTENT_DISPOSITION,
            "attachment; filename=\"farpane-audit.jsonl\"",
        ),
    ];
    (headers, Body::from_stream(parts)).into_response()
}

/// The record as a file of JSON lines, signed. `farpane-directory audit verify FILE` checks it
/// anywhere. That it was taken out is recorded.
#[utoipa::path(post, path = "", request_body = ExportAsked,
    responses((status = 200, body = String, content_type = "application/jsonl")))]
pub(in crate::http) async fn post(
    State(app): State<Arc<App>>,
    ApiCaller(caller): ApiCaller,
    Json(asked): Json<ExportAsked>,
) -> Result<Response, AppError> {
    let chains = match asked.chains {
        Some(wanted) if wanted.len() > CHAINS_MOST => {
            return Err(Denied::BadRequest("Name at most 1,000 chains, or none.").into());
        }
        Some(wanted) => Some(caller.chains_of(&wanted).await?),
        None => None,
    };
    let wanted = Wanted {
        chains,
        from: asked.from,
        until: asked.until,
    };
    let export = caller.export_audit(&app.identity.audit_key, wanted).await?;
    Ok(file(export))
}
