//! DELETE: takes a ticket back; devices that used it stay.

use axum::http::StatusCode;
use uuid::Uuid;

use crate::app::AppError;
use crate::http::body::Id;
use crate::http::rights::ApiCaller;

/// Takes a ticket back. Devices that used it stay.
#[utoipa::path(delete, path = "", params(("id" = Uuid, Path, description = "The ticket.")),
    responses((status = 204)))]
pub(in crate::http) async fn delete(
    ApiCaller(caller): ApiCaller,
    Id(ticket): Id<Uuid>,
) -> Result<StatusCode, AppError> {
    caller.revoke_ticket(ticket).await?;
    Ok(StatusCode::NO_CONTENT)
}
