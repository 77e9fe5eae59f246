//! In which hours of the last thirty days a device was heard: one bit an hour, ninety bytes a
//! device, however often it comes and goes.

use farpane_protocol::time::Timestamp;

/// Hours that are kept: thirty days.
pub const HOURS: u32 = 30 * 24;

const BYTES: usize = HOURS as usize / 8;

const HOUR_MICROS: u64 = 3600 * 1_000_000;

/// The hours in which a device was heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strip {
    /// Bit 0 of byte 0 is the oldest hour.
    bits: [u8; BYTES],
    /// Number of the newest hour, counted from 1970.
    end: u64,
}

impl Strip {
    /// Of a device that was never heard, as of now.
    pub fn empty(now: Timestamp) -> Self {
        Self {
            bits: [0; BYTES],
            end: now.0 / HOUR_MICROS,
        }
    }

    /// As it was kept. Bits of another length are none of ours and count as never heard.
    pub fn kept(bits: Option<&[u8]>, end: u64) -> Self {
        let bits = bits.and_then(|bits| bits.try_into().ok());
        Self {
            bits: bits.unwrap_or([0; BYTES]),
            end,
        }
    }

    /// To keep.
    pub fn bits(&self) -> &[u8] {
        &self.bits
    }

    /// Number of its newest hour.
    pub fn end(&self) -> u64 {
        self.end
    }

    fn place(&self, hour: u64) -> Option<usize> {
        let back = self.end.checked_sub(hour)?;
        let back = usize::try_from(back)
            .ok()
            .filter(|back| *back < HOURS as usize)?;
        Some(HOURS as usize - 1 - back)
    }

    /// Lets time pass: the oldest hours fall off.
    #[must_use]
    pub fn until(self, now: Timestamp) -> Self {
        let end = now.0 / HOUR_MICROS;
        if end <= self.end {
            return self;
        }
        let mut moved = Self {
            bits: [0; BYTES],
            end,
        };
        let oldest = end.saturating_sub(u64::from(HOURS) - 1);
        for hour in oldest..=self.end {
            if self.heard_in(hour) {
                moved.mark(hour);
            }
        }
        moved
    }

    fn mark(&mut self, hour: u64) {
        if let Some(at) = self.place(hour) {
            self.bits[at / 8] |= 1 << (at % 8);
        }
    }

    fn heard_in(&self, hour: u64) -> bool {
        self.place(hour)
            .is_some_and(|at| self.bits[at / 8] & (1 << (at % 8)) != 0)
    }

    /// The device was there all of this time.
    #[must_use]
    pub fn heard(self, from: Timestamp, to: Timestamp) -> Self {
        let mut strip = self.until(to);
        let oldest = strip.end.saturating_sub(u64::from(HOURS) - 1);
        let last = (to.0 / HOUR_MICROS).min(strip.end);
        for hour in (from.0 / HOUR_MICROS).max(oldest)..=last {
            strip.mark(hour);
        }
        strip
    }

    /// Each hour, oldest first: whether the device was heard in it.
    pub fn hours(&self) -> impl Iterator<Item = bool> {
        (0..HOURS as usize).map(|at| self.bits[at / 8] & (1 << (at % 8)) != 0)
    }

    /// Each of the thirty days, oldest first: in how many of its hours the device was heard.
    pub fn days(&self) -> Vec<u8> {
        let hours: Vec<bool> = self.hours().collect();
        let heard = |day: &[bool]| day.iter().filter(|heard| **heard).count();
        hours
            .chunks(24)
            .map(|day| u8::try_from(heard(day)).unwrap_or(24))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hour(n: u64) -> Timestamp {
        Timestamp(n * HOUR_MICROS)
    }

    #[test]
    fn hours_are_marked_kept_and_fall_off_after_thirty_days() {
        let start = 500_000;
        let strip = Strip::empty(hour(start)).heard(hour(start - 2), hour(start));
        assert_eq!(strip.hours().filter(|heard| *heard).count(), 3);
        let kept = Strip::kept(Some(strip.bits()), strip.end());
        assert_eq!(kept, strip);
        let later = kept.until(hour(start + u64::from(HOURS) - 1));
        assert_eq!(later.hours().filter(|heard| *heard).count(), 1);
        assert!(later.hours().next().expect("the oldest"));
        assert_eq!(later.days().first(), Some(&1));
        let gone = later.until(hour(start + u64::from(HOURS)));
        assert_eq!(gone.hours().filter(|heard| *heard).count(), 0);
    }

    proptest! {
        #[test]
        fn any_spans_in_any_order_are_taken(
            spans in proptest::collection::vec((any::<u64>(), any::<u64>()), 0..8)
        ) {
            let mut strip = Strip::kept(Some(&[1, 2]), 7);
            for (from, to) in spans {
                strip = strip.heard(Timestamp(from), Timestamp(to));
            }
            prop_assert_eq!(strip.days().len(), 30);
        }
    }
}
