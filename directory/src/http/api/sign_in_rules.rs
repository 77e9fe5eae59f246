//! GET and PUT `/api/v1/sign-in-rules`: what the organisation asks of everybody who signs in.

use std::time::Duration;

use axum::http::StatusCode;
use farpane_protocol::ids::TenantId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::AppError;
use crate::http::body::Json;
use crate::http::rights::ApiCaller;

/// What the organisation asks of everybody who signs in.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(in crate::http) struct SignInRulesShown {
    /// Whether everybody needs a second factor.
    second_factor: bool,
    /// Customers whose devices may only be reached by people with a second factor.
    customers: Vec<TenantId>,
    /// Seconds without use after which a console session ends.
    idle_seconds: u64,
    /// Seconds after which it ends in any case.
    life_seconds: u64,
}

/// What is changed; customers have an address of their own.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub(in crate::http) struct SignInRulesWish {
    /// Whether everybody needs a second factor.
    second_factor: bool,
    /// Seconds without use after which a console session ends: 300 or more.
    #[schema(minimum = 300)]
    idle_seconds: u64,
    /// Seconds after which it ends in any case: a year at most.
    #[schema(minimum = 300)]
    life_seconds: u64,
}

/// What the organisation asks of everybody who signs in.
#[utoipa::path(get, path = "", responses((status = 200, body = SignInRulesShown)))]
pub(in crate::http) async fn get(
    ApiCaller(caller): ApiCaller,
) -> Result<axum::Json<SignInRulesShown>, AppError> {
    let rules = caller.sign_in_rules().await?;
    Ok(axum::Json(SignInRulesShown {
        second_factor: rules.factor,
        customers: rules.tenants,
        idle_seconds: rules.idle.as_secs(),
        life_seconds: rules.life.as_secs(),
    }))
}

/// Changes it. Whoever needs a second factor and has none is led to set one up.
#[utoipa::path(put, path = "", request_body = SignInRulesWish, responses((status = 204)))]
pub(in crate::http) async fn put(
    ApiCaller(caller): ApiCaller,
    Json(wish): Json<SignInRulesWish>,
) -> Result<StatusCode, AppError> {
    let (idle, life) = (wish.idle_seconds, wish.life_seconds);
    let (idle, life) = (Duration::from_secs(idle), Duration::from_secs(life));
    caller
        .set_sign_in_rules(wish.second_factor, idle, life)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
