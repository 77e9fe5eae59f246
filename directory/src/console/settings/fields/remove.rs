//! POST: forgets a custom field and its values on every device.

use axum::extract::Path;
use axum::response::Redirect;

use crate::console::page::{Failed, Person};

pub(crate) async fn post(person: Person, Path(key): Path<String>) -> Result<Redirect, Failed> {
    person.caller.remove_field(&key).await?;
    Ok(Redirect::to("/settings/fields"))
}
