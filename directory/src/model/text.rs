//! Text from other machines and from people, made harmless where it enters: control and direction
//! characters are taken out, white space is folded, length is cut.

use std::fmt;

use farpane_protocol::api::inventory::FACT_BYTES;
use farpane_protocol::limits::{NAME_BYTES, REASON_BYTES};

/// Longest e-mail address, in bytes (RFC 5321, section 4.5.3.1.3).
const EMAIL_BYTES: usize = 254;

/// Longest version text, in bytes: a version and a commit.
const VERSION_BYTES: usize = 64;

/// Whether a character could hide, reorder or break the text around it.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            // Marks, embeddings, overrides and isolates of direction (Unicode Standard Annex 9).
            '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            // Invisible: two names that differ only by these would look the same.
            | '\u{00ad}' | '\u{034f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}'
            | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
            // Line and paragraph separators.
            | '\u{2028}' | '\u{2029}'
        )
}

/// Takes out what could hide or reorder text, folds white space, cuts at `limit` bytes.
fn clean(text: &str, limit: usize) -> String {
    let mut out = String::with_capacity(text.len().min(limit));
    // A space is owed between words, never at an end.
    let mut gap = false;
    for c in text.chars() {
        // White space first: a tab is a control character and still parts two words.
        if c.is_whitespace() {
            gap = !out.is_empty();
            continue;
        }
        if is_unsafe(c) {
            continue;
        }
        let needed = c.len_utf8() + usize::from(gap);
        if out.len() + needed > limit {
            break;
        }
        if gap {
            out.push(' ');
            gap = false;
        }
        out.push(c);
    }
    out
}

/// A name of a device, person, customer, relay or system; may come out empty.
pub fn name(text: &str) -> String {
    clean(text, NAME_BYTES)
}

/// A name, or `otherwise` if nothing is left of it.
pub fn name_or(text: &str, otherwise: &str) -> String {
    let name = name(text);
    if name.is_empty() {
        otherwise.to_owned()
    } else {
        name
    }
}

/// Why somebody asks, in their words.
pub fn reason(text: &str) -> String {
    clean(text, REASON_BYTES)
}

/// A version of a program, as it says.
pub fn version(text: &str) -> String {
    clean(text, VERSION_BYTES)
}

/// A fact about a machine, as its host says.
pub fn fact(text: &str) -> String {
    clean(text, FACT_BYTES)
}

/// How texts are compared and sorted: without regard to case.
pub fn fold(text: &str) -> String {
    text.to_lowercase()
}

/// An e-mail address that an account signs in with, in lower case.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Email(String);

/// Why some text is not an e-mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not an e-mail address: expected something like anna@example.org")]
pub struct BadEmail;

impl Email {
    /// Takes an address as people type it. Only plain ASCII: what looks the same is the same.
    pub fn parse(text: &str) -> Result<Self, BadEmail> {
        let text = text.trim();
        let (local, domain) = text.rsplit_once('@').ok_or(BadEmail)?;
        let plain = |c: char| c.is_ascii_graphic() && !r#"<>()[]\,;:""#.contains(c);
        let fits = text.len() <= EMAIL_BYTES && !local.is_empty() && !local.contains('@');
        let labels = domain
            .split('.')
            .all(|label| !label.is_empty() && !label.starts_with('-'));
        if fits && labels && text.chars().all(plain) {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(BadEmail)
        }
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_hide_or_reorder_is_taken_out() {
        assert_eq!(name("  a\t\tb\r\nc "), "a b c");
        assert_eq!(name("exe\u{202e}gpj\u{200b}.\u{feff}x\u{7}"), "exegpj.x");
        assert_eq!(name("\u{1b}[31mred\u{1b}[0m"), "[31mred[0m");
        assert_eq!(name("<b>&amp;"), "<b>&amp;");
        assert_eq!(name("привет 日本"), "привет 日本");
        assert_eq!(name_or("\u{2066}\u{2069} ", "unnamed"), "unnamed");
    }

    #[test]
    fn names_are_cut_between_characters() {
        let long = "é".repeat(1000);
        let cut = name(&long);
        assert_eq!(cut.len(), NAME_BYTES);
        assert!(long.starts_with(&cut));
        assert!(reason(&"x ".repeat(5000)).len() <= REASON_BYTES);
        assert!(!reason(&"x ".repeat(5000)).ends_with(' '));
    }

    #[test]
    fn addresses_fold_and_lookalikes_are_refused() {
        let anna = Email::parse(" Anna@Example.ORG ").expect("an address");
        assert_eq!(anna.as_str(), "anna@example.org");
        for bad in [
            "",
            "anna",
            "@x",
            "a@",
            "a b@x",
            "a@b@c",
            "ann\u{0430}@x.org",
            "a@x..y",
            "a\0@x",
        ] {
            assert_eq!(Email::parse(bad), Err(BadEmail), "{bad:?}");
        }
    }
}
