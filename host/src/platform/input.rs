//! Buttons, held keys and wheel steps, as every back end understands them.

/// Most characters of one text; a page. Typing it takes seconds, and a queue of such texts must
/// stay short.
pub const MAX_TEXT_CHARS: usize = 4096;

/// One notch of a wheel, in the unit of [`super::Injector::wheel`].
pub const WHEEL_STEP: i32 = 120;

/// Most notches that one call turns, per axis; more is a runaway, not a finger.
pub(super) const MAX_NOTCHES: i32 = 32;

/// A mouse button.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Button {
    /// The main one.
    Left,
    /// The wheel pressed down.
    Middle,
    /// The one for menus.
    Right,
    /// The thumb's, backward.
    Back,
    /// The thumb's, forward.
    Forward,
}

/// Something that is held down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Held {
    /// A key, by its evdev code.
    Key(u16),
    /// A mouse button.
    Button(Button),
}

/// What an injector holds down, oldest first; each thing at most once, so it is bounded by the
/// number of keys and buttons.
#[derive(Debug, Default)]
pub(super) struct HeldSet(Vec<Held>);

impl HeldSet {
    /// Notes a press or release; false when it changes nothing and need not be sent.
    pub(super) fn note(&mut self, what: Held, down: bool) -> bool {
        let at = self.0.iter().position(|held| *held == what);
        match (at, down) {
            (None, true) => self.0.push(what),
            (Some(at), false) => drop(self.0.remove(at)),
            (Some(_), true) | (None, false) => return false,
        }
        true
    }

    pub(super) fn list(&self) -> Vec<Held> {
        self.0.clone()
    }
}

/// Gathers 1/120 steps of one axis until they make a notch.
#[derive(Debug, Default)]
pub(super) struct Wheel {
    rest: i32,
}

impl Wheel {
    /// Adds steps; how many whole notches to turn now, negative for up or left.
    pub(super) fn turn(&mut self, steps: i32) -> i32 {
        if steps.signum() * self.rest.signum() < 0 {
            self.rest = 0; // A finger that turned round starts anew.
        }
        let sum = self.rest.saturating_add(steps);
        self.rest = sum % WHEEL_STEP;
        (sum / WHEEL_STEP).clamp(-MAX_NOTCHES, MAX_NOTCHES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn held_set_reports_only_changes() {
        let mut held = HeldSet::default();
        assert!(held.note(Held::Key(30), true));
        assert!(!held.note(Held::Key(30), true));
        assert!(held.note(Held::Button(Button::Left), true));
        assert_eq!(held.list(), [Held::Key(30), Held::Button(Button::Left)]);
        assert!(held.note(Held::Key(30), false));
        assert!(!held.note(Held::Key(30), false));
        assert_eq!(held.list(), [Held::Button(Button::Left)]);
    }

    #[test]
    fn small_steps_add_up_to_notches_and_a_turn_forgets_them() {
        let mut wheel = Wheel::default();
        assert_eq!([wheel.turn(50), wheel.turn(50), wheel.turn(50)], [0, 0, 1]);
        assert_eq!(wheel.turn(-90), 0, "the 30 steps left over are forgotten");
        assert_eq!(wheel.turn(-30), -1);
        assert_eq!(wheel.turn(0), 0);
    }

    #[test]
    fn runaway_wheel_is_bounded() {
        assert_eq!(Wheel::default().turn(i32::MAX), MAX_NOTCHES);
        assert_eq!(Wheel::default().turn(i32::MIN), -MAX_NOTCHES);
    }
}
