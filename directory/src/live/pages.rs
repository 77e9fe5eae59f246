//! Where pages that are asked for by number begin: whoever took one page mostly wants the next one
//! at once, and should not pay for walking there from the first again.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use farpane_protocol::time::Timestamp;
use uuid::Uuid;

use super::lock;

/// How long a place is remembered: as long as somebody looks at a page before turning it.
const LIFE: Duration = Duration::from_secs(10 * 60);

/// Places that are remembered, about half a kilobyte each. Beyond it pages are walked to.
const MOST: usize = 1_000;

/// Longest search whose places are remembered, in bytes; the limit of memory rests on it.
const SEARCH_BYTES: usize = 300;

/// A page: whose, of which search, from which number on.
type Page = (Option<Uuid>, String, u32);

/// The places.
#[derive(Debug, Default)]
pub struct Pages(Mutex<HashMap<Page, (String, Timestamp)>>);

impl Pages {
    /// Remembers that the page of this person and search from `offset` on begins at a cursor.
    pub fn remember(
        &self,
        person: Option<Uuid>,
        search: &str,
        offset: u32,
        cursor: String,
        now: Timestamp,
    ) {
        if search.len() > SEARCH_BYTES {
            return;
        }
        let mut kept = lock(&self.0);
        if kept.len() >= MOST {
            kept.retain(|_, (_, until)| *until > now);
        }
        if kept.len() < MOST {
            let until = now.after(LIFE);
            kept.insert((person, search.to_owned(), offset), (cursor, until));
        }
    }

    /// Where that page begins, if it is remembered.
    pub fn recall(
        &self,
        person: Option<Uuid>,
        search: &str,
        offset: u32,
        now: Timestamp,
    ) -> Option<String> {
        let kept = lock(&self.0);
        let (cursor, until) = kept.get(&(person, search.to_owned(), offset))?;
        (*until > now).then(|| cursor.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_its_persons_own_and_ages() {
        let pages = Pages::default();
        let (one, now) = (Some(Uuid::from_u128(1)), Timestamp(1_000_000));
        pages.remember(one, "till", 100, "c".into(), now);
        assert_eq!(pages.recall(one, "till", 100, now).as_deref(), Some("c"));
        assert_eq!(pages.recall(None, "till", 100, now), None);
        assert_eq!(pages.recall(one, "till", 200, now), None);
        assert_eq!(pages.recall(one, "till", 100, now.after(LIFE)), None);
    }

    #[test]
    fn there_are_never_too_many() {
        let pages = Pages::default();
        let now = Timestamp(1_000_000);
        for offset in 0..2_000 {
            pages.remember(None, "till", offset, "c".into(), now);
        }
        assert_eq!(lock(&pages.0).len(), MOST);
        let later = now.after(LIFE);
        pages.remember(None, "till", 1, "d".into(), later);
        assert_eq!(pages.recall(None, "till", 1, later).as_deref(), Some("d"));
    }
}
