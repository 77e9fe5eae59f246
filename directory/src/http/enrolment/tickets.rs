//! GET: the tickets that the caller may handle.

use serde::Serialize;

use super::TicketSeen;
use crate::app::AppError;
use crate::http::rights::ApiCaller;

/// Tickets, newest first.
#[derive(Serialize, utoipa::ToSchema)]
pub(in crate::http) struct TicketList {
    items: Vec<TicketSeen>,
}

/// The tickets that the caller may handle, newest first, without their secrets.
#[utoipa::path(get, path = "", responses((status = 200, body = TicketList)))]
pub(in crate::http) async fn get(
    ApiCaller(caller): ApiCaller,
) -> Result<axum::Json<TicketList>, AppError> {
    let items = caller
        .tickets()
        .await?
        .into_iter()
        .map(Into::into)
        .collect();
    Ok(axum::Json(TicketList { items }))
}
