//! Points in time as people type them: a day, a moment, or how long ago.

use std::time::Duration;

use farpane_protocol::time::Timestamp;

/// What is told to whoever typed something else.
pub const EXPECTED: &str = "expected a time like 2026-03-01, 2026-03-01T12:00:00Z or 7d";

/// A day; the last one of a span counts as a whole where people name it.
pub const DAY: Duration = Duration::from_secs(24 * 3600);

fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}

/// Whether this names a whole day and no moment of it.
pub fn is_day(text: &str) -> bool {
    text.len() == "2026-03-01".len() && humantime::parse_duration(text).is_err()
}

/// Reads a point in time (UTC): `2026-03-01`, `2026-03-01T12:00:00Z`, or how long before `now`,
/// such as `7d`.
pub fn read(text: &str, now: Timestamp) -> Option<Timestamp> {
    if let Ok(ago) = humantime::parse_duration(text) {
        return Some(Timestamp(now.0.saturating_sub(micros(ago))));
    }
    let whole = if text.contains('T') {
        text.to_owned()
    } else {
        format!("{text}T00:00:00Z")
    };
    let at = humantime::parse_rfc3339(&whole).ok()?;
    let since = at.duration_since(std::time::UNIX_EPOCH);
    Some(Timestamp(since.map_or(0, micros)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_moments_and_spans_are_read() {
        let now = Timestamp(1_795_435_200_000_000);
        let day = read("2026-11-23", now).expect("a day");
        assert_eq!(day, Timestamp(1_795_392_000_000_000));
        assert_eq!(read("2026-11-23T12:00:00Z", now), Some(now));
        assert_eq!(read("12h", now), Some(day));
        assert!(is_day("2026-11-23") && !is_day("12h") && !is_day("2026-11-23T12:00:00Z"));
        for wrong in [
            "",
            "soon",
            "2026-13-01",
            "23.11.2026",
            "99999999999999999999d",
        ] {
            assert_eq!(read(wrong, now), None, "{wrong}");
        }
        assert_eq!(read("9999y", now), Some(Timestamp(0)));
    }
}
