//! GET: what a device says about its machine, and what changed.

use farpane_protocol::api::inventory::Inventory;
use farpane_protocol::ids::DeviceId;
use farpane_protocol::time::Timestamp;
use serde::Serialize;

use crate::app::AppError;
use crate::http::body::Id;
use crate::http::rights::ApiCaller;
use crate::model::inventory::Change;

/// One difference between two reports.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::http) struct Difference {
    at: Timestamp,
    /// Of what: the word of a fact, or `software`.
    what: String,
    /// Empty for something new.
    before: String,
    /// Empty for something gone.
    after: String,
}

impl From<Change> for Difference {
    fn from(change: Change) -> Self {
        Self {
            at: change.at,
            what: change.what,
            before: change.before,
            after: change.after,
        }
    }
}

/// What a device said last, and what changed before.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::http) struct Reported {
    /// Absent while it has said nothing.
    inventory: Option<Inventory>,
    /// When it said so.
    reported: Option<Timestamp>,
    /// Newest first.
    changes: Vec<Difference>,
}

/// What a device says about its machine, and what changed.
#[utoipa::path(get, path = "", params(("id" = DeviceId, Path, description = "The device.")),
    responses((status = 200, body = Reported)))]
pub(in crate::http) async fn get(
    ApiCaller(caller): ApiCaller,
    Id(device): Id<DeviceId>,
) -> Result<axum::Json<Reported>, AppError> {
    let machine = caller.machine(device).await?;
    let reported = machine.kept.as_ref().map(|kept| kept.reported);
    Ok(axum::Json(Reported {
        inventory: machine.kept.map(|kept| kept.inventory),
        reported,
        changes: machine.changes.into_iter().map(Into::into).collect(),
    }))
}
