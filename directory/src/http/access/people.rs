//! GET `/api/v1/people`: the people that the caller may see.

use super::shown::PersonShown;
use crate::app::AppError;
use crate::http::body::Search;
use crate::http::page::{self, Page, Paging};
use crate::http::rights::ApiCaller;

/// The people that the caller may see, in order of address.
#[utoipa::path(get, path = "", params(Paging),
    responses((status = 200, body = Page<PersonShown>)))]
pub(in crate::http) async fn get(
    ApiCaller(caller): ApiCaller,
    Search(paging): Search<Paging>,
) -> Result<axum::Json<Page<PersonShown>>, AppError> {
    let after: Option<String> = page::place(paging.cursor.as_deref())?;
    let limit = page::limit(paging.limit);
    let people = caller.people().await?.into_iter();
    let rest = people
        .map(PersonShown::from)
        .filter(|person| after.as_ref().is_none_or(|after| person.email > *after));
    let rest = rest.take(limit as usize + 1).collect();
    let cut = Page::cut(rest, limit, |person: &PersonShown| person.email.clone());
    Ok(axum::Json(cut))
}
