//! GET `/api/v1/catalogue/fields`: every custom field.

use serde::Serialize;
use utoipa::ToSchema;

use crate::app::AppError;
use crate::http::page::Page;
use crate::http::rights::ApiCaller;
use crate::model::field::{Field, FieldKind};

/// A custom field.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct FieldShown {
    /// What it is called in searches and columns: `field.KEY`.
    key: String,
    /// What it is called on pages.
    label: String,
    /// `text`, `number`, `date` or `choice`.
    kind: &'static str,
    /// What there is to choose from.
    choices: Vec<String>,
}

impl From<Field> for FieldShown {
    fn from(field: Field) -> Self {
        Self {
            key: field.key,
            label: field.label,
            kind: field.kind.word(),
            choices: match field.kind {
                FieldKind::Choice(choices) => choices,
                FieldKind::Text | FieldKind::Number | FieldKind::Date => Vec::new(),
            },
        }
    }
}

/// Every custom field, in order of label.
#[utoipa::path(get, path = "", responses((status = 200, body = Page<FieldShown>)))]
pub(in crate::http) async fn get(
    ApiCaller(caller): ApiCaller,
) -> Result<axum::Json<Page<FieldShown>>, AppError> {
    let fields = caller.fields().await?.into_iter();
    Ok(axum::Json(Page {
        items: fields.map(Into::into).collect(),
        next: None,
    }))
}
