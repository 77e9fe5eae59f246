//! GET `/api/v1/catalogue/bulk`: the caller's latest acts, to offer the way back.

use farpane_protocol::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::AppError;
use crate::http::page::Page;
use crate::http::rights::ApiCaller;

/// Acts that are looked through: a day of a busy team.
const LATEST: u32 = 200;

/// An act that ran.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct BulkShown {
    /// Its id.
    bulk: Uuid,
    /// What was done, such as `tag`.
    act: &'static str,
    /// To how many devices.
    devices: u64,
    /// When.
    ran: Option<Timestamp>,
    /// Until when it can be undone, if it can.
    undo_until: Option<Timestamp>,
}

/// The caller's latest acts on many devices, newest first.
#[utoipa::path(get, path = "", responses((status = 200, body = Page<BulkShown>)))]
pub(in crate::http) async fn get(
    ApiCaller(caller): ApiCaller,
) -> Result<axum::Json<Page<BulkShown>>, AppError> {
    let now = caller.core.clock.now();
    let bulks = caller.recent_bulks(LATEST).await?.into_iter();
    let items = bulks.map(|bulk| BulkShown {
        bulk: bulk.id,
        act: bulk.act.word(),
        devices: bulk.count,
        ran: bulk.ran,
        undo_until: bulk.undo_until(now),
    });
    Ok(axum::Json(Page {
        items: items.collect(),
        next: None,
    }))
}
