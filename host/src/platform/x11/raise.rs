//! Keeps a window on top and in its place without fighting over it: how often to raise it.

use std::time::{Duration, Instant};

/// Shortest time between two raises. Two programs that raise on every cover would otherwise keep
/// the X server and the person's eyes busy.
const PAUSE: Duration = Duration::from_millis(500);

/// How often the pause doubles while raising does not help; four seconds in the end.
const MAX_DOUBLINGS: u32 = 3;

/// When to raise next.
#[derive(Debug, Default)]
pub(super) struct Raiser {
    /// Not wholly visible. The server tells only when this begins and ends, not when another
    /// window takes over the covering, so raising goes on until it ends.
    covered: bool,
    /// Moved by somebody else; one raise puts that right.
    away: bool,
    last: Option<Instant>,
    tries: u32,
}

impl Raiser {
    /// The window is not wholly visible.
    pub(super) fn covered(&mut self) {
        self.covered = true;
    }

    /// The window was moved.
    pub(super) fn away(&mut self) {
        self.away = true;
    }

    /// The window is all visible.
    pub(super) fn clear(&mut self) {
        self.covered = false;
        self.tries = 0;
    }

    /// When [`Raiser::due`] is to be asked next, if at all.
    pub(super) fn deadline(&self, now: Instant) -> Option<Instant> {
        let pause = PAUSE * (1 << self.tries.saturating_sub(1).min(MAX_DOUBLINGS));
        (self.covered || self.away).then(|| self.last.map_or(now, |last| last + pause))
    }

    /// Whether to raise now.
    pub(super) fn due(&mut self, now: Instant) -> bool {
        if self.deadline(now).is_none_or(|due| due > now) {
            return false;
        }
        self.away = false;
        self.last = Some(now);
        self.tries = self.tries.saturating_add(1);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How often it is raised in ten seconds, if `each` happens every millisecond before.
    fn raises(mut each: impl FnMut(&mut Raiser)) -> usize {
        let start = Instant::now();
        let mut raiser = Raiser::default();
        let times = (0..10_000).map(|ms| start + Duration::from_millis(ms));
        times
            .filter(|now| {
                each(&mut raiser);
                raiser.due(*now)
            })
            .count()
    }

    #[test]
    fn race_with_another_program_is_run_twice_a_second() {
        let race = |raiser: &mut Raiser| {
            raiser.clear();
            raiser.covered();
        };
        assert_eq!(raises(race), 20);
    }

    #[test]
    fn raising_in_vain_gets_rarer_but_does_not_end() {
        // At 0, 0.5, 1.5, 3.5 and 7.5 seconds.
        assert_eq!(raises(Raiser::covered), 5);
    }

    #[test]
    fn window_in_the_clear_is_left_alone_and_a_moved_one_is_put_back_once() {
        assert_eq!(raises(Raiser::clear), 0);
        let mut moved = false;
        let once = |raiser: &mut Raiser| {
            if !std::mem::replace(&mut moved, true) {
                raiser.away();
            }
        };
        assert_eq!(raises(once), 1);
    }
}
