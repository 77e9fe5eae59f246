//! PATCH `/api/v1/catalogue/customers/{id}`: another name for a customer.

use axum::http::StatusCode;
use farpane_protocol::ids::TenantId;

use super::customer_add::CustomerName;
use crate::app::AppError;
use crate::http::body::{Id, Json};
use crate::http::rights::ApiCaller;

/// Renames a customer.
#[utoipa::path(patch, path = "", params(("id" = TenantId, Path)), request_body = CustomerName,
    responses((status = 204)))]
pub(in crate::http) async fn patch(
    ApiCaller(caller): ApiCaller,
    Id(id): Id<TenantId>,
    Json(wish): Json<CustomerName>,
) -> Result<StatusCode, AppError> {
    caller.rename_tenant(id, &wish.name).await?;
    Ok(StatusCode::NO_CONTENT)
}
