//! A sentence of ours with what varies in it kept apart: English as it stands, and any other
//! language where a page looks it up by what the English says.
//!
//! The English is written where the thing is decided, so that code, log and interface say the same.
//! A page in another language finds its own sentence under [`Said::key`] and puts the same values
//! into it. A test holds that every sentence a page can show has one.

use std::borrow::Cow;
use std::fmt;

use farpane_protocol::scope::ScopeSet;

/// Bytes of a key's prefix and what follows it: no sentence of ours is longer.
const KEY_BYTES: usize = 400;

/// A sentence, or a part of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    text: Cow<'static, str>,
    values: Vec<(&'static str, Value)>,
}

/// What varies in a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// What somebody wrote: a name, a key, a version.
    Text(String),
    /// A number.
    Number(u64),
    /// A length of time, in seconds.
    Span(u64),
    /// How long ago something was, in seconds.
    Ago(u64),
    /// Rights inside a session.
    Scopes(ScopeSet),
    /// Words of our own.
    Said(Said),
}

impl Said {
    /// A sentence in English; `{name}` stands where a value comes.
    pub fn new(text: impl Into<Cow<'static, str>>) -> Self {
        Self {
            text: text.into(),
            values: Vec::new(),
        }
    }

    fn with(mut self, name: &'static str, value: Value) -> Self {
        self.values.push((name, value));
        self
    }

    /// Puts in what somebody wrote.
    #[must_use]
    pub fn text(self, name: &'static str, value: impl Into<String>) -> Self {
        self.with(name, Value::Text(value.into()))
    }

    /// Puts in a number.
    #[must_use]
    pub fn number(self, name: &'static str, value: impl TryInto<u64>) -> Self {
        self.with(name, Value::Number(value.try_into().unwrap_or(u64::MAX)))
    }

    /// Puts in a length of time.
    #[must_use]
    pub fn span(self, name: &'static str, seconds: u64) -> Self {
        self.with(name, Value::Span(seconds))
    }

    /// Puts in how long ago something was.
    #[must_use]
    pub fn ago(self, name: &'static str, seconds: u64) -> Self {
        self.with(name, Value::Ago(seconds))
    }

    /// Puts in rights inside a session.
    #[must_use]
    pub fn scopes(self, name: &'static str, scopes: ScopeSet) -> Self {
        self.with(name, Value::Scopes(scopes))
    }

    /// Puts in words of our own.
    #[must_use]
    pub fn said(self, name: &'static str, words: impl Into<Self>) -> Self {
        self.with(name, Value::Said(words.into()))
    }

    /// As it is written, with its gaps.
    pub fn english(&self) -> &str {
        &self.text
    }

    /// What varies, by name.
    pub fn values(&self) -> &[(&'static str, Value)] {
        &self.values
    }

    /// Under what other languages keep it: its English words, small, with `-` between them.
    pub fn key(&self) -> String {
        let mut key = String::from("said");
        let mut apart = true;
        for c in self.text.chars() {
            if c.is_ascii_alphanumeric() && key.len() < KEY_BYTES {
                if apart {
                    key.push('-');
                }
                key.push(c.to_ascii_lowercase());
                apart = false;
            } else if !c.is_ascii_alphanumeric() {
                apart = true;
            }
        }
        key
    }

    /// The English, with values as `show` writes them.
    pub fn shown(&self, show: impl Fn(&Value) -> String) -> String {
        let mut out = String::with_capacity(self.text.len());
        let mut rest = &*self.text;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, behind) = after.split_once('}').unwrap_or((after, ""));
            out.push_str(before);
            let found = self.values.iter().find(|(known, _)| *known == name);
            debug_assert!(found.is_some(), "no value for {name} in {}", self.text);
            if let Some((_, value)) = found {
                out.push_str(&show(value));
            }
            rest = behind;
        }
        out.push_str(rest);
        out
    }
}

impl From<&'static str> for Said {
    fn from(text: &'static str) -> Self {
        Self::new(text)
    }
}

/// In English.
impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown(Value::to_string))
    }
}

/// In English.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => number.fmt(f),
            Self::Span(seconds) => f.write_str(&span_in_words(*seconds)),
            Self::Ago(seconds) => write!(f, "{} ago", span_in_words(*seconds)),
            Self::Scopes(scopes) => scopes.fmt(f),
            Self::Said(said) => said.fmt(f),
        }
    }
}

/// A span for people: its largest unit only.
pub fn span_in_words(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..86_400 => format!("{} h", seconds / 3600),
        _ => match seconds / 86_400 {
            1 => "1 day".into(),
            days => format!("{days} days"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn english_stands_as_it_was_written_with_its_values() {
        let said = Said::new("{who} is connected. Wait {span}; {n} are waiting ({why}).")
            .text("who", "{n} Bo")
            .span("span", 7300)
            .number("n", 3_usize)
            .said("why", "nobody answered");
        assert_eq!(
            said.to_string(),
            "{n} Bo is connected. Wait 2 h; 3 are waiting (nobody answered)."
        );
        assert_eq!(
            said.key(),
            "said-who-is-connected-wait-span-n-are-waiting-why"
        );
    }

    #[test]
    fn spans_read_like_speech() {
        assert_eq!(span_in_words(12), "12 s");
        assert_eq!(span_in_words(180), "3 min");
        assert_eq!(span_in_words(86_400), "1 day");
        assert_eq!(span_in_words(10 * 86_400), "10 days");
    }
}
