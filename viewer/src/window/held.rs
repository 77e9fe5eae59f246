//! The keys and buttons that the device believes to be down, so that every one is let go.

use std::collections::BTreeSet;
use std::time::Instant;

use farpane_protocol::session::input::PointerButton;

use crate::session::input::{Input, InputQueue};

/// What was sent as pressed and not yet as released.
#[derive(Debug, Default)]
pub(super) struct Held {
    keys: BTreeSet<u16>,
    buttons: BTreeSet<PointerButton>,
}

impl Held {
    /// Whether anything is down.
    pub(super) fn any(&self) -> bool {
        !self.keys.is_empty() || !self.buttons.is_empty()
    }

    /// Whether a button is down: something is being dragged.
    pub(super) fn any_button(&self) -> bool {
        !self.buttons.is_empty()
    }

    /// A key went down or up. Repeats of a held key and releases of one that was never sent are
    /// not sent: the device repeats by itself.
    pub(super) fn key(&mut self, code: u16, down: bool, queue: &InputQueue, now: Instant) {
        if self.keys.contains(&code) == down {
            return;
        }
        let taken = queue.push(Input::Key { code, down }, now);
        match (down, taken) {
            (true, true) => drop(self.keys.insert(code)),
            // A queue that takes no release is closed, and the device lets go by itself.
            (false, _) => drop(self.keys.remove(&code)),
            (true, false) => {}
        }
    }

    /// A button went down or up.
    pub(super) fn button(
        &mut self,
        button: PointerButton,
        down: bool,
        queue: &InputQueue,
        now: Instant,
    ) {
        if self.buttons.contains(&button) == down {
            return;
        }
        let taken = queue.push(Input::Button { button, down }, now);
        match (down, taken) {
            (true, true) => drop(self.buttons.insert(button)),
            (false, _) => drop(self.buttons.remove(&button)),
            (true, false) => {}
        }
    }

    /// Lets everything go, for when the window loses the keyboard.
    pub(super) fn release_all(&mut self, queue: &InputQueue, now: Instant) {
        for code in std::mem::take(&mut self.keys) {
            queue.push(Input::Key { code, down: false }, now);
        }
        for button in std::mem::take(&mut self.buttons) {
            queue.push(
                Input::Button {
                    button,
                    down: false,
                },
                now,
            );
        }
    }

    /// Contact is lost or the session over: the device has let go by itself.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(queue: &InputQueue) -> usize {
        std::iter::from_fn(|| queue.pop()).count()
    }

    #[test]
    fn losing_the_keyboard_releases_what_is_held_exactly_once() {
        let (queue, now) = (InputQueue::default(), Instant::now());
        queue.set_open(true);
        let mut held = Held::default();
        for code in [29, 56, 29] {
            held.key(code, true, &queue, now);
        }
        held.button(PointerButton::Left, true, &queue, now);
        assert_eq!(sent(&queue), 3, "the repeat is not sent");
        held.release_all(&queue, now);
        held.release_all(&queue, now);
        assert_eq!(sent(&queue), 3);
        held.key(29, false, &queue, now);
        assert_eq!(sent(&queue), 0, "the late release is not sent");
        assert!(!held.any());
    }

    #[test]
    fn what_was_pressed_before_control_is_not_released_later() {
        let (queue, now) = (InputQueue::default(), Instant::now());
        let mut held = Held::default();
        held.key(30, true, &queue, now);
        queue.set_open(true);
        held.key(30, false, &queue, now);
        assert_eq!(sent(&queue), 0);
    }
}
