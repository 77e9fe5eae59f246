//! POST `/api/v1/requests/{id}/decision`: approves, refuses or takes back a request.

use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::AppError;
use crate::http::body::{Id, Json};
use crate::http::rights::ApiCaller;
use crate::store::requests::Verdict;

/// What is decided.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Word {
    /// Yes, by somebody else than the one who asked.
    Approved,
    /// No, by somebody else than the one who asked.
    Refused,
    /// The one who asked takes it back.
    Withdrawn,
}

/// A decision.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct Decision {
    /// Which.
    verdict: Word,
    /// Why, for the one who asked.
    #[serde(default)]
    reason: String,
}

/// Decides a request. What was asked for happens in the same moment, or may be done once within
/// the hour by the one who asked.
#[utoipa::path(post, path = "", params(("id" = Uuid, Path)), request_body = Decision,
    responses((status = 204)))]
pub(in crate::http) async fn post(
    ApiCaller(caller): ApiCaller,
    Id(id): Id<Uuid>,
    Json(decision): Json<Decision>,
) -> Result<StatusCode, AppError> {
    let verdict = match decision.verdict {
        Word::Approved => Verdict::Approved,
        Word::Refused => Verdict::Refused,
        Word::Withdrawn => Verdict::Withdrawn,
    };
    caller.decide_request(id, verdict, &decision.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}
