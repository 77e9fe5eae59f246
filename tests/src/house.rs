//! The house rules: what every file and crate of the workspace keeps to. Each rule is a pure
//! function from files, or from the graph of crates, to what violates it; `tests/house_rules.rs`
//! runs them on the real tree.

pub mod boundaries;
pub mod edges;
pub mod escapes;
pub mod floors;
pub mod layout;
pub mod purity;
pub mod source;
pub mod unsafety;
pub mod wording;

use std::fmt;

/// A rule broken at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The file, relative to the repository, or the name of a crate.
    pub place: String,
    /// The line, from 1; absent where the whole file or crate is meant.
    pub line: Option<usize>,
    /// What is wrong and what would be right, as a phrase.
    pub what: String,
}

impl Violation {
    /// At one line of a file.
    pub fn at(place: &str, line: usize, what: impl Into<String>) -> Self {
        Self {
            place: place.to_owned(),
            line: Some(line),
            what: what.into(),
        }
    }

    /// Of a whole file or crate.
    pub fn of(place: &str, what: impl Into<String>) -> Self {
        Self {
            place: place.to_owned(),
            line: None,
            what: what.into(),
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.place, self.what),
            None => write!(f, "{}: {}", self.place, self.what),
        }
    }
}
