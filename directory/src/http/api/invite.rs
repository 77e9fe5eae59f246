//! POST `/api/v1/users/invitations`: an account for a new person, and how links are shown.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use farpane_protocol::ids::UserId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::passwords::LINK_LIFE;
use crate::app::{App, AppError};
use crate::http::body::Json;
use crate::http::rights::ApiCaller;
use crate::model::Account;
use crate::secret::Secret;

/// Who is invited.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub(in crate::http) struct Invitation {
    /// What the person will sign in with.
    email: String,
    /// The person's name; they can change it when they come in.
    #[serde(default)]
    name: String,
}

/// A link with which a person sets a password. It is shown here only.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(in crate::http) struct LinkShown {
    /// Whose.
    user: UserId,
    /// Hand it over by a way that only that person reads.
    link: String,
    /// How long it works, in seconds; once.
    seconds: u64,
}

impl LinkShown {
    pub(super) fn of(app: &App, account: &Account, secret: &Secret) -> Self {
        Self {
            user: account.id,
            link: format!("{}/link/{}", app.identity.url, secret.expose()),
            seconds: LINK_LIFE.as_secs(),
        }
    }
}

/// Makes an account for a new person, who may do nothing until given a role, and the link with which
/// they come in.
#[utoipa::path(post, path = "", request_body = Invitation,
    responses((status = 201, body = LinkShown)))]
pub(in crate::http) async fn post(
    State(app): State<Arc<App>>,
    ApiCaller(caller): ApiCaller,
    Json(wish): Json<Invitation>,
) -> Result<(StatusCode, axum::Json<LinkShown>), AppError> {
    let (account, secret) = caller.invite(&wish.email, &wish.name).await?;
    let shown = LinkShown::of(&app, &account, &secret);
    Ok((StatusCode::CREATED, axum::Json(shown)))
}
