//! POST `/api/v1/catalogue/import`: devices from a CSV file, into the catalogue before they enrol.

use axum::body::Bytes;
use axum::extract::DefaultBodyLimit;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::csv::import::{Imported, Leniency};
use crate::app::{AppError, Denied};
use crate::http::body::Search;
use crate::http::rights::ApiCaller;

/// Largest file, in bytes: a hundred thousand devices. The command line takes larger ones.
pub(in crate::http) const FILE_BYTES: usize = 16 * 1024 * 1024;

/// Lets files through.
pub(in crate::http) fn limit() -> DefaultBodyLimit {
    DefaultBodyLimit::max(FILE_BYTES)
}

/// The query.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct Query {
    /// Make customers that there are none of yet.
    #[serde(default)]
    create_customers: bool,
    /// Make sites and groups that there are none of yet.
    #[serde(default)]
    create_places: bool,
    /// Leave bad rows out; otherwise nothing is written unless all rows are good.
    #[serde(default)]
    skip_bad: bool,
}

/// A row that is not as it should be.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct BadRow {
    /// Its line in the file, from 1.
    line: u64,
    /// What is wrong with it.
    why: String,
}

/// What was written.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct ImportDone {
    /// Devices that are expected now.
    devices: u64,
    /// Customers that were made.
    customers: u64,
    /// Sites and groups that were made.
    places: u64,
    /// Rows that were bad. If there are any and `skip_bad` was not set, nothing was written.
    bad: u64,
    /// The first of them.
    complaints: Vec<BadRow>,
}

impl From<Imported> for ImportDone {
    fn from(done: Imported) -> Self {
        let complaints = done.complaints.into_iter();
        Self {
            devices: done.devices,
            customers: done.customers,
            places: done.places,
            bad: done.bad,
            complaints: complaints
                .map(|bad| BadRow {
                    line: bad.line,
                    why: bad.why.to_string(),
                })
                .collect(),
        }
    }
}

/// Writes devices from a CSV file into the catalogue. Its first line names the columns: name,
/// customer, site, group, tags, os, serial, field.KEY.
#[utoipa::path(post, path = "", params(Query),
    request_body(content = String, content_type = "text/csv"),
    responses((status = 200, body = ImportDone)))]
pub(in crate::http) async fn post(
    ApiCaller(caller): ApiCaller,
    Search(query): Search<Query>,
    file: Bytes,
) -> Result<axum::Json<ImportDone>, AppError> {
    let leniency = Leniency {
        create_customers: query.create_customers,
        create_places: query.create_places,
        skip_bad: query.skip_bad,
    };
    // On a task of its own: who hangs up half-way does not leave half a file behind.
    let done = tokio::spawn(async move { caller.import(file.as_ref(), leniency).await });
    let done = done.await.map_err(|_| Denied::Busy)??;
    Ok(axum::Json(done.into()))
}
