//! Versions of programs as numbers that sort: `1.10.2` after `1.9`, whatever stands behind them.

use std::fmt;

/// Parts of a version that count.
const PARTS: usize = 4;

/// The numeric beginning of a version, up to four parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct VersionKey {
    parts: [u16; PARTS],
    given: usize,
}

impl VersionKey {
    /// Reads a version as a program says it: `0.4.1-rc2 (abc)` is 0.4.1. What does not begin with
    /// a number is `None`.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim().trim_start_matches(['v', 'V']);
        let end = text
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(text.len());
        let mut parts = [0; PARTS];
        let mut given = 0;
        for part in text[..end].split('.').take(PARTS) {
            if part.is_empty() {
                break;
            }
            // A part that is too large sorts last instead of wrapping.
            parts[given] = part.parse().unwrap_or(u16::MAX);
            given += 1;
        }
        (given > 0).then_some(Self { parts, given })
    }

    /// Its place in the order of all versions; 0 is left for "not a version". Fifteen bits a
    /// part, so that it stays positive as a signed number.
    pub fn number(self) -> i64 {
        self.parts
            .iter()
            .fold(0, |sum, part| (sum << 15) | i64::from((*part).min(0x7fff)))
    }

    /// The first place after every version that begins like this one.
    pub fn after(self) -> i64 {
        let behind = PARTS - self.given;
        self.number() + (1 << (15 * behind))
    }
}

/// The place of whatever a program says its version is.
pub fn number(text: &str) -> i64 {
    VersionKey::read(text).map_or(0, VersionKey::number)
}

impl fmt::Display for VersionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, part) in self.parts[..self.given].iter().enumerate() {
            let dot = if n == 0 { "" } else { "." };
            write!(f, "{dot}{part}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_sort_by_their_numbers() {
        let sorted = ["0.9", "0.10", "0.10.1-rc1", "1", "1.0.0.9", "2.99999"];
        let numbers: Vec<_> = sorted.iter().map(|text| number(text)).collect();
        assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
        assert_eq!(number("nightly"), 0);
        assert_eq!(number(""), 0);
        assert_eq!(number("v1.2.3+abc"), number("1.2.3"));
        assert!(number("99999.99999.99999.99999.5") > 0);
    }

    #[test]
    fn what_begins_alike_lies_before_what_comes_after() {
        let key = VersionKey::read("1.2").expect("a version");
        assert!(number("1.2.99") < key.after());
        assert_eq!(number("1.3"), key.after());
        assert_eq!(key.to_string(), "1.2");
    }
}
