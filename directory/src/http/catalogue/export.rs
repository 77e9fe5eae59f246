//! GET `/api/v1/catalogue/export.csv`: the devices of a search as a table.

use axum::body::Body;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use serde::Deserialize;

use super::devices::sort;
use crate::app::AppError;
use crate::app::csv::export::Export;
use crate::http::body::Search;
use crate::http::rights::ApiCaller;

/// The query.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct Query {
    /// A search; all devices if absent.
    #[serde(default)]
    q: String,
    /// `name`, `customer`, `os`, `heard`, `created` or `version`; with `-` before it downward.
    sort: Option<String>,
}

/// The devices of a search as CSV, in UTF-8. No cell begins like a formula.
#[utoipa::path(get, path = "", params(Query),
    responses((status = 200, body = String, content_type = "text/csv")))]
pub(in crate::http) async fn get(
    ApiCaller(caller): ApiCaller,
    Search(query): Search<Query>,
) -> Result<Response, AppError> {
    let order = sort(query.sort.as_deref())?;
    Ok(download(caller.export(&query.q, order).await?))
}

/// A table as a file, written while it is read.
pub(crate) fn download(export: Export) -> Response {
    let parts = stream::try_unfold(export, async |mut export| {
        // A store that fails now ends the file early; the connection says so.
        let part = export.part().await?;
        Ok::<_, AppError>(part.map(|part| (part, export)))
    });
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8; header=present"),
        (CONTENT_DISPOSITION, "attachment; filename=\"devices.csv\""),
    ];
    (headers, Body::from_stream(parts)).into_response()
}
