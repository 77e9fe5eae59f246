//! Weekly hours in which a role counts, such as `mon-fri 08:00-18:00 Europe/Oslo`. Pure but for
//! the rules of time zones, which come from the system's own table.

use std::fmt;
use std::str::FromStr;

use farpane_protocol::time::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::{Offset, TimeZone};

use crate::model::said::Said;

/// Longest text that is read, in bytes: every day, both times and the longest zone name.
const TEXT_BYTES: usize = 96;

/// Minutes of a day.
const DAY: u16 = 24 * 60;

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// A window that comes back every week.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hours {
    /// One bit per day on which the window opens, Monday lowest.
    days: u8,
    /// The minute of the day at which it opens.
    from: u16,
    /// The minute at which it closes: on the next day if that is not after `from`.
    until: u16,
    zone: Zone,
}

/// Where the clock hangs that the window goes by.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Zone {
    name: String,
    rules: TimeZone,
}

/// Why a text names no hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadHours {
    /// Not days, times and zone.
    #[error("expected days, times and zone, such as mon-fri 08:00-18:00 Europe/Oslo")]
    Shape,
    /// A day that is none.
    #[error("expected days such as mon-fri or mon,wed,sat")]
    Days,
    /// A time that is none, or a window without length.
    #[error("expected two different times such as 08:00-18:00")]
    Times,
    /// A zone that this machine does not know.
    #[error("expected a time zone that this machine knows, such as Europe/Oslo, UTC or +01:00")]
    Zone,
}

impl BadHours {
    /// What has to be typed instead.
    pub fn sentence(self) -> Said {
        match self {
            Self::Shape => {
                "Hours need days, times and a zone, such as mon-fri 08:00-18:00 Europe/Oslo."
            }
            Self::Days => "Hours need days such as mon-fri or mon,wed,sat.",
            Self::Times => "Hours need two different times such as 08:00-18:00.",
            Self::Zone => {
                "Hours need a time zone that the directory knows, such as Europe/Oslo, UTC or \
                 +01:00."
            }
        }
        .into()
    }
}

fn day(word: &str) -> Result<usize, BadHours> {
    DAYS.iter()
        .position(|day| *day == word)
        .ok_or(BadHours::Days)
}

fn days(text: &str) -> Result<u8, BadHours> {
    let mut set = 0u8;
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (day(first)?, day(last)?);
        let span = (last + DAYS.len() - first) % DAYS.len();
        set = (0..=span).fold(set, |set, n| set | 1 << ((first + n) % DAYS.len()));
    }
    Ok(set)
}

fn minute(text: &str) -> Result<u16, BadHours> {
    let (hours, minutes) = text.split_once(':').ok_or(BadHours::Times)?;
    let two = |part: &str| {
        let plain = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| part.parse::<u16>().ok()).flatten()
    };
    let (hours, minutes) = two(hours).zip(two(minutes)).ok_or(BadHours::Times)?;
    let minute = hours * 60 + minutes;
    (minutes < 60 && minute <= DAY)
        .then_some(minute)
        .ok_or(BadHours::Times)
}

/// `+01:00`, as an offset.
fn offset(text: &str) -> Option<TimeZone> {
    let (sign, rest) = match text.strip_prefix('+') {
        Some(rest) => (1, rest),
        None => (-1, text.strip_prefix('-')?),
    };
    let minutes = i32::from(minute(rest).ok()?);
    Offset::from_seconds(sign * minutes * 60)
        .ok()
        .map(TimeZone::fixed)
}

fn zone(text: &str) -> Result<Zone, BadHours> {
    let rules = match offset(text) {
        Some(rules) => rules,
        None if text.eq_ignore_ascii_case("utc") => TimeZone::UTC,
        None => TimeZone::get(text).map_err(|_| BadHours::Zone)?,
    };
    // As the zone table writes it, whatever case a person used.
    let name = rules.iana_name().unwrap_or(text).to_owned();
    Ok(Zone { name, rules })
}

impl Hours {
    /// On which days the window opens, from Monday on.
    pub fn days(&self) -> [bool; 7] {
        std::array::from_fn(|day| self.days & 1 << day != 0)
    }

    /// When it opens and closes, such as `08:00`.
    pub fn times(&self) -> [String; 2] {
        [self.from, self.until].map(|minute| format!("{:02}:{:02}", minute / 60, minute % 60))
    }

    /// The time zone that it goes by.
    pub fn zone(&self) -> &str {
        &self.zone.name
    }
}

impl FromStr for Hours {
    type Err = BadHours;

    fn from_str(text: &str) -> Result<Self, BadHours> {
        if text.len() > TEXT_BYTES {
            return Err(BadHours::Shape);
        }
        let parts: Vec<_> = text.split_whitespace().collect();
        let [days_text, times, zone_text] = parts.as_slice() else {
            return Err(BadHours::Shape);
        };
        let (from, until) = times.split_once('-').ok_or(BadHours::Times)?;
        let (from, until) = (minute(from)?, minute(until)?);
        if from == until || from == DAY || until == 0 {
            return Err(BadHours::Times);
        }
        Ok(Self {
            days: days(&days_text.to_ascii_lowercase())?,
            from,
            until,
            zone: zone(zone_text)?,
        })
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let opens = |day: usize| self.days & 1 << day != 0;
        let mut day = 0;
        let mut first = true;
        while day < DAYS.len() {
            if !opens(day) {
                day += 1;
                continue;
            }
            let start = day;
            while day + 1 < DAYS.len() && opens(day + 1) {
                day += 1;
            }
            if !first {
                f.write_str(",")?;
            }
            first = false;
            f.write_str(DAYS[start])?;
            if day > start {
                write!(f, "-{}", DAYS[day])?;
            }
            day += 1;
        }
        let [from, until] = self.times();
        write!(f, " {from}-{until} {}", self.zone.name)
    }
}

impl Hours {
    /// Whether the window is open at `now`. A window that crosses midnight belongs to the day on
    /// which it opens. The clock of the zone counts, so that an hour which comes twice when summer
    /// time ends is open twice.
    pub fn holds(&self, now: Timestamp) -> bool {
        let micros = i64::try_from(now.0).unwrap_or(i64::MAX);
        let Ok(instant) = jiff::Timestamp::from_microsecond(micros) else {
            // Beyond the calendar nothing is open.
            return false;
        };
        let local = self.zone.rules.to_datetime(instant);
        let hour = u16::try_from(local.hour()).unwrap_or(0);
        let minute = hour * 60 + u16::try_from(local.minute()).unwrap_or(0);
        let opens = |day: Weekday| {
            let bit = 1u8.checked_shl(u32::from(day.to_monday_zero_offset().unsigned_abs()));
            self.days & bit.unwrap_or(0) != 0
        };
        let today = local.weekday();
        if self.from < self.until {
            opens(today) && (self.from..self.until).contains(&minute)
        } else {
            (opens(today) && minute >= self.from)
                || (opens(today.previous()) && minute < self.until)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hours(text: &str) -> Hours {
        text.parse().expect("hours")
    }

    fn at(text: &str) -> Timestamp {
        let instant: jiff::Timestamp = text.parse().expect("a time");
        Timestamp(u64::try_from(instant.as_microsecond()).expect("after 1970"))
    }

    #[test]
    fn a_working_day_is_open_when_its_clock_says_so() {
        // 2026-11-23 is a Monday; Oslo is an hour ahead of UTC in winter.
        let working = hours("mon-fri 08:00-18:00 Europe/Oslo");
        for (when, open) in [
            ("2026-11-23T06:59:59Z", false),
            ("2026-11-23T07:00:00Z", true),
            ("2026-11-23T16:59:59Z", true),
            ("2026-11-23T17:00:00Z", false),
            ("2026-11-22T10:00:00Z", false),
        ] {
            assert_eq!(working.holds(at(when)), open, "{when}");
        }
    }

    #[test]
    fn a_night_shift_belongs_to_the_day_on_which_it_begins() {
        let night = hours("fri 22:00-06:00 UTC");
        for (when, open) in [
            ("2026-11-27T21:59:59Z", false),
            ("2026-11-27T22:00:00Z", true),
            ("2026-11-28T05:59:59Z", true),
            ("2026-11-28T06:00:00Z", false),
            // Thursday's night is not Friday's, and Saturday has none.
            ("2026-11-27T03:00:00Z", false),
            ("2026-11-28T23:00:00Z", false),
        ] {
            assert_eq!(night.holds(at(when)), open, "{when}");
        }
        let week = hours("sun 23:00-01:00 UTC");
        assert!(week.holds(at("2026-11-30T00:30:00Z")), "into Monday");
        let whole = hours("sat-sun 00:00-24:00 UTC");
        assert!(whole.holds(at("2026-11-29T23:59:59Z")));
        assert!(!whole.holds(at("2026-11-30T00:00:00Z")));
    }

    #[test]
    fn hours_follow_the_zone_when_summer_time_begins_and_ends() {
        let morning = hours("sun 02:00-04:00 Europe/Oslo");
        // 2026-03-29: 02:00 to 03:00 does not exist, so the window is an hour long.
        assert!(!morning.holds(at("2026-03-29T00:59:59Z")));
        assert!(morning.holds(at("2026-03-29T01:00:00Z")));
        assert!(!morning.holds(at("2026-03-29T02:00:00Z")));
        // 2026-10-25: 02:00 to 03:00 comes twice, so the window is three hours long.
        assert!(!morning.holds(at("2026-10-24T23:59:59Z")));
        assert!(morning.holds(at("2026-10-25T00:00:00Z")));
        assert!(morning.holds(at("2026-10-25T02:59:59Z")));
        assert!(!morning.holds(at("2026-10-25T03:00:00Z")));
        // A fixed offset does not move.
        let fixed = hours("sun 02:00-04:00 +01:00");
        assert!(fixed.holds(at("2026-03-29T01:30:00Z")));
        assert!(fixed.holds(at("2026-03-29T02:30:00Z")));
    }

    #[test]
    fn texts_are_read_as_people_write_them_and_kept_in_one_form() {
        for (text, kept) in [
            (
                "mon-fri 08:00-18:00 Europe/Oslo",
                "mon-fri 08:00-18:00 Europe/Oslo",
            ),
            ("Mon,Wed,tue 22:00-06:00 utc", "mon-wed 22:00-06:00 UTC"),
            (
                "sat-mon 00:00-24:00 -03:30",
                "mon,sat-sun 00:00-24:00 -03:30",
            ),
        ] {
            assert_eq!(hours(text).to_string(), kept);
            assert_eq!(hours(kept), hours(text));
        }
        for (bad, why) in [
            ("", BadHours::Shape),
            ("mon 08:00-18:00", BadHours::Shape),
            ("mon-moon 08:00-18:00 UTC", BadHours::Days),
            ("mon 8:00-18:00 UTC", BadHours::Times),
            ("mon 08:00-08:00 UTC", BadHours::Times),
            ("mon 08:60-09:00 UTC", BadHours::Times),
            ("mon 24:00-09:00 UTC", BadHours::Times),
            ("mon 08:00-18:00 Mars/Base", BadHours::Zone),
            ("mon 08:00-18:00 +99:00", BadHours::Zone),
        ] {
            assert_eq!(bad.parse::<Hours>(), Err(why), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,120}", at in any::<u64>()) {
            if let Ok(hours) = text.parse::<Hours>() {
                hours.holds(Timestamp(at));
                prop_assert_eq!(hours.to_string().parse(), Ok(hours));
            }
        }

        #[test]
        fn a_window_and_the_rest_of_the_week_make_the_whole_week(
            from in 0u16..DAY, until in 1u16..=DAY, at in any::<u32>()
        ) {
            prop_assume!(from != until && !(from == 0 && until == DAY));
            let text = |from: u16, until: u16| format!(
                "mon-sun {:02}:{:02}-{:02}:{:02} UTC", from / 60, from % 60, until / 60, until % 60
            );
            let now = Timestamp(u64::from(at) * 1_000_000);
            let rest = (until % DAY, if from == 0 { DAY } else { from });
            prop_assert_ne!(
                hours(&text(from, until)).holds(now),
                hours(&text(rest.0, rest.1)).holds(now)
            );
        }
    }
}
