//! POST `/api/v1/catalogue/searches`: saves a search under a name.

use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::searches::SearchShown;
use crate::app::AppError;
use crate::http::body::Json;
use crate::http::rights::ApiCaller;

/// A search to save.
#[derive(Deserialize, ToSchema)]
pub(in crate::http) struct SearchWish {
    /// Its name; one of the caller's of the same name is replaced.
    name: String,
    /// What it searches.
    query: String,
    /// Whether everybody may use it.
    #[serde(default)]
    shared: bool,
}

/// Saves a search.
#[utoipa::path(post, path = "", request_body = SearchWish,
    responses((status = 201, body = SearchShown)))]
pub(in crate::http) async fn post(
    ApiCaller(caller): ApiCaller,
    Json(wish): Json<SearchWish>,
) -> Result<(StatusCode, axum::Json<SearchShown>), AppError> {
    let saved = caller
        .save_search(&wish.name, &wish.query, wish.shared)
        .await?;
    Ok((StatusCode::CREATED, axum::Json(saved.into())))
}
