//! How long pictures took on their way, counted into fixed classes: what a viewer tells the
//! directory of a session, and what collectors read there.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Upper ends of the classes, in microseconds: dense where people begin to feel a wait (5 to 50 ms),
/// and the figures that the product is held to are among them.
pub const BOUNDS_US: [u64; 16] = [
    1_000, 2_000, 3_000, 5_000, 7_000, 10_000, 14_000, 20_000, 30_000, 50_000, 70_000, 100_000,
    200_000, 300_000, 500_000, 1_000_000,
];

/// Classes: one more than there are bounds, for what took longer.
pub const CLASSES: usize = BOUNDS_US.len() + 1;

/// What took longer counts as this long, in microseconds: a machine that slept is no slow picture.
pub const LONGEST_US: u64 = 60_000_000;

/// Pictures that count per second: two monitors at the rate of a film. More are shown and not
/// counted, so that one session weighs no more than it lasts.
pub const PICTURES_PER_SECOND: u64 = 120;

/// Times, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Times {
    /// How many fell into each class, from above the bound before up to its own. The bounds are 1,
    /// 2, 3, 5, 7, 10, 14, 20, 30, 50, 70, 100, 200, 300, 500 and 1000 ms; the last class has none.
    #[cfg_attr(feature = "schema", schema(value_type = Vec<u64>, min_items = 17, max_items = 17))]
    pub counts: [u64; CLASSES],
    /// All of them together, in microseconds.
    pub sum_us: u64,
}

impl Times {
    /// Counts one.
    pub fn add(&mut self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        let micros = micros.min(LONGEST_US);
        let class = BOUNDS_US.partition_point(|bound| *bound < micros);
        if let Some(count) = self.counts.get_mut(class) {
            *count = count.saturating_add(1);
        }
        self.sum_us = self.sum_us.saturating_add(micros);
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.counts.iter().fold(0, |all, n| all.saturating_add(*n))
    }

    /// Adds others.
    pub fn join(&mut self, others: &Self) {
        for (count, more) in self.counts.iter_mut().zip(others.counts) {
            *count = count.saturating_add(more);
        }
        self.sum_us = self.sum_us.saturating_add(others.sum_us);
    }

    /// What has come since an earlier state; `None` if that is no earlier state of this.
    pub fn since(&self, earlier: &Self) -> Option<Self> {
        let mut counts = self.counts;
        for (count, before) in counts.iter_mut().zip(earlier.counts) {
            *count = count.checked_sub(before)?;
        }
        let sum_us = self.sum_us.checked_sub(earlier.sum_us)?;
        Some(Self { counts, sum_us })
    }

    /// The time that `percent` of them did not exceed, as near as the classes tell: evenly spread
    /// within each, and no longer than the last bound. `None` without any.
    pub fn within(&self, percent: u64) -> Option<Duration> {
        let all = self.count();
        if all == 0 {
            return None;
        }
        let wanted = u128::from(all) * u128::from(percent.min(100));
        let mut below = 0_u128;
        let mut from = 0;
        for (bound, count) in BOUNDS_US.iter().zip(self.counts) {
            let inside = u128::from(count) * 100;
            if count > 0 && below + inside >= wanted {
                let part = u128::from(bound - from) * (wanted - below) / inside;
                let part = u64::try_from(part).unwrap_or(bound - from);
                return Some(Duration::from_micros(from + part));
            }
            below += inside;
            from = *bound;
        }
        Some(Duration::from_micros(from))
    }

    /// Whether times can have been counted like this: their sum lies within what their classes allow.
    fn fits(&self) -> bool {
        let ends = BOUNDS_US.into_iter().chain([LONGEST_US]);
        let (mut least, mut most, mut from) = (0_u128, 0_u128, 0);
        for (end, count) in ends.zip(self.counts) {
            least += u128::from(from) * u128::from(count);
            most += u128::from(end) * u128::from(count);
            from = end;
        }
        (least..=most).contains(&u128::from(self.sum_us))
    }
}

/// How long the pictures of one session took, since it began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct SessionLatency {
    /// From an input to the first picture with its effect, presented.
    pub input: Times,
    /// From the capture of every picture until it was presented: the parts below, together.
    pub picture: Times,
    /// Capturing.
    pub capture: Times,
    /// Encoding.
    pub encode: Times,
    /// On the way.
    pub network: Times,
    /// Decoding.
    pub decode: Times,
    /// Painting and handing over to the display.
    pub present: Times,
}

impl SessionLatency {
    /// The parts of a picture's way with their names, in their order.
    pub fn stages(&self) -> [(&'static str, &Times); 5] {
        [
            ("capture", &self.capture),
            ("encode", &self.encode),
            ("network", &self.network),
            ("decode", &self.decode),
            ("present", &self.present),
        ]
    }

    fn all(&self) -> [&Times; 7] {
        let [capture, encode, network, decode, present] = self.stages().map(|(_, times)| times);
        [
            &self.input,
            &self.picture,
            capture,
            encode,
            network,
            decode,
            present,
        ]
    }

    /// Whether a session that ran so long can have had these: every picture has all of its parts,
    /// inputs are no more than pictures, and those are no more than count in that time.
    pub fn fits(&self, lasted: Duration) -> bool {
        let pictures = self.picture.count();
        let parts = self.stages();
        pictures <= most_pictures(lasted)
            && self.input.count() <= pictures
            && parts.iter().all(|(_, times)| times.count() == pictures)
            && self.all().iter().all(|times| times.fits())
    }

    /// Adds another session's.
    pub fn join(&mut self, other: &Self) {
        self.input.join(&other.input);
        self.picture.join(&other.picture);
        self.capture.join(&other.capture);
        self.encode.join(&other.encode);
        self.network.join(&other.network);
        self.decode.join(&other.decode);
        self.present.join(&other.present);
    }

    /// What has come since an earlier state; `None` if that is no earlier state of this.
    pub fn since(&self, earlier: &Self) -> Option<Self> {
        Some(Self {
            input: self.input.since(&earlier.input)?,
            picture: self.picture.since(&earlier.picture)?,
            capture: self.capture.since(&earlier.capture)?,
            encode: self.encode.since(&earlier.encode)?,
            network: self.network.since(&earlier.network)?,
            decode: self.decode.since(&earlier.decode)?,
            present: self.present.since(&earlier.present)?,
        })
    }
}

/// Pictures that count in a session that runs for so long: the second that has begun counts whole.
pub fn most_pictures(lasted: Duration) -> u64 {
    (lasted.as_secs().saturating_add(1)).saturating_mul(PICTURES_PER_SECOND)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn times(of: &[u64]) -> Times {
        let mut times = Times::default();
        for micros in of {
            times.add(Duration::from_micros(*micros));
        }
        times
    }

    fn session(pictures: u64) -> SessionLatency {
        let each = times(&vec![4_000; pictures as usize]);
        SessionLatency {
            input: times(&[9_000]),
            picture: times(&vec![20_000; pictures as usize]),
            capture: each,
            encode: each,
            network: each,
            decode: each,
            present: each,
        }
    }

    #[test]
    fn a_time_on_a_bound_counts_below_it_and_none_is_too_long() {
        let counted = times(&[0, 1_000, 1_001, 1_000_000, 1_000_001, u64::MAX]);
        let mut expected = [0; CLASSES];
        (expected[0], expected[1]) = (2, 1);
        (expected[15], expected[16]) = (1, 2);
        assert_eq!(counted.counts, expected);
        assert_eq!(counted.sum_us, 2_002_002 + LONGEST_US);
    }

    #[test]
    fn the_middle_and_the_slow_ones_are_read_from_the_classes() {
        assert_eq!(Times::default().within(50), None);
        // Four between 5 and 7 ms, and one between 20 and 30.
        let counted = times(&[5_500, 6_000, 6_500, 7_000, 25_000]);
        let millis = |percent| counted.within(percent).map(|time| time.as_micros());
        assert_eq!(millis(50), Some(6_250));
        assert_eq!(millis(95), Some(27_500));
        assert_eq!(millis(0), Some(5_000));
        assert_eq!(times(&[u64::MAX]).within(50), Some(Duration::from_secs(1)));
    }

    #[test]
    fn more_pictures_than_time_allows_do_not_fit() {
        let second = Duration::from_secs(1);
        assert!(session(240).fits(second));
        assert!(!session(241).fits(second));
        assert!(SessionLatency::default().fits(Duration::ZERO));
    }

    #[test]
    fn counts_that_contradict_each_other_do_not_fit() {
        let long = Duration::from_secs(60);
        let twist = |change: fn(&mut SessionLatency)| {
            let mut twisted = session(10);
            change(&mut twisted);
            assert!(!twisted.fits(long), "{twisted:?}");
        };
        twist(|it| it.encode.counts[3] -= 1);
        twist(|it| it.input = times(&[1; 11]));
        twist(|it| it.picture.sum_us = 0);
        twist(|it| it.present.sum_us = u64::MAX);
        twist(|it| it.decode.counts = [u64::MAX; CLASSES]);
        twist(|it| {
            for times in [&mut it.picture, &mut it.capture, &mut it.encode] {
                times.counts = [u64::MAX; CLASSES];
                times.sum_us = u64::MAX;
            }
        });
    }

    proptest! {
        #[test]
        fn whatever_was_counted_fits_and_what_came_since_adds_up(
            first in proptest::collection::vec(any::<u64>(), 0..50),
            then in proptest::collection::vec(0_u64..2_000_000, 0..50),
        ) {
            let earlier = times(&first);
            let came = times(&then);
            let mut all = earlier;
            all.join(&came);
            prop_assert!(earlier.fits() && came.fits() && all.fits());
            prop_assert_eq!(all.since(&earlier), Some(came));
            prop_assert_eq!(earlier.since(&all).is_some(), then.is_empty());
        }

        #[test]
        fn no_counts_make_it_panic(counts: [u64; CLASSES], sum_us: u64, percent: u64) {
            let times = Times { counts, sum_us };
            let latency = SessionLatency {
                input: times,
                picture: times,
                capture: times,
                encode: times,
                network: times,
                decode: times,
                present: times,
            };
            let lasted = Duration::from_secs(9);
            prop_assert!(!latency.fits(lasted) || times.count() <= 10 * PICTURES_PER_SECOND);
            // Nobody waits longer for anything than is counted.
            let most = u128::from(LONGEST_US) * counts.iter().map(|count| u128::from(*count)).sum::<u128>();
            prop_assert!(!times.fits() || u128::from(sum_us) <= most);
            prop_assert!(times.within(percent).is_none_or(|time| time <= Duration::from_secs(1)));
            let mut twice = times;
            twice.join(&times);
            times.since(&twice);
        }
    }
}
