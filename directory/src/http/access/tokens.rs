//! GET and POST `/api/v1/tokens`: API tokens.

use std::time::Duration;

use axum::http::StatusCode;
use farpane_protocol::ids::UserId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::shown::TokenShown;
use crate::app::AppError;
use crate::app::access::tokens::TokenWish;
use crate::http::api::me::PlaceShown;
use crate::http::body::{Json, Search};
use crate::http::page::Page;
use crate::http::rights::ApiCaller;
use crate::model::api_token::LIFE_USUAL;

/// The query.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::http) struct Query {
    /// Whose: the caller's if nobody is named.
    person: Option<UserId>,
}

/// A token that the caller wants.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct TokenAsked {
    /// What it is for.
    name: String,
    /// The most that it may do: names of actions, and `reach`.
    scopes: Vec<String>,
    /// Where; the whole organisation if nothing is said.
    #[serde(default)]
    place: Option<PlaceShown>,
    /// For how many seconds it works: 90 days if nothing is said, at most a year.
    #[serde(default)]
    seconds: Option<u32>,
}

/// A token that was just made.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct TokenMade {
    /// Its secret: shown now and never again.
    secret: String,
    /// The token.
    token: TokenShown,
}

/// The caller's tokens, or those of a person that the caller manages.
#[utoipa::path(get, path = "", params(Query),
    responses((status = 200, body = Page<TokenShown>)))]
pub(in crate::http) async fn get(
    ApiCaller(caller): ApiCaller,
    Search(query): Search<Query>,
) -> Result<axum::Json<Page<TokenShown>>, AppError> {
    let person = query.person.map(|person| person.to_string());
    let tokens = caller.tokens(person.as_deref()).await?;
    Ok(axum::Json(Page {
        items: tokens.into_iter().map(Into::into).collect(),
        next: None,
    }))
}

/// Makes a token of the caller's own. It takes a person in the console: a token makes no token.
#[utoipa::path(post, path = "", request_body = TokenAsked,
    responses((status = 201, body = TokenMade)))]
pub(in crate::http) async fn post(
    ApiCaller(caller): ApiCaller,
    Json(asked): Json<TokenAsked>,
) -> Result<(StatusCode, axum::Json<TokenMade>), AppError> {
    let life = asked
        .seconds
        .map(|seconds| Duration::from_secs(seconds.into()));
    let wish = TokenWish {
        name: asked.name,
        scopes: asked.scopes,
        place: asked.place.unwrap_or(PlaceShown::Organisation).into(),
        life: life.unwrap_or(LIFE_USUAL),
    };
    let (secret, token) = caller.make_token(None, &wish).await?;
    let made = TokenMade {
        secret,
        token: token.into(),
    };
    Ok((StatusCode::CREATED, axum::Json(made)))
}
