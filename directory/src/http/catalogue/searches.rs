//! GET `/api/v1/catalogue/searches`: the caller's saved searches and the shared ones.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::AppError;
use crate::http::page::Page;
use crate::http::rights::ApiCaller;
use crate::model::catalogue::SavedSearch;

/// A saved search: a group that fills itself, `group:NAME` in other searches.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct SearchShown {
    /// Its id.
    id: Uuid,
    /// Its name.
    name: String,
    /// What it searches.
    query: String,
    /// Whether everybody may use it.
    shared: bool,
}

impl From<SavedSearch> for SearchShown {
    fn from(saved: SavedSearch) -> Self {
        Self {
            id: saved.id,
            name: saved.name,
            query: saved.query,
            shared: saved.shared,
        }
    }
}

/// Saved searches that the caller may use, in order of name.
#[utoipa::path(get, path = "", responses((status = 200, body = Page<SearchShown>)))]
pub(in crate::http) async fn get(
    ApiCaller(caller): ApiCaller,
) -> Result<axum::Json<Page<SearchShown>>, AppError> {
    let saved = caller.saved_searches().await?.into_iter();
    Ok(axum::Json(Page {
        items: saved.map(Into::into).collect(),
        next: None,
    }))
}
