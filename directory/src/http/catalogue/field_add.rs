//! POST `/api/v1/catalogue/fields`: defines a custom field.

use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::fields::FieldShown;
use crate::app::{AppError, Denied};
use crate::http::body::Json;
use crate::http::rights::ApiCaller;
use crate::model::field::FieldKind;

/// A field that should be.
#[derive(Deserialize, ToSchema)]
pub(in crate::http) struct FieldWish {
    /// What it is called in searches and columns.
    key: String,
    /// What it is called on pages; its key if absent.
    #[serde(default)]
    label: String,
    /// `text`, `number`, `date` or `choice`.
    kind: String,
    /// What there is to choose from, for `choice`.
    #[serde(default)]
    choices: Vec<String>,
}

/// Defines a custom field.
#[utoipa::path(post, path = "", request_body = FieldWish,
    responses((status = 201, body = FieldShown)))]
pub(in crate::http) async fn post(
    ApiCaller(caller): ApiCaller,
    Json(wish): Json<FieldWish>,
) -> Result<(StatusCode, axum::Json<FieldShown>), AppError> {
    let kind = FieldKind::of(&wish.kind, wish.choices).ok_or(Denied::BadRequest(
        "A field is text, number, date or choice.",
    ))?;
    let field = caller.add_field(&wish.key, &wish.label, kind).await?;
    Ok((StatusCode::CREATED, axum::Json(field.into())))
}
