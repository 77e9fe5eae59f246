//! GET and PATCH `/api/v1/organisation`: what the caller's organisation is called.

use farpane_protocol::ids::OrgId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::AppError;
use crate::http::body::Json;
use crate::http::rights::ApiCaller;

/// The organisation.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct OrganisationShown {
    /// Its id.
    id: OrgId,
    /// Its name.
    name: String,
}

/// What should change.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct OrganisationWish {
    /// The new name, unique in this directory.
    name: String,
}

/// The caller's organisation.
#[utoipa::path(get, path = "", responses((status = 200, body = OrganisationShown)))]
pub(in crate::http) async fn get(ApiCaller(caller): ApiCaller) -> axum::Json<OrganisationShown> {
    axum::Json(OrganisationShown {
        id: caller.core.org.id,
        name: caller.core.org.name,
    })
}

/// Gives the organisation another name.
#[utoipa::path(patch, path = "", request_body = OrganisationWish,
    responses((status = 200, body = OrganisationShown)))]
pub(in crate::http) async fn patch(
    ApiCaller(caller): ApiCaller,
    Json(wish): Json<OrganisationWish>,
) -> Result<axum::Json<OrganisationShown>, AppError> {
    let name = caller.rename_organisation(&wish.name).await?;
    Ok(axum::Json(OrganisationShown {
        id: caller.core.org.id,
        name,
    }))
}
