//! What the console says, in the language of whoever reads it. The texts stand in `locales/`, one
//! folder per language; a page has its [`Texts`] as `t` and writes `{{ t.msg("devices-title") }}`.

mod language;

use std::borrow::Cow;
use std::collections::HashMap;
use std::convert::Infallible;
use std::fmt;

use axum::extract::FromRequestParts;
use axum::http::header::ACCEPT_LANGUAGE;
use axum::http::request::Parts;
use farpane_protocol::scope::{Scope, ScopeSet};
use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::static_loader;

pub use language::Language;

use crate::model::said::{Said, Value};

static_loader! {
    static LOCALES = {
        locales: "./locales",
        fallback_language: "en",
        customise: |bundle| {
            // Foreign text is isolated in `Message::text`; around a number the marks would only
            // be in the way of whoever copies it.
            bundle.set_use_isolating(false);
            let german = bundle.locales.iter().any(|language| language.language == "de");
            bundle.set_formatter(Some(if german { language::german } else { language::english }));
        },
    };
}

/// The texts of one language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Texts(pub Language);

impl Texts {
    /// The message of this name; what varies in it is added to what comes back.
    pub fn msg(self, key: &'static str) -> Message {
        Message {
            language: self.0,
            key,
            values: HashMap::new(),
        }
    }

    /// A sentence that was decided elsewhere.
    pub fn said(self, said: &Said) -> String {
        if self.0 != Language::English
            && let Some(words) = self.translated(said)
        {
            return words;
        }
        said.shown(|value| match value {
            Value::Text(text) => apart(text),
            Value::Number(number) => self.number(number),
            Value::Span(seconds) => self.span(*seconds).to_string(),
            Value::Ago(seconds) => self.since(*seconds),
            Value::Scopes(scopes) => self.scopes(*scopes),
            Value::Said(said) => self.said(said),
        })
    }

    fn since(self, seconds: u64) -> String {
        let span = self.span_from_now(seconds);
        self.msg("ago").word("span", span).to_string()
    }

    fn translated(self, said: &Said) -> Option<String> {
        let mut values = HashMap::new();
        for (name, value) in said.values() {
            let value = match value {
                Value::Text(text) => FluentValue::from(apart(text)),
                Value::Number(number) => FluentValue::from(*number),
                Value::Span(seconds) => FluentValue::from(self.span(*seconds).to_string()),
                Value::Ago(seconds) => FluentValue::from(self.since(*seconds)),
                Value::Scopes(scopes) => FluentValue::from(self.scopes(*scopes)),
                Value::Said(said) => FluentValue::from(self.said(said)),
            };
            values.insert(*name, value);
        }
        let language = self.0.identifier();
        LOCALES
            .lookup_single_language(language, &said.key(), Some(&values))
            .ok()
    }

    fn scopes(self, scopes: ScopeSet) -> String {
        let words: Vec<_> = scopes
            .iter()
            .map(|scope| self.scope(scope).to_string())
            .collect();
        words.join(", ")
    }

    /// The language's tag, for the page's `lang`.
    pub const fn tag(self) -> &'static str {
        self.0.tag()
    }

    /// A number with its thousands set apart.
    pub fn number(self, number: impl Count) -> String {
        language::grouped(number.count(), self.0.separator())
    }

    /// A right inside a session, as a person reads it.
    pub fn scope(self, scope: Scope) -> Message {
        self.msg(match scope {
            Scope::View => "scope-view",
            Scope::Control => "scope-control",
            Scope::ClipboardIn => "scope-clipboard-in",
            Scope::ClipboardOut => "scope-clipboard-out",
            Scope::Files => "scope-files",
            Scope::Audio => "scope-audio",
            Scope::Record => "scope-record",
        })
    }

    /// A length of time, as short as people say it.
    pub fn span(self, seconds: u64) -> Message {
        self.length(seconds, "days")
    }

    /// The same after "in" or before "ago", where some languages bend the word.
    pub(super) fn span_from_now(self, seconds: u64) -> Message {
        self.length(seconds, "span-days")
    }

    fn length(self, seconds: u64, days: &'static str) -> Message {
        let (key, length) = match seconds {
            0..120 => ("span-seconds", seconds),
            120..7200 => ("span-minutes", seconds / 60),
            7200..172_800 => ("span-hours", seconds / 3600),
            _ => (days, seconds / 86_400),
        };
        self.msg(key).num("n", length)
    }
}

impl<S: Sync> FromRequestParts<S> for Texts {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let wanted = parts.headers.get(ACCEPT_LANGUAGE);
        let wanted = wanted.and_then(|value| value.to_str().ok());
        Ok(Self(Language::wanted(wanted.unwrap_or_default())))
    }
}

/// One text with what varies in it. It becomes words where it is shown.
#[derive(Clone, Debug)]
pub struct Message {
    language: Language,
    key: &'static str,
    values: HashMap<&'static str, FluentValue<'static>>,
}

/// A whole number, as the code has them.
pub trait Count {
    /// Its value.
    fn count(&self) -> u64;
}

impl Count for u64 {
    fn count(&self) -> u64 {
        *self
    }
}

impl Count for u32 {
    fn count(&self) -> u64 {
        u64::from(*self)
    }
}

impl Count for usize {
    fn count(&self) -> u64 {
        u64::try_from(*self).unwrap_or(u64::MAX)
    }
}

impl<T: Count + ?Sized> Count for &T {
    fn count(&self) -> u64 {
        (**self).count()
    }
}

/// Marks before and after text of unknown direction (Unicode Standard Annex 9): a name written
/// from right to left then cannot turn round the words beside it.
pub(super) const ISOLATED: [char; 2] = ['\u{2068}', '\u{2069}'];

fn apart(text: &str) -> String {
    let [before, after] = ISOLATED;
    format!("{before}{text}{after}")
}

impl Message {
    /// A name or anything else that somebody wrote.
    #[must_use]
    pub fn text(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        let value = FluentValue::String(Cow::Owned(apart(&value.to_string())));
        self.values.insert(name, value);
        self
    }

    /// Words of our own: another message, a command, an address.
    #[must_use]
    pub fn word(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        let value = FluentValue::String(Cow::Owned(value.to_string()));
        self.values.insert(name, value);
        self
    }

    /// Never: so that templates can ask a message as they ask a text.
    pub const fn is_empty(&self) -> bool {
        false
    }

    /// A number; it is grouped, and the text may depend on it.
    #[must_use]
    pub fn num(mut self, name: &'static str, value: impl Count) -> Self {
        self.values.insert(name, FluentValue::from(value.count()));
        self
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let find = |language: Language| {
            LOCALES.lookup_single_language(language.identifier(), self.key, Some(&self.values))
        };
        match find(self.language).or_else(|_| find(Language::English)) {
            Ok(words) => f.write_str(&words),
            Err(error) => {
                debug_assert!(false, "no text for {}: {error}", self.key);
                f.write_str(self.key)
            }
        }
    }
}

#[cfg(test)]
mod tests;
