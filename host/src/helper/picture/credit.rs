//! How many pictures may be on their way: a new one is made only while the viewer keeps up, and
//! what only makes an old one exact never stands in the way of a new one.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use farpane_protocol::limits::FRAMES_IN_FLIGHT;

/// Least and most bytes, before packing, of one step towards exact.
const STEP_BYTES: std::ops::RangeInclusive<usize> = 16 * 1024..=512 * 1024;
/// A step that was acknowledged sooner may be twice as large.
const SWIFT: Duration = Duration::from_millis(12);
/// After a step that took longer they are half as large: new input waits for it.
const SLOW: Duration = Duration::from_millis(30);

/// The pictures on their way.
#[derive(Debug)]
pub(super) struct Credit {
    /// The last frame of each picture on its way, oldest first, at most [`FRAMES_IN_FLIGHT`].
    under_way: VecDeque<u64>,
    /// A step towards exact: its frame, and when it was sent.
    step: Option<(u64, Instant)>,
    step_bytes: usize,
}

impl Default for Credit {
    fn default() -> Self {
        Self {
            under_way: VecDeque::new(),
            step: None,
            step_bytes: *STEP_BYTES.start(),
        }
    }
}

impl Credit {
    /// The viewer has handled everything up to this frame.
    pub(super) fn acknowledged(&mut self, sequence: u64, now: Instant) {
        while self.under_way.front().is_some_and(|last| *last <= sequence) {
            self.under_way.pop_front();
        }
        if let Some((last, sent)) = self.step
            && last <= sequence
        {
            let took = now.saturating_duration_since(sent);
            if took <= SWIFT {
                self.step_bytes = (self.step_bytes * 2).min(*STEP_BYTES.end());
            } else if took > SLOW {
                self.step_bytes = (self.step_bytes / 2).max(*STEP_BYTES.start());
            }
            self.step = None;
        }
    }

    /// A picture was sent whose last frame is this one.
    pub(super) fn sent(&mut self, last: u64) {
        self.under_way.push_back(last);
    }

    /// A step towards exact was sent with this frame.
    pub(super) fn sent_step(&mut self, last: u64, now: Instant) {
        self.step = Some((last, now));
    }

    /// Whether another picture may be made.
    pub(super) fn for_picture(&self) -> bool {
        (self.under_way.len() as u64) < FRAMES_IN_FLIGHT
    }

    /// Bytes, before packing, that the next step towards exact may have; none while anything is
    /// under way.
    pub(super) fn for_step(&self) -> Option<usize> {
        (self.under_way.is_empty() && self.step.is_none()).then_some(self.step_bytes)
    }

    /// The same for a step that has waited too long: a small one goes beside pictures.
    pub(super) fn for_overdue_step(&self) -> Option<usize> {
        self.step.is_none().then_some(*STEP_BYTES.start())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_pictures_may_be_under_way_and_a_step_waits_for_both() {
        let (mut credit, now) = (Credit::default(), Instant::now());
        credit.sent(2);
        assert!(credit.for_picture());
        credit.sent(3);
        assert!(!credit.for_picture());
        // The first picture's tiles alone are not all of it.
        credit.acknowledged(1, now);
        assert!(!credit.for_picture());
        credit.acknowledged(2, now);
        assert!(credit.for_picture() && credit.for_step().is_none());
        assert!(credit.for_overdue_step().is_some());
        credit.sent_step(4, now);
        assert!(credit.for_overdue_step().is_none(), "one at a time");
        credit.acknowledged(3, now);
        assert!(credit.for_step().is_none());
        credit.acknowledged(4, now);
        assert!(credit.for_step().is_some());
    }

    #[test]
    fn steps_grow_on_a_swift_path_and_shrink_on_a_slow_one() {
        let (mut credit, start) = (Credit::default(), Instant::now());
        let mut take = |number: u64, after: u64| {
            credit.sent_step(number, start);
            assert_eq!(credit.for_step(), None, "one at a time");
            credit.acknowledged(number, start + Duration::from_millis(after));
            credit.for_step().expect("credit")
        };
        let first = take(1, 20);
        assert_eq!(take(2, 2), first * 2);
        assert_eq!(take(3, 100), first);
        assert_eq!(take(4, 100), first);
        for number in 5..30 {
            assert!(take(number, 1) <= *STEP_BYTES.end());
        }
    }
}
