//! How fast something may go on: a token bucket kept as one number.
//!
//! Source: the virtual scheduling form of the generic cell rate algorithm (ITU-T I.371). The state
//! is the time at which the bucket would be full again, in nanoseconds since a start that the
//! caller chooses, so a data path can keep it in one atomic.

use std::time::Duration;

const NANOS: u64 = 1_000_000_000;

/// A sustained rate and how much may come at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pace {
    /// Units per second.
    rate: u64,
    /// How far ahead of the sustained rate, in nanoseconds.
    burst: u64,
}

impl Pace {
    /// `rate` units per second, of which `burst` worth of time may come at once.
    pub(crate) const fn new(rate: u64, burst: Duration) -> Self {
        Self {
            rate,
            burst: burst.as_secs().saturating_mul(NANOS) + burst.subsec_nanos() as u64,
        }
    }

    /// The same with room for at least `units` at once.
    pub(crate) fn with_room_for(self, units: u64) -> Self {
        let burst = self.cost(units).map_or(0, |cost| cost.max(self.burst));
        Self { burst, ..self }
    }

    fn cost(self, units: u64) -> Option<u64> {
        let cost = u128::from(units) * u128::from(NANOS) / u128::from(self.rate.max(1));
        (self.rate > 0).then(|| u64::try_from(cost).unwrap_or(u64::MAX))
    }

    /// The bucket's next state if `units` may pass at `now`; `None` if they may not.
    pub(crate) fn pass(self, state: u64, now: u64, units: u64) -> Option<u64> {
        let next = state.max(now).saturating_add(self.cost(units)?);
        (next - now <= self.burst).then_some(next)
    }
}

/// Nanoseconds from `start` to `now`; zero before it. Lasts for 584 years.
pub(crate) fn nanos(start: std::time::Instant, now: std::time::Instant) -> u64 {
    u64::try_from(now.saturating_duration_since(start).as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_rate_of_nothing_lets_nothing_pass() {
        let pace = Pace::new(0, Duration::from_secs(1)).with_room_for(1000);
        assert_eq!(pace.pass(0, 5, 1), None);
    }

    #[test]
    fn a_burst_passes_at_once_and_then_the_rate_holds() {
        let pace = Pace::new(1000, Duration::from_millis(250));
        let mut state = 0;
        let mut passed = 0;
        for now in (0..10 * NANOS).step_by(1_000_000) {
            while let Some(next) = pace.pass(state, now, 1) {
                state = next;
                passed += 1;
            }
        }
        // Ten seconds less the last millisecond, and the burst.
        assert_eq!(passed, 9_999 + 250);
    }

    proptest! {
        /// Whatever comes when, no stretch of time lets more pass than its rate and one burst.
        #[test]
        fn no_stretch_exceeds_rate_and_burst(
            rate in 1u64..10_000,
            burst_ms in 1u64..2000,
            arrivals in proptest::collection::vec((0u64..400_000_000, 1u64..500), 1..60),
        ) {
            let pace = Pace::new(rate, Duration::from_millis(burst_ms));
            let (mut state, mut now, mut passed) = (0, 0, 0u128);
            let mut first = None;
            for (pause, units) in arrivals {
                now += pause;
                if let Some(next) = pace.pass(state, now, units) {
                    state = next;
                    passed += u128::from(units);
                    let from = *first.get_or_insert(now);
                    let span = u128::from(now - from) + u128::from(burst_ms) * 1_000_000;
                    // One unit of slack per arrival for rounding down.
                    prop_assert!(passed <= span * u128::from(rate) / u128::from(NANOS) + 60);
                }
            }
        }
    }
}
