//! Orders that a key signed which this host does not know: the directory is asked which of its
//! keys count, and the orders wait for the answer, because the directory says some things only
//! once. It is not asked often, because a hostile relay can make up as many as it likes.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Pause between two questions.
const ASKED_EVERY: Duration = Duration::from_secs(10);
/// Longest pause where the last ones were not answered.
const ASKED_LATEST: Duration = Duration::from_secs(320);

/// Orders that wait, the newest.
const KEPT: usize = 8;

/// What is known of such orders.
#[derive(Debug, Default)]
pub(super) struct Strange {
    asked: Option<Instant>,
    /// Sealed orders that nobody has asked about with success, oldest first.
    orders: VecDeque<String>,
    /// Questions in a row that were not answered.
    failures: u32,
}

impl Strange {
    /// An order came: what to open now, in this order. Those that wait may be known by now, and
    /// count for nothing once a later one was obeyed.
    pub(super) fn with(&mut self, sealed: String) -> Vec<String> {
        self.orders.drain(..).chain([sealed]).collect()
    }

    /// Nobody here knows who signed it.
    pub(super) fn keep(&mut self, sealed: String) {
        if self.orders.len() == KEPT {
            self.orders.pop_front();
        }
        self.orders.push_back(sealed);
    }

    /// Whether there is something to ask, and long enough after the last time.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        // Once after the usual pause, then each time after twice as long.
        let doubled = 1 << self.failures.saturating_sub(1).min(5);
        let pause = (ASKED_EVERY * doubled).min(ASKED_LATEST);
        let lately = |at| now.saturating_duration_since(at) < pause;
        self.waits() && !self.asked.is_some_and(lately)
    }

    /// Whether an order waits to be asked about.
    pub(super) fn waits(&self) -> bool {
        !self.orders.is_empty()
    }

    /// The directory was asked, and answered or not; the orders that can be opened now, if ever.
    pub(super) fn asked(&mut self, now: Instant, answered: bool) -> Vec<String> {
        self.asked = Some(now);
        if answered {
            self.failures = 0;
            self.orders.drain(..).collect()
        } else {
            self.failures = self.failures.saturating_add(1);
            Vec::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An order of an unknown key comes; whether to ask now.
    fn came(strange: &mut Strange, sealed: &str, now: Instant) -> bool {
        for sealed in strange.with(sealed.into()) {
            strange.keep(sealed);
        }
        strange.is_due(now)
    }

    #[test]
    fn what_was_not_answered_is_asked_again_and_nothing_is_asked_often() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut strange = Strange::default();
        assert!(!strange.is_due(at(0)), "nothing came");
        assert!(came(&mut strange, "one", at(0)));
        assert!(strange.asked(at(0), false).is_empty());
        assert!(!strange.is_due(at(9)), "too soon");
        assert!(strange.is_due(at(10)), "nobody answered yet");
        assert!(strange.asked(at(10), false).is_empty());
        assert!(
            !strange.is_due(at(29)),
            "twice as long after the second time"
        );
        assert!(strange.is_due(at(30)), "nobody answered yet");
        assert_eq!(strange.asked(at(30), true), ["one"]);
        assert!(!strange.is_due(at(60)), "answered");
        strange.asked(at(60), true);
        assert!(!came(&mut strange, "two", at(61)), "too soon");
        assert!(strange.is_due(at(70)), "one came since the last answer");
    }

    #[test]
    fn what_waits_goes_before_what_comes() {
        let now = Instant::now();
        let mut strange = Strange::default();
        for order in ["1", "2"] {
            came(&mut strange, order, now);
        }
        assert_eq!(strange.with("3".into()), ["1", "2", "3"]);
        assert!(!strange.waits(), "all were taken out");
    }

    #[test]
    fn of_many_orders_the_newest_wait() {
        let now = Instant::now();
        let mut strange = Strange::default();
        for number in 0..20 {
            came(&mut strange, &number.to_string(), now);
        }
        let kept = strange.asked(now, true);
        assert_eq!(kept, ["12", "13", "14", "15", "16", "17", "18", "19"]);
    }
}
