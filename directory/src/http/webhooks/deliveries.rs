//! GET `/api/v1/webhooks/{id}/deliveries`: what was told there, and how it went.

use uuid::Uuid;

use super::DeliveryShown;
use crate::app::AppError;
use crate::http::body::Id;
use crate::http::page::Page;
use crate::http::rights::ApiCaller;

/// The newest deliveries of a webhook, the newest first.
#[utoipa::path(get, path = "", params(("id" = Uuid, Path)),
    responses((status = 200, body = Page<DeliveryShown>)))]
pub(in crate::http) async fn get(
    ApiCaller(caller): ApiCaller,
    Id(id): Id<Uuid>,
) -> Result<axum::Json<Page<DeliveryShown>>, AppError> {
    let deliveries = caller.webhook_deliveries(id).await?;
    Ok(axum::Json(Page {
        items: deliveries.into_iter().map(Into::into).collect(),
        next: None,
    }))
}
