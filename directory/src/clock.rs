//! Directory time: the wall clock, kept from running backwards, or a hand that tests move.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use farpane_protocol::time::Timestamp;

/// Where the time comes from.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    Wall(Arc<AtomicU64>),
    Hand(Arc<AtomicU64>),
}

impl Clock {
    /// The machine's clock. If somebody sets it back, directory time stands still until the
    /// clock has caught up: what was stated to agents stays true.
    pub fn wall() -> Self {
        Self(Source::Wall(Arc::default()))
    }

    /// A clock that only [`Self::advance`] moves.
    pub fn by_hand(start: Timestamp) -> Self {
        Self(Source::Hand(Arc::new(AtomicU64::new(start.0))))
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::Wall(latest) => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH);
                let micros = since.map_or(0, |d| u64::try_from(d.as_micros()).unwrap_or(u64::MAX));
                Timestamp(latest.fetch_max(micros, Ordering::AcqRel).max(micros))
            }
            Source::Hand(now) => Timestamp(now.load(Ordering::Acquire)),
        }
    }

    /// Moves a hand clock on; a wall clock moves by itself and ignores this.
    pub fn advance(&self, span: Duration) {
        match &self.0 {
            Source::Wall(_) => {}
            Source::Hand(now) => {
                let micros = u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
                now.fetch_add(micros, Ordering::AcqRel);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wall_time_never_runs_backwards() {
        let clock = Clock::wall();
        let first = clock.now();
        if let Source::Wall(latest) = &clock.0 {
            latest.store(u64::MAX - 1, Ordering::Release);
        }
        assert!(first < clock.now());
        assert_eq!(clock.now(), Timestamp(u64::MAX - 1));
    }
}
