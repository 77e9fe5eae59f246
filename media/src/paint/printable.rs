//! Makes text from other machines safe to show: nothing invisible, nothing that reorders what
//! stands beside it, and a bounded length.

use std::borrow::Cow;

/// Most characters of one text that are laid out and drawn; more than a line of an 8K screen
/// holds at the smallest size, so nobody's honest text is cut.
pub const MAX_TEXT_CHARS: usize = 1024;

/// Stands for a character that must not be drawn as it is.
const REPLACEMENT: char = '\u{fffd}';

/// The text with every control, bidirectional control and invisible formatting character
/// replaced by `U+FFFD` (line breaks too: [`super::wrap`] splits at them first), cut to
/// [`MAX_TEXT_CHARS`] with an ellipsis.
///
/// A name such as `"Anna\u{202e}nimda"` would otherwise show as another name in a window where a
/// person decides by it.
pub fn printable(text: &str) -> Cow<'_, str> {
    let end = text.char_indices().nth(MAX_TEXT_CHARS).map(|(at, _)| at);
    let shown = &text[..end.unwrap_or(text.len())];
    if end.is_none() && !shown.chars().any(is_deceptive) {
        return Cow::Borrowed(text);
    }
    let mut clean: String = shown
        .chars()
        .map(|char| {
            if is_deceptive(char) {
                REPLACEMENT
            } else {
                char
            }
        })
        .collect();
    if end.is_some() {
        clean.pop();
        clean.push('…');
    }
    Cow::Owned(clean)
}

/// Whether a character is invisible or changes how its neighbours are read. Unicode's general
/// categories Cc and Cf as far as they matter, line and paragraph separators, and the blank
/// "letters" that pass for nothing.
fn is_deceptive(char: char) -> bool {
    char.is_control()
        || matches!(
            char,
            '\u{ad}'
                | '\u{34f}'
                | '\u{600}'..='\u{605}'
                | '\u{61c}'
                | '\u{6dd}'
                | '\u{70f}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{2800}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn honest_text_is_borrowed_unchanged() {
        for text in ["", "Anna Berg", "Bjørn · Škoda – 日本語 ünïcödé 🙂"] {
            assert!(matches!(printable(text), Cow::Borrowed(same) if same == text));
        }
    }

    #[test]
    fn reordering_and_invisible_characters_become_visible() {
        assert_eq!(printable("a\u{202e}b"), "a\u{fffd}b");
        assert_eq!(printable("a\nb\0c\u{9b}"), "a\u{fffd}b\u{fffd}c\u{fffd}");
        assert_eq!(
            printable("\u{2066}\u{200b}\u{e0041}\u{ad}"),
            "\u{fffd}".repeat(4)
        );
    }

    #[test]
    fn long_text_is_cut_with_an_ellipsis() {
        let exact = "ü".repeat(MAX_TEXT_CHARS);
        assert_eq!(printable(&exact), exact);
        let cut = printable(&"ü".repeat(MAX_TEXT_CHARS + 1)).into_owned();
        assert_eq!(cut.chars().count(), MAX_TEXT_CHARS);
        assert!(cut.ends_with("ü…"));
    }
}
