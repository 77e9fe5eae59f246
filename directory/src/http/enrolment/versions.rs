//! GET and PUT: the oldest versions that may take part.

use serde::{Deserialize, Serialize};

use crate::app::AppError;
use crate::http::body::Json;
use crate::http::rights::ApiCaller;
use crate::store::machines::MinimumVersions;

/// The oldest versions that may take part; absent: any.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct Versions {
    /// Of the host program, such as `1.4`.
    host: Option<String>,
    /// Of the viewer program.
    viewer: Option<String>,
}

impl From<MinimumVersions> for Versions {
    fn from(versions: MinimumVersions) -> Self {
        Self {
            host: versions.host,
            viewer: versions.viewer,
        }
    }
}

/// The oldest versions of host and viewer that may take part.
#[utoipa::path(get, path = "", responses((status = 200, body = Versions)))]
pub(in crate::http) async fn get(
    ApiCaller(caller): ApiCaller,
) -> Result<axum::Json<Versions>, AppError> {
    Ok(axum::Json(caller.minimum_versions().await?.into()))
}

/// Sets the oldest versions that may take part. Older ones are told so, and what to install.
#[utoipa::path(put, path = "", request_body = Versions,
    responses((status = 200, body = Versions)))]
pub(in crate::http) async fn put(
    ApiCaller(caller): ApiCaller,
    Json(wish): Json<Versions>,
) -> Result<axum::Json<Versions>, AppError> {
    let (host, viewer) = (wish.host.as_deref(), wish.viewer.as_deref());
    let set = caller.set_minimum_versions(host, viewer).await?;
    Ok(axum::Json(set.into()))
}
