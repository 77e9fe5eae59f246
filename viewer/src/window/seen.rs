//! Whether somebody could see a window, as far as its display tells, and when it had the keyboard.

use std::time::{Duration, Instant};

use winit::event::WindowEvent;

/// A window that lost the keyboard may have been minimised, which some displays do not tell: looked
/// at once, after the time that a desktop needs for it.
const MINIMISED: Duration = Duration::from_millis(300);

/// What is known of that.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Something lies over all of it.
    covered: bool,
    minimised: bool,
    /// When to look whether it was minimised.
    due: Option<Instant>,
    /// When it had the keyboard last.
    focused: Option<Instant>,
}

impl Seen {
    /// Something happened to the window; whether it can be seen again.
    pub(super) fn hear(&mut self, event: &WindowEvent, now: Instant) -> bool {
        let before = self.is_visible();
        if let WindowEvent::Occluded(covered) = event {
            self.covered = *covered;
            self.minimised = false;
        }
        if let WindowEvent::Focused(focused) = event {
            self.focused = Some(now);
            self.minimised &= !focused;
            self.due = (!focused).then_some(now + MINIMISED);
        }
        self.is_visible() && !before
    }

    /// Looks whether it was minimised, if that is due.
    pub(super) fn tick(&mut self, now: Instant, is_minimised: impl FnOnce() -> bool) {
        if self.due.is_some_and(|at| now >= at) {
            self.due = None;
            self.minimised = is_minimised();
        }
    }

    /// When [`Self::tick`] is wanted.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.due
    }

    /// Whether somebody could see it.
    pub(super) fn is_visible(&self) -> bool {
        !self.covered && !self.minimised
    }

    /// When it had the keyboard last, if ever.
    pub(super) fn focused(&self) -> Option<Instant> {
        self.focused
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn covered_or_minimised_window_is_not_seen_until_it_comes_back() {
        let (mut seen, now) = (Seen::default(), Instant::now());
        assert!(!seen.hear(&WindowEvent::Occluded(true), now));
        assert!(!seen.is_visible());
        assert!(seen.hear(&WindowEvent::Occluded(false), now));

        seen.hear(&WindowEvent::Focused(false), now);
        assert!(seen.is_visible(), "another window has the keyboard");
        let due = seen.deadline().expect("it may have been minimised");
        seen.tick(due, || true);
        assert!(!seen.is_visible());
        assert_eq!(seen.deadline(), None);
        assert!(seen.hear(&WindowEvent::Focused(true), due));
        assert_eq!(seen.focused(), Some(due));
        seen.hear(&WindowEvent::Focused(false), due);
        seen.tick(due, || unreachable!("not due yet"));
    }
}
