//! How lists are cut into pages, everywhere in `/api/v1`: `{"items": […], "next": "…"}`. A cursor
//! says where the next page begins; it is opaque to the caller and grants nothing, because every
//! page is looked up with the caller's own rights.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::app::Denied;

/// Items on a page when the caller does not say.
pub const USUAL: u32 = 50;

/// Most items on a page: what fits into an answer that is still quick to read.
pub const MOST: u32 = 200;

/// Longest cursor that is looked at, in bytes: ours are far shorter.
const CURSOR_BYTES: usize = 1024;

/// One page of a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// The items, in the order of the list.
    pub items: Vec<T>,
    /// Where the next page begins: send it back as `cursor`. Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// A page of what was read with `limit + 1`: the one too many says that there is more, and
    /// `place` says where an item stands.
    pub fn cut<K: Serialize>(mut items: Vec<T>, limit: u32, place: impl Fn(&T) -> K) -> Self {
        let limit = limit as usize;
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items
            .last()
            .filter(|_| more)
            .map(|last| cursor(&place(last)));
        Self { items, next }
    }

    /// The same page, each item shown otherwise.
    pub fn map<U>(self, show: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(show).collect(),
            next: self.next,
        }
    }
}

/// How many items the caller gets.
pub fn limit(wanted: Option<u32>) -> u32 {
    wanted.unwrap_or(USUAL)
}

/// Reads how many items are wanted: at least one and no more than there may be, as the description
/// says.
///
/// # Errors
/// If it is another number, or none.
pub fn wanted<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u32>, D::Error> {
    let wanted = Option::<u32>::deserialize(from)?;
    if wanted.is_none_or(|wanted| (1..=MOST).contains(&wanted)) {
        Ok(wanted)
    } else {
        Err(D::Error::custom("a page has 1 to 200 items"))
    }
}

/// A place in a list as text.
pub fn cursor(place: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(place).expect("places serialise to JSON"))
}

/// The place that a cursor names; `None` stands for the beginning.
pub fn place<K: DeserializeOwned>(cursor: Option<&str>) -> Result<Option<K>, Denied> {
    let Some(cursor) = cursor else {
        return Ok(None);
    };
    let read = (cursor.len() <= CURSOR_BYTES)
        .then(|| URL_SAFE_NO_PAD.decode(cursor).ok())
        .flatten();
    let read = read.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    read.map(Some).ok_or(Denied::BadRequest(
        "This cursor is none of this list. Begin again without one.",
    ))
}

/// The query of a list that is only cut into pages.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// Where to begin: `next` of the page before.
    pub cursor: Option<String>,
    /// How many items, at most 200.
    #[param(minimum = 1, maximum = 200)]
    #[serde(default, deserialize_with = "wanted")]
    pub limit: Option<u32>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_joined_are_the_whole_list() {
        let all: Vec<u32> = (1..=7).collect();
        let (mut seen, mut from) = (Vec::new(), None);
        loop {
            let after: u32 = place(from.as_deref()).expect("our own cursor").unwrap_or(0);
            let read = all.iter().copied().filter(|n| *n > after).take(4).collect();
            let page = Page::cut(read, 3, |n| *n);
            seen.extend(page.items);
            match page.next {
                Some(next) => from = Some(next),
                None => break,
            }
        }
        assert_eq!(seen, all);
    }

    #[test]
    fn cursors_that_are_none_of_ours_are_refused() {
        for text in ["", "!", "AAAA", &cursor(&"text"), &"A".repeat(2000)] {
            assert!(place::<u32>(Some(text)).is_err(), "{text}");
        }
        assert_eq!(place::<u32>(None), Ok(None));
    }
}
