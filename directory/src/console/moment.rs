//! Times for people: how long ago, and exactly when.

use farpane_protocol::time::Timestamp;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

use super::texts::{Message, Texts};

/// A time as a page shows it: pieces of `templates/pieces/words.html` turn it into words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    at: Option<Timestamp>,
    now: Timestamp,
}

impl Moment {
    /// A time before `now`.
    pub const fn ago(at: Timestamp, now: Timestamp) -> Self {
        Self { at: Some(at), now }
    }

    /// The same, or never.
    pub const fn maybe(at: Option<Timestamp>, now: Timestamp) -> Self {
        Self { at, now }
    }

    /// "12 s ago", "in 3 min", "now", "never".
    pub fn relative(&self, t: &Texts) -> Message {
        let Some(at) = self.at else {
            return t.msg("never");
        };
        let ahead = at.since(self.now).as_secs();
        if ahead > 1 {
            return t.msg("ahead").word("span", t.span_from_now(ahead));
        }
        match self.now.since(at).as_secs() {
            0..2 => t.msg("now"),
            seconds => t.msg("ago").word("span", t.span_from_now(seconds)),
        }
    }

    /// Date and time in UTC; empty for never.
    pub fn absolute(&self) -> String {
        self.at.map(absolute).unwrap_or_default()
    }

    /// The same as programs read it (RFC 3339); empty for never.
    pub fn machine(&self) -> String {
        let time = self.at.and_then(calendar);
        time.and_then(|time| time.format(&Rfc3339).ok())
            .unwrap_or_default()
    }
}

/// A time as fields of forms give it, such as `2026-11-21T18:00`, in UTC.
pub fn read(text: &str) -> Option<Timestamp> {
    let format = format_description!("[year]-[month]-[day]T[hour]:[minute]");
    let time = PrimitiveDateTime::parse(text, format).ok()?.assume_utc();
    let seconds = u64::try_from(time.unix_timestamp()).ok()?;
    Some(Timestamp(seconds * 1_000_000))
}

fn calendar(at: Timestamp) -> Option<OffsetDateTime> {
    let seconds = i64::try_from(at.seconds()).ok()?;
    OffsetDateTime::from_unix_timestamp(seconds).ok()
}

/// Date and time in UTC.
pub fn absolute(at: Timestamp) -> String {
    let format = format_description!("[year]-[month]-[day] [hour]:[minute]:[second] UTC");
    calendar(at)
        .and_then(|time| time.format(format).ok())
        .unwrap_or_else(|| "beyond the calendar".into())
}

/// The date alone, in UTC.
pub fn day(at: Timestamp) -> String {
    let format = format_description!("[year]-[month]-[day]");
    calendar(at)
        .and_then(|time| time.format(format).ok())
        .unwrap_or_else(|| "beyond the calendar".into())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::console::texts::Language;

    #[test]
    fn times_read_like_speech_with_the_exact_one_beside() {
        let at = Timestamp(1_795_299_875_901_410);
        let later = |seconds| at.after(Duration::from_secs(seconds));
        let ago = |seconds| Moment::ago(at, later(seconds));
        let said = |moment: Moment| moment.relative(&Texts::default()).to_string();
        assert_eq!(said(ago(0)), "now");
        assert_eq!(said(ago(12)), "12 s ago");
        assert_eq!(said(ago(200)), "3 min ago");
        assert_eq!(said(ago(3 * 86_400)), "3 days ago");
        assert_eq!(said(Moment::ago(later(200), at)), "in 3 min");
        let german = Texts(Language::German);
        assert_eq!(ago(3 * 86_400).relative(&german).to_string(), "vor 3 Tagen");
        assert_eq!(ago(0).absolute(), "2026-11-21 22:24:35 UTC");
        assert_eq!(ago(0).machine(), "2026-11-21T22:24:35Z");
        let never = Moment::maybe(None, at);
        assert_eq!(said(never), "never");
        assert_eq!(never.absolute() + &never.machine(), "");
        assert_eq!(absolute(Timestamp(u64::MAX)), "beyond the calendar");
        let typed = read("2026-11-21T22:24").expect("a time");
        assert_eq!(absolute(typed), "2026-11-21 22:24:00 UTC");
        for none in ["", "2026-11-21", "1960-01-01T00:00", "tomorrow"] {
            assert_eq!(read(none), None, "{none}");
        }
    }
}
