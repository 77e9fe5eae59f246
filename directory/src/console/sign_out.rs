//! POST: a person signs out of the console.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Redirect;
use axum_extra::extract::cookie::CookieJar;

use super::page::{COOKIE, Failed, Person, gone};
use crate::app::App;

pub(crate) async fn post(
    State(app): State<Arc<App>>,
    person: Person,
    jar: CookieJar,
) -> Result<(CookieJar, Redirect), Failed> {
    app.web_sign_out(&person.web).await?;
    Ok((jar.remove(gone(COOKIE)), Redirect::to("/sign-in")))
}
