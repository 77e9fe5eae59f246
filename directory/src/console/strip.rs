//! Thirty days of a device as a picture: a column a day, as high as the hours in which it was heard.

use farpane_protocol::time::Timestamp;

use super::moment::day;
use super::texts::{Message, Texts};
use crate::model::history::Strip;

/// Microseconds of a day.
const DAY_MICROS: u64 = 24 * 3600 * 1_000_000;

/// Width of a column with the gap after it, in units of the picture.
const WIDTH: u32 = 4;

/// A day of the picture.
pub(super) struct Day {
    /// Where its column begins.
    pub(super) x: u32,
    /// How high it is, of 24.
    pub(super) hours: u8,
    /// What it says to whoever points at it.
    pub(super) title: Message,
}

/// Thirty days of a device.
pub(super) struct Picture {
    /// The days, oldest first.
    pub(super) days: Vec<Day>,
    /// How wide it is.
    pub(super) width: u32,
    /// What it shows, for whoever does not see it.
    pub(super) words: Message,
}

/// The picture of what was heard until `now`.
pub(super) fn picture(strip: &Strip, now: Timestamp, t: Texts) -> Picture {
    let hours = strip.days();
    let count = hours.len() as u64;
    let heard = hours.iter().filter(|hours| **hours > 0).count();
    let of_day = |n: usize, hours: u8| {
        let back = (count - 1 - n as u64) * DAY_MICROS;
        let at = Timestamp(now.0.saturating_sub(back));
        let title = t.msg("strip-day").word("day", day(at));
        Day {
            x: u32::try_from(n).unwrap_or(0) * WIDTH,
            hours,
            title: title.num("hours", u64::from(hours)),
        }
    };
    let days: Vec<_> = hours
        .iter()
        .enumerate()
        .map(|(n, h)| of_day(n, *h))
        .collect();
    Picture {
        width: u32::try_from(days.len()).unwrap_or(0) * WIDTH,
        words: t.msg("strip-words").num("heard", heard).num("of", count),
        days,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_as_high_as_the_hours_in_which_the_device_was_heard() {
        let now = Timestamp(1_795_299_875_901_410);
        let three_hours_ago = Timestamp(now.0 - 3 * 3600 * 1_000_000);
        let strip = Strip::empty(now).heard(three_hours_ago, now);
        let picture = picture(&strip, now, Texts::default());
        assert_eq!((picture.days.len(), picture.width), (30, 120));
        let last = picture.days.last().expect("today");
        assert_eq!((last.x, last.hours), (116, 4));
        assert_eq!(picture.words.to_string(), "Heard on 1 of 30 days");
        assert!(last.title.to_string().starts_with("2026-11-21"));
    }
}
