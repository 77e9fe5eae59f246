//! DELETE `/api/v1/catalogue/customers/{id}`: removes a customer that has nothing any more.

use axum::http::StatusCode;
use farpane_protocol::ids::TenantId;

use crate::app::AppError;
use crate::http::body::Id;
use crate::http::rights::ApiCaller;

/// Removes a customer that has no devices, sites, tickets or sessions in the record.
#[utoipa::path(delete, path = "", params(("id" = TenantId, Path)), responses((status = 204)))]
pub(in crate::http) async fn delete(
    ApiCaller(caller): ApiCaller,
    Id(id): Id<TenantId>,
) -> Result<StatusCode, AppError> {
    caller.remove_tenant(id).await?;
    Ok(StatusCode::NO_CONTENT)
}
