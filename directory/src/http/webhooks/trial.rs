//! POST `/api/v1/webhooks/{id}/trial`: tells a webhook that this is a trial.

use axum::http::StatusCode;
use uuid::Uuid;

use super::DeliveryShown;
use crate::app::AppError;
use crate::http::body::Id;
use crate::http::rights::ApiCaller;

/// Sends a `webhook.trial` there; how it went is among its deliveries.
#[utoipa::path(post, path = "", params(("id" = Uuid, Path)),
    responses((status = 202, body = DeliveryShown)))]
pub(in crate::http) async fn post(
    ApiCaller(caller): ApiCaller,
    Id(id): Id<Uuid>,
) -> Result<(StatusCode, axum::Json<DeliveryShown>), AppError> {
    let delivery = caller.try_webhook(id).await?;
    Ok((StatusCode::ACCEPTED, axum::Json(delivery.into())))
}
