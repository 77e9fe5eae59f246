//! How something changed, where that is all a record has to say.

use serde::{Deserialize, Serialize};

/// How something changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It is new.
    Added,
    /// It has another name.
    Renamed,
    /// It stands elsewhere.
    Moved,
    /// It is gone.
    Removed,
}

impl Change {
    /// In words.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Renamed => "renamed",
            Self::Moved => "moved",
            Self::Removed => "removed",
        }
    }
}
