//! GET `?unattended=0|1&epoch=N`: what a host needs to run; the host says what its own rules are,
//! and how much it has heard of what was taken back.

use std::sync::Arc;

use axum::extract::State;
use farpane_protocol::api::HostConfig;
use serde::Deserialize;

use crate::app::host::HostSays;
use crate::app::{App, AppError};
use crate::http::body::Search;
use crate::http::rights::HostRight;
use crate::policy::machine::SeenMachine;

/// The query.
#[derive(Deserialize)]
pub(in crate::http) struct Query {
    /// `1` if the directory alone may open the device, `0` if a person is asked every time.
    unattended: Option<String>,
    /// The highest policy epoch that the host has seen.
    epoch: Option<u64>,
    /// Which machine this is.
    machine: Option<String>,
    /// Name of this start of the system.
    #[serde(default)]
    boot: String,
    /// Version of the host program.
    #[serde(default)]
    version: String,
}

pub(in crate::http) async fn get(
    State(app): State<Arc<App>>,
    HostRight(device): HostRight,
    Search(query): Search<Query>,
) -> Result<axum::Json<HostConfig>, AppError> {
    // Anything else is what a later version might say, and changes nothing.
    let unattended = match query.unattended.as_deref() {
        Some("1") => Some(true),
        Some("0") => Some(false),
        Some(_) | None => None,
    };
    // A print that is none comes from a later version too.
    let machine = query.machine.and_then(|print| print.parse().ok());
    let boot = crate::model::text::version(&query.boot);
    let says = HostSays {
        unattended,
        machine: machine.map(|machine| SeenMachine { machine, boot }),
        version: query.version,
        epoch: query.epoch,
    };
    let config = app.host_config(device, says).await?;
    Ok(axum::Json(config))
}
