//! When the directory is asked which of its keys count, because an order came that a strange key
//! signed: not often, because a hostile relay can make up as many as it likes, and until there was
//! an answer, because the directory says some things only once.

use std::time::{Duration, Instant};

/// Pause between two questions.
const ASKED_EVERY: Duration = Duration::from_secs(10);
/// Longest pause where the last ones were not answered.
const ASKED_LATEST: Duration = Duration::from_secs(320);

/// What is known of such orders.
#[derive(Debug, Default)]
pub(super) struct Strange {
    asked: Option<Instant>,
    /// An order came that nobody has asked about with success.
    owed: bool,
    /// Questions in a row that were not answered.
    failures: u32,
}

impl Strange {
    /// An order came; whether to ask now.
    pub(super) fn came(&mut self, now: Instant) -> bool {
        self.owed = true;
        self.is_due(now)
    }

    /// Whether there is something to ask, and long enough after the last time.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        // Once after the usual pause, then each time after twice as long.
        let doubled = 1 << self.failures.saturating_sub(1).min(5);
        let pause = (ASKED_EVERY * doubled).min(ASKED_LATEST);
        let lately = |at| now.saturating_duration_since(at) < pause;
        self.owed && !self.asked.is_some_and(lately)
    }

    /// The directory was asked, and answered or not.
    pub(super) fn asked(&mut self, now: Instant, answered: bool) {
        self.asked = Some(now);
        self.owed &= !answered;
        self.failures = if answered {
            0
        } else {
            self.failures.saturating_add(1)
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_answered_is_asked_again_and_nothing_is_asked_often() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut strange = Strange::default();
        assert!(!strange.is_due(at(0)), "nothing came");
        assert!(strange.came(at(0)));
        strange.asked(at(0), false);
        assert!(!strange.is_due(at(9)), "too soon");
        assert!(strange.is_due(at(10)), "nobody answered yet");
        strange.asked(at(10), false);
        assert!(
            !strange.is_due(at(29)),
            "twice as long after the second time"
        );
        assert!(strange.is_due(at(30)), "nobody answered yet");
        strange.asked(at(30), true);
        assert!(!strange.is_due(at(60)), "answered");
        strange.asked(at(60), true);
        assert!(!strange.came(at(61)), "too soon");
        assert!(strange.is_due(at(70)), "one came since the last answer");
    }
}
