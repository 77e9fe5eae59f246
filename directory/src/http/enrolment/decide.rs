//! POST: lets waiting devices in and turns others away, many at once.

use farpane_protocol::ids::DeviceId;
use serde::{Deserialize, Serialize};

use crate::app::AppError;
use crate::http::body::Json;
use crate::http::rights::ApiCaller;

/// Which devices.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct Decisions {
    /// To let in.
    #[serde(default)]
    approve: Vec<DeviceId>,
    /// To turn away: each is removed, and its key is worth nothing.
    #[serde(default)]
    refuse: Vec<DeviceId>,
}

/// How many of each.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::http) struct Outcome {
    approved: u32,
    refused: u32,
    /// Did not wait any more, or are not for the caller's eyes.
    left: u32,
}

/// Lets waiting devices in and turns others away, at most 500 at once.
#[utoipa::path(post, path = "", request_body = Decisions,
    responses((status = 200, body = Outcome)))]
pub(in crate::http) async fn post(
    ApiCaller(caller): ApiCaller,
    Json(decisions): Json<Decisions>,
) -> Result<axum::Json<Outcome>, AppError> {
    let decided = caller.decide(&decisions.approve, &decisions.refuse).await?;
    Ok(axum::Json(Outcome {
        approved: decided.approved,
        refused: decided.refused,
        left: decided.left,
    }))
}
