//! Times for people: how long ago, and exactly when.

use farpane_protocol::time::Timestamp;
use time::OffsetDateTime;
use time::macros::format_description;

use crate::policy::span_in_words;

/// A time as a page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// "12 s ago", "now", "never".
    pub relative: String,
    /// Date and time in UTC; empty for never.
    pub absolute: String,
}

impl Moment {
    /// How long before `now`.
    pub fn ago(at: Timestamp, now: Timestamp) -> Self {
        Self {
            relative: match now.since(at).as_secs() {
                0..2 => "now".into(),
                seconds => format!("{} ago", span_in_words(seconds)),
            },
            absolute: absolute(at),
        }
    }

    /// The same, or "never".
    pub fn maybe(at: Option<Timestamp>, now: Timestamp) -> Self {
        match at {
            Some(at) => Self::ago(at, now),
            None => Self {
                relative: "never".into(),
                absolute: String::new(),
            },
        }
    }
}

/// Date and time in UTC.
pub fn absolute(at: Timestamp) -> String {
    let seconds = i64::try_from(at.seconds()).unwrap_or(i64::MAX);
    let format = format_description!("[year]-[month]-[day] [hour]:[minute]:[second] UTC");
    OffsetDateTime::from_unix_timestamp(seconds)
        .ok()
        .and_then(|time| time.format(format).ok())
        .unwrap_or_else(|| "beyond the calendar".into())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn times_read_like_speech_with_the_exact_one_beside() {
        let at = Timestamp(1_795_299_875_901_410);
        let ago = |seconds| Moment::ago(at, at.after(Duration::from_secs(seconds)));
        assert_eq!(ago(0).relative, "now");
        assert_eq!(ago(12).relative, "12 s ago");
        assert_eq!(ago(200).relative, "3 min ago");
        assert_eq!(ago(0).absolute, "2026-11-21 22:24:35 UTC");
        assert_eq!(Moment::maybe(None, at).relative, "never");
        assert_eq!(absolute(Timestamp(u64::MAX)), "beyond the calendar");
    }
}
