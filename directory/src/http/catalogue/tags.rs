//! GET `/api/v1/catalogue/tags`: every tag.

use serde::Serialize;
use utoipa::ToSchema;

use crate::app::AppError;
use crate::http::page::Page;
use crate::http::rights::ApiCaller;

/// A tag.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct TagShown {
    /// Its name.
    name: String,
    /// How many devices of the organisation have it; told to those who may see all of them.
    devices: Option<u64>,
}

/// Every tag, in order of name.
#[utoipa::path(get, path = "", responses((status = 200, body = Page<TagShown>)))]
pub(in crate::http) async fn get(
    ApiCaller(caller): ApiCaller,
) -> Result<axum::Json<Page<TagShown>>, AppError> {
    let tags = caller.tags().await?.into_iter();
    Ok(axum::Json(Page {
        items: tags
            .map(|(name, devices)| TagShown { name, devices })
            .collect(),
        next: None,
    }))
}
