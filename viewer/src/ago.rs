//! Times as people say them: "12 s ago", "0:42".

use std::time::Duration;

use farpane_protocol::time::Timestamp;

/// How long ago something was, seen from the directory's `now`.
pub fn ago(then: Timestamp, now: Timestamp) -> String {
    let seconds = now.since(then).as_secs();
    match seconds {
        0..5 => "just now".to_owned(),
        5..60 => format!("{seconds} s ago"),
        60..3600 => format!("{} min ago", seconds / 60),
        3600..86_400 => format!("{} h ago", seconds / 3600),
        86_400..172_800 => "yesterday".to_owned(),
        _ => format!("{} days ago", seconds / 86_400),
    }
}

/// Minutes and seconds of a countdown, rounded up so that it ends at 0:00 and not before.
pub fn countdown(left: Duration) -> String {
    let seconds = left.as_millis().div_ceil(1000);
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// How long a step took: tenths below ten seconds, then whole seconds, then minutes.
pub fn took(span: Duration) -> String {
    let tenths = span.as_millis() / 100;
    match tenths {
        0 => "< 0.1 s".to_owned(),
        1..100 => format!("{}.{} s", tenths / 10, tenths % 10),
        100..600 => format!("{} s", tenths / 10),
        _ => format!("{}:{:02}", tenths / 600, tenths / 10 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_read_as_people_say_them() {
        let now = Timestamp(10 * 86_400 * 1_000_000);
        for (seconds, text) in [
            (0, "just now"),
            (12, "12 s ago"),
            (59, "59 s ago"),
            (60, "1 min ago"),
            (7200, "2 h ago"),
            (100_000, "yesterday"),
            (4 * 86_400, "4 days ago"),
        ] {
            let then = Timestamp(now.0 - seconds * 1_000_000);
            assert_eq!(ago(then, now), text);
        }
        assert_eq!(ago(now, Timestamp(0)), "just now", "a clock ahead of ours");
    }

    #[test]
    fn countdown_reaches_zero_only_at_the_end() {
        assert_eq!(countdown(Duration::from_millis(41_001)), "0:42");
        assert_eq!(countdown(Duration::from_millis(1)), "0:01");
        assert_eq!(countdown(Duration::ZERO), "0:00");
    }

    #[test]
    fn steps_show_tenths_while_they_matter() {
        for (millis, text) in [
            (20, "< 0.1 s"),
            (340, "0.3 s"),
            (9_990, "9.9 s"),
            (42_000, "42 s"),
        ] {
            assert_eq!(took(Duration::from_millis(millis)), text);
        }
        assert_eq!(took(Duration::from_secs(75)), "1:15");
    }
}
