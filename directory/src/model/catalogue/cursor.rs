//! Where a list goes on: the sort key of a device, so that pages neither repeat nor skip while
//! devices come and go. To others it is one opaque word, checked when it comes back.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use super::Sort;

/// Longest word that is looked at, in bytes: two names and their frame.
const WORD_BYTES: usize = 2048;

/// One value that devices are sorted by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SortKey {
    /// A folded text.
    Text(String),
    /// A number.
    Number(i64),
}

/// A place between two devices of a sorted list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The values of the device next to it.
    pub key: Vec<SortKey>,
    /// Its number.
    pub num: i64,
    /// Whether the page before it is wanted, not the one after it.
    pub back: bool,
}

/// Binds a cursor to its search and order: with another it would be a place in another list.
fn binding(search: &str, sort: Sort) -> [u8; 8] {
    let mut hash = Sha256::new();
    hash.update(b"farpane-cursor/1");
    hash.update(sort.to_string());
    hash.update([0]);
    hash.update(search);
    let digest: [u8; 32] = hash.finalize().into();
    digest.first_chunk().copied().unwrap_or_default()
}

impl Cursor {
    /// As a word for an address.
    pub fn word(&self, search: &str, sort: Sort) -> String {
        let mut bytes = binding(search, sort).to_vec();
        bytes.push(u8::from(self.back));
        bytes.extend(self.num.to_be_bytes());
        for key in &self.key {
            match key {
                SortKey::Number(number) => {
                    bytes.push(0);
                    bytes.extend(number.to_be_bytes());
                }
                SortKey::Text(text) => {
                    bytes.push(1);
                    let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
                    bytes.extend(length.to_be_bytes());
                    bytes.extend(text.as_bytes().iter().take(usize::from(length)));
                }
            }
        }
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads the word back; `None` if it is none of this search and order.
    pub fn read(word: &str, search: &str, sort: Sort) -> Option<Self> {
        if word.len() > WORD_BYTES {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(word).ok()?;
        let (bound, rest) = bytes.split_first_chunk::<8>()?;
        if *bound != binding(search, sort) {
            return None;
        }
        let (back, rest) = rest.split_first()?;
        let (num, mut rest) = rest.split_first_chunk::<8>()?;
        let mut key = Vec::new();
        while let Some((kind, tail)) = rest.split_first() {
            if *kind == 0 {
                let (number, tail) = tail.split_first_chunk::<8>()?;
                key.push(SortKey::Number(i64::from_be_bytes(*number)));
                rest = tail;
            } else {
                let (length, tail) = tail.split_first_chunk::<2>()?;
                let text = tail.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
                key.push(SortKey::Text(String::from_utf8(text.0.to_vec()).ok()?));
                rest = text.1;
            }
        }
        Some(Self {
            key,
            num: i64::from_be_bytes(*num),
            back: *back == 1,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::catalogue::By;

    const SORT: Sort = Sort {
        by: By::Customer,
        down: true,
    };

    #[test]
    fn a_cursor_comes_back_and_belongs_to_its_list() {
        let cursor = Cursor {
            key: vec![SortKey::Text("øst".into()), SortKey::Number(-1)],
            num: 77,
            back: true,
        };
        let word = cursor.word("os:windows", SORT);
        assert_eq!(Cursor::read(&word, "os:windows", SORT), Some(cursor));
        assert_eq!(Cursor::read(&word, "os:debian", SORT), None);
        assert_eq!(Cursor::read(&word, "os:windows", Sort::default()), None);
        assert_eq!(Cursor::read("", "", SORT), None);
    }

    proptest! {
        #[test]
        fn a_made_up_word_never_panics(tail in proptest::collection::vec(any::<u8>(), 0..40)) {
            let mut bytes = binding("", SORT).to_vec();
            bytes.extend(tail);
            drop(Cursor::read(&URL_SAFE_NO_PAD.encode(bytes), "", SORT));
        }
    }
}
