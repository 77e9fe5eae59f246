//! GET: the devices of a search as a table in a file.

use axum::response::Response;

use super::address::Asked;
use crate::console::page::{Failed, Person};
use crate::http::catalogue::export::download;

pub(crate) async fn get(person: Person, asked: Asked) -> Result<Response, Failed> {
    let export = person.caller.export(&asked.search, asked.sort).await?;
    Ok(download(export))
}
