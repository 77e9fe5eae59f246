//! GET `/api/v1/sessions`: sessions, newest first.

use farpane_protocol::ids::{DeviceId, TenantId, UserId};
use serde::Deserialize;

use super::session::SessionShown;
use crate::app::AppError;
use crate::app::session_list::SessionPlace;
use crate::http::body::Search;
use crate::http::page::{self, Page};
use crate::http::rights::ApiCaller;
use crate::store::sessions::SessionsSought;

/// The query.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct Query {
    /// Only open sessions, or only those that are over.
    open: Option<bool>,
    /// Only those with this device.
    device: Option<DeviceId>,
    /// Only those of this person.
    person: Option<UserId>,
    /// Only those with devices of this customer.
    customer: Option<TenantId>,
    /// Where to begin: `next` of the page before.
    cursor: Option<String>,
    /// How many, at most 200. A page may hold fewer and still have a next one.
    #[param(minimum = 1, maximum = 200)]
    #[serde(default, deserialize_with = "crate::http::page::wanted")]
    limit: Option<u32>,
}

/// Sessions that the caller may see, newest first.
#[utoipa::path(get, path = "", params(Query),
    responses((status = 200, body = Page<SessionShown>)))]
pub(in crate::http) async fn get(
    ApiCaller(caller): ApiCaller,
    Search(query): Search<Query>,
) -> Result<axum::Json<Page<SessionShown>>, AppError> {
    let below: Option<SessionPlace> = page::place(query.cursor.as_deref())?;
    let sought = SessionsSought {
        open: query.open,
        device: query.device,
        person: query.person,
        tenants: query.customer.map(|tenant| vec![tenant]),
    };
    let found = caller
        .sessions(sought, below, page::limit(query.limit))
        .await?;
    Ok(axum::Json(Page {
        items: found.sessions.into_iter().map(Into::into).collect(),
        next: found.next.as_ref().map(page::cursor),
    }))
}
