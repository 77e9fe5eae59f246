//! The languages that the console speaks, which of them a browser asks for, and how each writes
//! numbers.

use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::{LanguageIdentifier, langid};

/// A language of the console.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English, also for whoever asks for something else.
    #[default]
    English,
    /// German.
    German,
}

/// Languages in a header that are looked at: more than anybody sets, fewer than cost anything.
const ASKED_MOST: usize = 16;

impl Language {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::English, Self::German];

    /// Its tag (BCP 47).
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// What its speakers call it.
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
        }
    }

    /// The language of that tag, if it is one of ours.
    pub fn of_tag(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.tag() == tag)
    }

    pub(super) fn identifier(self) -> &'static LanguageIdentifier {
        static ENGLISH: LanguageIdentifier = langid!("en");
        static GERMAN: LanguageIdentifier = langid!("de");
        match self {
            Self::English => &ENGLISH,
            Self::German => &GERMAN,
        }
    }

    pub(super) const fn separator(self) -> char {
        match self {
            Self::English => ',',
            Self::German => '.',
        }
    }

    /// The best of ours for an `Accept-Language` header (RFC 9110, section 12.5.4).
    pub fn wanted(header: &str) -> Self {
        let mut best = (0, Self::default());
        for range in header.split(',').take(ASKED_MOST) {
            let (tag, weight) = range.split_once(';').unwrap_or((range, ""));
            let primary = tag.trim().split('-').next().unwrap_or_default();
            let known = Self::ALL
                .into_iter()
                .find(|language| language.tag().eq_ignore_ascii_case(primary));
            if let Some(language) = known
                && weight_of(weight) > best.0
            {
                best = (weight_of(weight), language);
            }
        }
        best.1
    }
}

/// A weight in thousandths; what cannot be read counts as not wanted.
fn weight_of(text: &str) -> u32 {
    let text = text.trim();
    if text.is_empty() {
        return 1000;
    }
    let number = text.strip_prefix("q=").unwrap_or_default();
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str| text.parse::<u32>().ok().filter(|_| text.len() <= 3);
    let scale = [0, 100, 10, 1].get(fraction.len()).copied().unwrap_or(0);
    match (digits(whole), digits(fraction)) {
        (Some(whole), Some(fraction)) => (whole * 1000 + fraction * scale).min(1000),
        _ => 0,
    }
}

/// A number with its thousands set apart.
pub(super) fn grouped(number: u64, separator: char) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            out.push(separator);
        }
        out.push(digit);
    }
    out
}

fn formatted(value: &FluentValue<'_>, language: Language) -> Option<String> {
    let FluentValue::Number(number) = value else {
        return None;
    };
    let whole = number.as_string().parse::<u64>().ok()?;
    Some(grouped(whole, language.separator()))
}

/// How values are written in English.
pub(super) fn english<M>(value: &FluentValue<'_>, _: &M) -> Option<String> {
    formatted(value, Language::English)
}

/// How values are written in German.
pub(super) fn german<M>(value: &FluentValue<'_>, _: &M) -> Option<String> {
    formatted(value, Language::German)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_gets_the_language_that_it_likes_best_of_ours() {
        for (header, language) in [
            ("", Language::English),
            ("de", Language::German),
            ("de-AT,de;q=0.9,en;q=0.8", Language::German),
            ("en;q=0.5, de;q=0.7", Language::German),
            ("nb-NO, en;q=0.1", Language::English),
            ("de;q=0, en;q=0.1", Language::English),
            ("de;q=99999999999", Language::English),
            ("*", Language::English),
            ("\u{fffd};;q=,de;q=x", Language::English),
        ] {
            assert_eq!(Language::wanted(header), language, "{header}");
        }
    }

    #[test]
    fn numbers_are_grouped_as_each_language_does() {
        assert_eq!(grouped(7, ','), "7");
        assert_eq!(grouped(12_408, ','), "12,408");
        assert_eq!(grouped(1_000_000, '.'), "1.000.000");
    }
}
