//! Points in time that travel between programs, and the host's notion of directory time.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

/// A point in time: microseconds since 1970-01-01 00:00 UTC.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(pub u64);

impl Timestamp {
    /// That much later; stops at the end of time instead of wrapping.
    #[must_use]
    pub fn after(self, span: Duration) -> Self {
        Self(
            self.0
                .saturating_add(u64::try_from(span.as_micros()).unwrap_or(u64::MAX)),
        )
    }

    /// That much earlier; stops at the beginning of time instead of wrapping.
    #[must_use]
    pub fn before(self, span: Duration) -> Self {
        Self(
            self.0
                .saturating_sub(u64::try_from(span.as_micros()).unwrap_or(u64::MAX)),
        )
    }

    /// How long after `earlier` this is; zero if it is not after it.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }

    /// Whole seconds since 1970.
    pub const fn seconds(self) -> u64 {
        self.0 / 1_000_000
    }
}

/// Directory time as a machine with an unreliable wall clock knows it: the last time that the
/// directory stated, plus this machine's monotonic clock since then.
///
/// It never runs backwards: an older statement (a replayed one) is ignored.
#[derive(Clone, Copy, Debug, Default)]
pub struct DirectoryClock {
    last: Option<(Timestamp, Instant)>,
}

impl DirectoryClock {
    /// Takes in a time that the directory stated, authenticated by the caller, heard at `now`.
    pub fn hear(&mut self, stated: Timestamp, now: Instant) {
        if self.now(now).is_none_or(|known| stated > known) {
            self.last = Some((stated, now));
        }
    }

    /// The directory's time now, or `None` before the first statement.
    pub fn now(&self, now: Instant) -> Option<Timestamp> {
        self.last
            .map(|(stated, heard)| stated.after(now.saturating_duration_since(heard)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directory_clock_advances_and_ignores_replays() {
        let start = Instant::now();
        let mut clock = DirectoryClock::default();
        assert_eq!(clock.now(start), None);
        clock.hear(Timestamp(5_000_000), start);
        let later = start + Duration::from_secs(2);
        assert_eq!(clock.now(later), Some(Timestamp(7_000_000)));
        clock.hear(Timestamp(6_000_000), later);
        assert_eq!(clock.now(later), Some(Timestamp(7_000_000)));
    }
}
