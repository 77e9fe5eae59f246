//! PUT `/api/v1/customers/{id}/second-factor`: whether a customer's devices may only be reached by
//! people with a second factor.

use axum::http::StatusCode;
use farpane_protocol::ids::TenantId;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::AppError;
use crate::http::body::{Id, Json};
use crate::http::rights::ApiCaller;

/// What is asked.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub(in crate::http) struct FactorWish {
    /// Whether a second factor is needed.
    needed: bool,
}

/// Asks for a second factor of everybody who reaches this customer's devices, or not any more.
#[utoipa::path(put, path = "", params(("id" = TenantId, Path)), request_body = FactorWish,
    responses((status = 204)))]
pub(in crate::http) async fn put(
    ApiCaller(caller): ApiCaller,
    Id(tenant): Id<TenantId>,
    Json(wish): Json<FactorWish>,
) -> Result<StatusCode, AppError> {
    caller.set_tenant_factor(tenant, wish.needed).await?;
    Ok(StatusCode::NO_CONTENT)
}
