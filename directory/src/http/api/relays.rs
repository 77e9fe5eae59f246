//! GET `/api/v1/relays`: the relays. There are few, so they come on one page.

use std::sync::Arc;

use axum::extract::State;

use super::relay::RelayShown;
use crate::app::{App, AppError};
use crate::http::page::Page;
use crate::http::rights::ApiCaller;

/// The organisation's relays, in order of name.
#[utoipa::path(get, path = "", responses((status = 200, body = Page<RelayShown>)))]
pub(in crate::http) async fn get(
    State(app): State<Arc<App>>,
    ApiCaller(caller): ApiCaller,
) -> Result<axum::Json<Page<RelayShown>>, AppError> {
    let relays = app.relays(&caller).await?;
    Ok(axum::Json(Page {
        items: relays.into_iter().map(Into::into).collect(),
        next: None,
    }))
}
