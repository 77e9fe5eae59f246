//! POST `/api/v1/people/{id}/erase`: erases a removed person from beside the record.

use farpane_protocol::ids::UserId;
use serde::Serialize;

use crate::app::AppError;
use crate::http::body::Id;
use crate::http::rights::ApiCaller;

/// What was erased.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::http) struct PersonErased {
    /// Records beside which nothing stands any more.
    records: u64,
}

/// Erases the names, addresses and reasons beside every record that a removed person made or that
/// is about them. The chains stay whole: what was done stands under the person's id.
#[utoipa::path(post, path = "", params(("id" = UserId, Path)),
    responses((status = 200, body = PersonErased)))]
pub(in crate::http) async fn post(
    ApiCaller(caller): ApiCaller,
    Id(id): Id<UserId>,
) -> Result<axum::Json<PersonErased>, AppError> {
    let records = caller.erase_person(id).await?;
    Ok(axum::Json(PersonErased { records }))
}
