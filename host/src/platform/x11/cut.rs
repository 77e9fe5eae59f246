//! Cuts text that is too wide where it hurts least: at the end that matters less.

use farpane_media::paint::{Face, measure, printable};

/// Stands for what was left out.
const ELLIPSIS: char = '…';

/// The end of a text, as much of it as fits. For domains: who owns one stands at its end, and
/// `bank.example.evil.example` must not be shown as `bank.example…`.
pub(super) fn keep_end(face: Face, px: f32, text: &str, room: f32) -> String {
    widest(text, |kept| kept, face, px, room)
}

/// The beginning and the end of a text, the middle left out: a sentence that starts with a long
/// name still says what is happening.
pub(super) fn keep_both_ends(face: Face, px: f32, text: &str, room: f32) -> String {
    widest(text, |kept| kept - kept / 2, face, px, room)
}

/// Tries ever shorter versions of a text until one fits: of `kept` characters, `tail(kept)` come
/// from the end and the rest from the beginning.
fn widest(text: &str, tail: impl Fn(usize) -> usize, face: Face, px: f32, room: f32) -> String {
    let text = printable(text);
    if measure(face, px, &text) <= room {
        return text.into_owned();
    }
    let chars: Vec<char> = text.chars().collect();
    let cut = |kept: usize| -> String {
        let end = tail(kept);
        let (head, tail) = (&chars[..kept - end], &chars[chars.len() - end..]);
        let head: String = head.iter().collect();
        let tail: String = tail.iter().collect();
        format!("{}{ELLIPSIS}{}", head.trim_end(), tail.trim_start())
    };
    // Wider with every character kept, near enough: kerning moves by less than one character.
    let (mut fits, mut too_wide) = (0, chars.len());
    while too_wide - fits > 1 {
        let middle = usize::midpoint(fits, too_wide);
        if measure(face, px, &cut(middle)) <= room {
            fits = middle;
        } else {
            too_wide = middle;
        }
    }
    cut(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domain_keeps_its_owner() {
        let domain = "www.bank.example.login.evil.example";
        let cut = keep_end(Face::Regular, 14.0, domain, 120.0);
        assert!(
            cut.starts_with(ELLIPSIS) && cut.ends_with(".evil.example"),
            "{cut}"
        );
        assert!(measure(Face::Regular, 14.0, &cut) <= 120.0);
        assert_eq!(
            keep_end(Face::Regular, 14.0, "acme.example", 300.0),
            "acme.example"
        );
    }

    #[test]
    fn sentence_keeps_what_happens() {
        let text = format!(
            "{} sees and controls this screen since 15:02",
            "W".repeat(200)
        );
        let cut = keep_both_ends(Face::Regular, 14.0, &text, 800.0);
        assert!(
            cut.starts_with("WWW") && cut.ends_with("sees and controls this screen since 15:02")
        );
        assert!(measure(Face::Regular, 14.0, &cut) <= 800.0);
    }

    #[test]
    fn no_room_leaves_only_the_mark() {
        for room in [0.0, -1.0, f32::NAN] {
            assert_eq!(keep_both_ends(Face::Bold, 14.0, "abc", room), "…");
        }
        assert_eq!(keep_end(Face::Bold, 14.0, "", 0.0), "");
    }
}
