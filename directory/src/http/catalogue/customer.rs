//! GET and PATCH `/api/v1/catalogue/customers/{id}`: one customer, and another name for it.

use axum::http::StatusCode;
use farpane_protocol::ids::TenantId;

use super::customer_add::CustomerName;
use super::places::CustomerShown;
use crate::app::{AppError, Denied};
use crate::http::body::{Id, Json};
use crate::http::rights::ApiCaller;

/// One customer, with its sites and groups as far as the caller may see them.
#[utoipa::path(get, path = "", params(("id" = TenantId, Path)),
    responses((status = 200, body = CustomerShown)))]
pub(in crate::http) async fn get(
    ApiCaller(caller): ApiCaller,
    Id(id): Id<TenantId>,
) -> Result<axum::Json<CustomerShown>, AppError> {
    let (tree, seen) = caller.customer(id).await?;
    let shown = CustomerShown::of(&tree, &seen);
    Ok(axum::Json(shown.ok_or(Denied::NotFound("customer"))?))
}

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
