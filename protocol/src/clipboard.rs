//! Text on its way from one clipboard to another: what may be in it and how long it may be.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::limits::CLIPBOARD_TEXT_BYTES;
use crate::wire::WireError;

/// Text that may travel: not empty, within its limit, and free of control characters other than
/// tab and line ends, so that no terminal into which it is pasted obeys it.
#[derive(Clone, PartialEq, Eq)]
pub struct ClipText(Arc<str>);

/// Why what a clipboard holds does not travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    /// It holds no character that may travel.
    #[error("there is no text on the clipboard")]
    Empty,
    /// It is longer than [`CLIPBOARD_TEXT_BYTES`]; nothing is cut off silently.
    #[error("the text on the clipboard is too long")]
    TooLong {
        /// Its length in bytes as far as it is known.
        bytes: u64,
    },
}

/// Whether a character is text: everything but the control characters of terminals.
fn is_text(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r') || !character.is_control()
}

impl ClipText {
    /// What a program on this machine put on the clipboard. Control characters are left out.
    pub fn of(text: &str) -> Result<Self, NotSent> {
        if text.len() > CLIPBOARD_TEXT_BYTES {
            let bytes = text.len() as u64;
            return Err(NotSent::TooLong { bytes });
        }
        let clean: String = text.chars().filter(|c| is_text(*c)).collect();
        if clean.is_empty() {
            return Err(NotSent::Empty);
        }
        Ok(Self(clean.into()))
    }

    /// What another machine sent. It should have cleaned the text itself, so one that did not is
    /// refused as a whole.
    pub fn received(bytes: Vec<u8>) -> Result<Self, WireError> {
        if bytes.len() > CLIPBOARD_TEXT_BYTES {
            return Err(WireError::TooLong);
        }
        let text = String::from_utf8(bytes).map_err(|_| WireError::Malformed)?;
        if text.is_empty() || !text.chars().all(is_text) {
            return Err(WireError::Malformed);
        }
        Ok(Self(text.into()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Says only how long it is: what people copy belongs into no log.
impl fmt::Debug for ClipText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClipText({} bytes)", self.0.len())
    }
}

impl Serialize for ClipText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ClipText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::received(text.into()).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn umlauts_emoji_and_line_ends_travel_and_orders_to_a_terminal_do_not() {
        let text = "Grüße 👩‍🔧\r\n\tżółć\n";
        assert_eq!(ClipText::of(text).expect("text").as_str(), text);
        assert!(ClipText::received(text.into()).is_ok());
        for order in ["\u{1b}[2J", "a\0b", "\u{9b}31m", "\u{7f}", "\u{8}"] {
            assert_eq!(
                ClipText::received(order.into()),
                Err(WireError::Malformed),
                "{order:?}"
            );
            let left = ClipText::of(order);
            assert!(!left.is_ok_and(|text| text.as_str().chars().any(char::is_control)));
        }
        assert_eq!(ClipText::of("\0"), Err(NotSent::Empty));
        assert_eq!(
            ClipText::received(vec![b'a', 0xff]),
            Err(WireError::Malformed)
        );
        assert!(!format!("{:?}", ClipText::of("hunter2")).contains("hunter"));
    }

    #[test]
    fn the_longest_text_is_sent_whole_and_a_longer_one_not_at_all() {
        let longest = "a".repeat(CLIPBOARD_TEXT_BYTES);
        assert_eq!(ClipText::of(&longest).expect("fits").as_str(), longest);
        let longer = longest + "b";
        let bytes = longer.len() as u64;
        assert_eq!(ClipText::of(&longer), Err(NotSent::TooLong { bytes }));
        assert_eq!(ClipText::received(longer.into()), Err(WireError::TooLong));
    }
}
