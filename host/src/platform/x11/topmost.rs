//! Which window of ours is above all others of ours: the question, while there is one.
//!
//! Question and banner both keep themselves on top. Without an order between them they would take
//! turns in covering each other, and a yes never counts while the question is covered.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// No window has this number.
const NOBODY: u32 = x11rb::NONE;

/// The place above all; clones are the same place. It belongs to this process and not to the
/// display, so that no other program can claim it.
#[derive(Clone, Debug, Default)]
pub(super) struct Topmost(Arc<AtomicU32>);

/// Being topmost, until dropped.
#[derive(Debug)]
pub(super) struct Claim(Topmost);

impl Topmost {
    /// Takes the place, if it is free.
    pub(super) fn claim(&self, window: u32) -> Option<Claim> {
        let order = Ordering::AcqRel;
        let claimed = self
            .0
            .compare_exchange(NOBODY, window, order, Ordering::Acquire);
        claimed.is_ok().then(|| Claim(self.clone()))
    }

    /// Who has it.
    pub(super) fn window(&self) -> Option<u32> {
        Some(self.0.load(Ordering::Acquire)).filter(|window| *window != NOBODY)
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.0.0.store(NOBODY, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn place_is_given_to_one_at_a_time() {
        let place = Topmost::default();
        let first = place.claim(7);
        assert!(first.is_some());
        assert!(place.clone().claim(8).is_none());
        assert_eq!(place.window(), Some(7));
        drop(first);
        assert_eq!(place.window(), None);
        assert!(place.claim(8).is_some());
    }
}
