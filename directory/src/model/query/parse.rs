//! Reads a search as people type it: words, `key:value`, quotes, and `-` for what must not be.
//! Nothing that is typed makes it panic; what it does not understand it names, with its place.

use super::{
    Age, Heard, Is, Order, Part, QUERY_BYTES, QUERY_TERMS, Query, Span, Standing, Term, Unit,
};
use crate::model::fact::{FactCondition, FactKey};
use crate::model::said::Said;
use crate::model::text;
use crate::model::version::VersionKey;

/// What a search is not understood for, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the search is not understood at character {at}")]
pub struct QueryError {
    /// Which character begins it, counted from 1.
    pub at: usize,
    /// What it is.
    pub why: Why,
}

/// What is not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// There is nothing of that name to search in.
    UnknownKey(String),
    /// Nothing stands behind the colon.
    NoValue(String),
    /// The value is none that this key takes.
    BadValue {
        /// The key.
        key: String,
        /// What it takes, with an example.
        expected: &'static str,
    },
    /// A quotation mark is not closed.
    OpenQuote,
    /// It is too long, or has too many terms.
    TooLong,
}

impl QueryError {
    /// What is wrong and what to type instead.
    pub fn sentence(&self) -> Said {
        let said = match &self.why {
            Why::UnknownKey(key) => {
                let facts = FactKey::ALL.iter().map(|key| key.word());
                let facts: Vec<_> = facts.collect();
                Said::new(
                    "There is nothing called \"{key}\" to search in (character {at}). Use name, \
                     customer, site, group, os, tag, person, ip, serial, online, heard, added, \
                     version, approval, unattended, field.KEY or what hosts report ({facts}); or \
                     put the word in quotes.",
                )
                .text("key", key)
                .text("facts", facts.join(", "))
            }
            Why::NoValue(key) => Said::new(
                "Nothing stands behind \"{key}:\" (character {at}). Write a value without a space \
                 before it, such as {example}.",
            )
            .text("key", key)
            .text("example", format!("{key}:{}", example(key))),
            Why::BadValue { key, expected } => {
                Said::new("\"{key}:\" needs {expected} (character {at}).")
                    .text("key", key)
                    .said("expected", *expected)
            }
            Why::OpenQuote => {
                "The quotation mark at character {at} is not closed. Add one at the end.".into()
            }
            Why::TooLong => Said::new(
                "The search is too long: at most {bytes} bytes and {terms} terms. Save part of it \
                 as a group and search in that.",
            )
            .number("bytes", QUERY_BYTES)
            .number("terms", QUERY_TERMS),
        };
        said.number("at", self.at)
    }
}

fn example(key: &str) -> &'static str {
    match key {
        "online" | "unattended" => "yes",
        "heard" | "added" => ">7d",
        "version" => "<1.2",
        "approval" => "pending",
        "os" => "windows",
        "ip" => "10.1.",
        _ => "\"two words\"",
    }
}

impl Query {
    /// Reads a search.
    pub fn parse(typed: &str) -> Result<Self, QueryError> {
        let too_long = |at| QueryError {
            at,
            why: Why::TooLong,
        };
        if typed.len() > QUERY_BYTES {
            return Err(too_long(1));
        }
        let mut reader = Reader::new(typed);
        let mut terms = Vec::new();
        while let Some(term) = reader.term()? {
            if terms.len() == QUERY_TERMS {
                return Err(too_long(reader.at + 1));
            }
            // A word of nothing but what is taken out asks for nothing.
            if !matches!(&term.is, Is::Word(word) if word.is_empty()) {
                terms.push(term);
            }
        }
        Ok(Self { terms })
    }
}

struct Reader {
    chars: Vec<char>,
    at: usize,
}

impl Reader {
    fn new(typed: &str) -> Self {
        Self {
            chars: typed.chars().collect(),
            at: 0,
        }
    }

    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn fail<T>(at: usize, why: Why) -> Result<T, QueryError> {
        Err(QueryError { at: at + 1, why })
    }

    fn term(&mut self) -> Result<Option<Term>, QueryError> {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
        let Some(first) = self.peek() else {
            return Ok(None);
        };
        // A lone dash, as people put between words, is no negation.
        let next = self.chars.get(self.at + 1);
        let not = first == '-' && next.is_some_and(|c| !c.is_whitespace());
        if not {
            self.at += 1;
        }
        let start = self.at;
        let is = match self.key() {
            Some(key) => self.keyed(&key, start)?,
            None => Is::Word(text::name(&self.value()?.0)),
        };
        Ok(Some(Term { not, is }))
    }

    /// A key and its colon, if one stands here: letters, digits, `.`, `_`, `-`, beginning with a
    /// letter. `10:30` and `aa:bb:…` of an address are words; `http://x` is, too.
    fn key(&mut self) -> Option<String> {
        let rest = &self.chars[self.at..];
        let end = rest.iter().position(|c| *c == ':')?;
        let key = &rest[..end];
        let named = key.first().is_some_and(char::is_ascii_alphabetic)
            && key
                .iter()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'));
        let looks_like_hardware = key.len() == 2 && key.iter().all(char::is_ascii_hexdigit);
        let is_url = rest.get(end + 1) == Some(&'/');
        if !named || looks_like_hardware || is_url {
            return None;
        }
        self.at += end + 1;
        Some(key.iter().collect::<String>().to_ascii_lowercase())
    }

    /// A value, and whether it was quoted: up to the next space, or between quotation marks.
    fn value(&mut self) -> Result<(String, bool), QueryError> {
        let mut value = String::new();
        if self.peek() != Some('"') {
            while let Some(c) = self.peek().filter(|c| !c.is_whitespace()) {
                value.push(c);
                self.at += 1;
            }
            return Ok((value, false));
        }
        let opened = self.at;
        self.at += 1;
        while let Some(c) = self.peek() {
            self.at += 1;
            match c {
                '"' => return Ok((value, true)),
                '\\' => {
                    if let Some(escaped) = self.peek() {
                        value.push(escaped);
                        self.at += 1;
                    }
                }
                other => value.push(other),
            }
        }
        Self::fail(opened, Why::OpenQuote)
    }

    fn sign(&mut self) -> Order {
        let sign = match (self.peek(), self.chars.get(self.at + 1)) {
            (Some('<'), Some('=')) => Order::AtMost,
            (Some('>'), Some('=')) => Order::AtLeast,
            (Some('<'), _) => Order::Below,
            (Some('>'), _) => Order::Above,
            _ => return Order::Like,
        };
        self.at += sign.sign().len();
        sign
    }

    fn keyed(&mut self, key: &str, start: usize) -> Result<Is, QueryError> {
        if let Some(part) = Part::ALL.into_iter().find(|part| part.word() == key) {
            return Ok(Is::Text(part, self.some(key)?));
        }
        if let Some(field) = key.strip_prefix("field.").filter(|name| !name.is_empty()) {
            let order = self.sign();
            return Ok(Is::Field(field.to_owned(), order, self.some(key)?));
        }
        if let Some(fact) = FactKey::of(key) {
            let at = self.at;
            let value = self.some(key)?;
            return match FactCondition::parse(fact, &value) {
                Ok(_) => Ok(Is::Reported(fact, value)),
                Err(_) => Self::bad(at, key, "a number, such as 8, <8 or >=16"),
            };
        }
        match key {
            "online" => Ok(Is::Online(self.yes_or_no(key)?)),
            "unattended" => Ok(Is::Unattended(self.yes_or_no(key)?)),
            "approval" => self.standing(),
            "version" => self.version(),
            "heard" => {
                if self.word_is("never") {
                    return Ok(Is::Heard(Heard::Never));
                }
                const EXPECTED: &str =
                    "an age such as >7d (longer ago), <30m (since then) or never";
                Ok(Is::Heard(Heard::Ago(self.age(key, EXPECTED)?)))
            }
            "added" => Ok(Is::Added(
                self.age(key, "an age such as <7d (since then) or >4w (longer ago)")?,
            )),
            _ => Self::fail(start, Why::UnknownKey(key.to_owned())),
        }
    }

    /// A value that must not be empty, as texts are kept.
    fn some(&mut self, key: &str) -> Result<String, QueryError> {
        let start = self.at;
        let (value, _) = self.value()?;
        let value = text::name(&value);
        if value.is_empty() {
            return Self::fail(start, Why::NoValue(key.to_owned()));
        }
        Ok(value)
    }

    fn word_is(&mut self, word: &str) -> bool {
        let before = self.at;
        let is = self
            .value()
            .is_ok_and(|(value, _)| value.eq_ignore_ascii_case(word));
        if !is {
            self.at = before;
        }
        is
    }

    fn yes_or_no(&mut self, key: &str) -> Result<bool, QueryError> {
        let start = self.at;
        match self.some(key)?.to_ascii_lowercase().as_str() {
            "yes" | "true" | "1" => Ok(true),
            "no" | "false" | "0" => Ok(false),
            _ => Self::bad(start, key, "yes or no"),
        }
    }

    fn standing(&mut self) -> Result<Is, QueryError> {
        let start = self.at;
        let word = self.some("approval")?.to_ascii_lowercase();
        let known = Standing::ALL.into_iter().find(|known| known.word() == word);
        known.map_or_else(
            || Self::bad(start, "approval", "expected, pending or approved"),
            |standing| Ok(Is::Standing(standing)),
        )
    }

    fn version(&mut self) -> Result<Is, QueryError> {
        let start = self.at;
        let order = self.sign();
        let value = self.some("version")?;
        match VersionKey::read(&value) {
            Some(key) => Ok(Is::Version(order, key)),
            None => Self::bad(start, "version", "a version such as 1.2, <1.2 or >=1.2"),
        }
    }

    fn age(&mut self, key: &str, expected: &'static str) -> Result<Age, QueryError> {
        let start = self.at;
        let order = self.sign();
        let value = self.some(key)?;
        let (Some(span), true) = (span(&value), order != Order::Like) else {
            return Self::bad(start, key, expected);
        };
        Ok(match order {
            Order::Above | Order::AtLeast => Age::Over(span),
            Order::Below | Order::AtMost | Order::Like => Age::Under(span),
        })
    }

    fn bad<T>(start: usize, key: &str, expected: &'static str) -> Result<T, QueryError> {
        let key = key.to_owned();
        Self::fail(start, Why::BadValue { key, expected })
    }
}

fn span(value: &str) -> Option<Span> {
    let unit = value.chars().next_back()?;
    let unit = Unit::ALL
        .into_iter()
        .find(|known| known.letter() == unit.to_ascii_lowercase())?;
    let count = value[..value.len() - 1].parse().ok()?;
    Some(Span { count, unit })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(typed: &str) -> String {
        Query::parse(typed).expect("is understood").to_string()
    }

    fn complaint(typed: &str) -> (usize, String) {
        let error = Query::parse(typed).expect_err("is not understood");
        (error.at, error.sentence().to_string())
    }

    #[test]
    fn every_kind_of_term_is_read() {
        let typed = "till -os:Windows site:\"Oslo Shop\" online:NO heard:>7d added:<2w tag:a/b \
                     group:x version:<1.2 approval:pending unattended:yes field.warranty:>=2027 \
                     memory:<8 can:udp person:berg ip:10.1. serial:X1 \"two words\" 10:30 aa:bb:cc";
        let expected = "till -os:Windows site:\"Oslo Shop\" online:no heard:>7d added:<2w \
                        tag:a/b group:x version:<1.2 approval:pending unattended:yes \
                        field.warranty:>=2027 memory:\"<8\" can:udp person:berg ip:10.1. serial:X1 \
                        \"two words\" \"10:30\" \"aa:bb:cc\"";
        assert_eq!(shown(typed), expected);
        assert_eq!(shown("  "), "");
        assert_eq!(shown("a - b"), "a \"-\" b");
        assert_eq!(shown("heard:never"), "heard:never");
    }

    #[test]
    fn what_is_not_understood_is_named_with_its_place() {
        let (at, sentence) = complaint("till colour:red");
        assert_eq!(at, 6);
        assert!(sentence.contains("\"colour\""), "{sentence}");
        assert_eq!(complaint("os: windows").0, 4);
        assert_eq!(complaint("é online:maybe").0, 10);
        assert_eq!(complaint("site:\"Oslo").0, 6);
        assert_eq!(complaint("heard:7d").0, 7);
        assert_eq!(complaint("heard:>7").0, 7);
        assert_eq!(complaint("version:new").0, 9);
        assert_eq!(
            complaint(&"a ".repeat(QUERY_TERMS + 1)).1,
            complaint(&"a".repeat(2000)).1
        );
    }

    proptest! {
        #[test]
        fn nothing_typed_panics_and_what_is_written_back_reads_the_same(
            typed in "(-?(os|site|field\\.x|heard|version|online|tag)?:?[<>]?=?[\"\\\\a-z0-9é\u{202e} .:-]{0,6} ?){0,6}"
        ) {
            if let Ok(query) = Query::parse(&typed) {
                let written = query.to_string();
                prop_assert_eq!(Query::parse(&written), Ok(query), "{}", written);
            }
        }

        #[test]
        fn no_text_at_all_panics(typed in "\\PC{0,40}") {
            drop(Query::parse(&typed));
        }
    }
}
