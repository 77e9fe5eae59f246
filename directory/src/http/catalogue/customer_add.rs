//! POST `/api/v1/catalogue/customers`: adds a customer.

use axum::http::StatusCode;
use farpane_protocol::ids::TenantId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::AppError;
use crate::http::body::Json;
use crate::http::rights::ApiCaller;

/// A customer's name.
#[derive(Deserialize, ToSchema)]
pub(in crate::http) struct CustomerName {
    /// The name, unique in the organisation.
    pub name: String,
}

/// A customer that was added.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct CustomerAdded {
    /// Its id.
    id: TenantId,
    /// Its name as it is kept.
    name: String,
}

/// Adds a customer.
#[utoipa::path(post, path = "", request_body = CustomerName,
    responses((status = 201, body = CustomerAdded)))]
pub(in crate::http) async fn post(
    ApiCaller(caller): ApiCaller,
    Json(wish): Json<CustomerName>,
) -> Result<(StatusCode, axum::Json<CustomerAdded>), AppError> {
    let tenant = caller.add_tenant(&wish.name).await?;
    let added = CustomerAdded {
        id: tenant.id,
        name: tenant.name,
    };
    Ok((StatusCode::CREATED, axum::Json(added)))
}
