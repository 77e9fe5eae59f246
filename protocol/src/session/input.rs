//! Input from a viewer, judged: in order, exactly once, within limits, on the surface.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use crate::geometry::{Point, Size};
use crate::limits::{INPUT_PER_SECOND, INPUT_TEXT_BYTES};
use crate::wire::message::Message;

/// A pointer button.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PointerButton {
    /// The first.
    Left,
    /// The wheel.
    Middle,
    /// The second.
    Right,
    /// Towards the previous page.
    Back,
    /// Towards the next page.
    Forward,
}

impl PointerButton {
    /// Its number on the wire.
    pub const fn number(self) -> u32 {
        match self {
            Self::Left => 0,
            Self::Middle => 1,
            Self::Right => 2,
            Self::Back => 3,
            Self::Forward => 4,
        }
    }

    /// The button with that number.
    pub const fn from_number(number: u32) -> Option<Self> {
        match number {
            0 => Some(Self::Left),
            1 => Some(Self::Middle),
            2 => Some(Self::Right),
            3 => Some(Self::Back),
            4 => Some(Self::Forward),
            _ => None,
        }
    }
}

/// Input that may be applied as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InputEvent {
    /// A key at a physical position (Linux input event code) went down or up.
    Key {
        /// Linux input event code, below [`KEY_CODES`].
        code: u16,
        /// Down or up.
        down: bool,
    },
    /// Text to type, at most [`INPUT_TEXT_BYTES`].
    Text(String),
    /// The pointer is over this surface, which the host shares.
    Move {
        /// Which.
        surface: u32,
        /// At this pixel of it.
        at: Point,
    },
    /// A button went down or up.
    Button {
        /// Which.
        button: PointerButton,
        /// Down or up.
        down: bool,
    },
    /// The wheel turned, in 1/120 of a notch, at most [`WHEEL_MAX`] either way.
    Wheel {
        /// To the right.
        dx: i32,
        /// Downward.
        dy: i32,
    },
}

/// Key codes end here: X11 carries codes up to 247 and Linux keyboards stay below 256.
pub const KEY_CODES: u32 = 248;

/// Most that one wheel message may turn: ten notches. More is an attack or a broken driver.
pub const WHEEL_MAX: i32 = 1200;

/// Input messages above the rate after which a session ends: no person and no broken mouse sends
/// ten seconds' worth too many.
const FLOOD: u32 = 10 * INPUT_PER_SECOND;

/// Keys and buttons that the viewer holds down, and how fast it sends.
#[derive(Debug)]
pub(crate) struct InputGate {
    last_sequence: u64,
    held_keys: BTreeSet<u16>,
    held_buttons: BTreeSet<PointerButton>,
    rate: Bucket,
    excess: u32,
}

/// Lets so many events a second pass, and as many at once.
#[derive(Debug)]
pub(crate) struct Bucket {
    per_second: f64,
    tokens: f64,
    refilled: Instant,
}

impl Bucket {
    pub(crate) fn new(per_second: u32, now: Instant) -> Self {
        let per_second = f64::from(per_second);
        Self {
            per_second,
            tokens: per_second,
            refilled: now,
        }
    }

    /// Whether one more event is within the rate.
    pub(crate) fn spend(&mut self, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.refilled).as_secs_f64();
        self.refilled = now;
        self.tokens = (self.tokens + passed * self.per_second).min(self.per_second);
        if self.tokens < 1.0 {
            return false;
        }
        self.tokens -= 1.0;
        true
    }
}

impl InputGate {
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            last_sequence: 0,
            held_keys: BTreeSet::new(),
            held_buttons: BTreeSet::new(),
            rate: Bucket::new(INPUT_PER_SECOND, now),
            excess: 0,
        }
    }

    /// Sequence of the last message that was let through or dropped for good.
    pub(crate) fn last_sequence(&self) -> u64 {
        self.last_sequence
    }

    pub(crate) fn holds_anything(&self) -> bool {
        !self.held_keys.is_empty() || !self.held_buttons.is_empty()
    }

    /// Whether the sender has gone beyond the rate by so much that it is no person's input.
    pub(crate) fn is_flooded(&self) -> bool {
        self.excess > FLOOD
    }

    pub(crate) fn forget_held(&mut self) {
        self.held_keys.clear();
        self.held_buttons.clear();
    }

    /// Judges one input message. `None` drops it: a repeat, out of range, or above the rate.
    /// A release of something that is held always passes, so that nothing sticks; a release of
    /// anything else does nothing, so that releases cannot be used as a flood.
    pub(crate) fn judge(
        &mut self,
        message: &Message,
        surfaces: &BTreeMap<u32, Size>,
        now: Instant,
    ) -> Option<InputEvent> {
        let sequence = message.input_sequence()?;
        let within_rate = self.rate.spend(now);
        if !within_rate {
            self.excess = self.excess.saturating_add(1);
        }
        if sequence <= self.last_sequence {
            return None;
        }
        self.last_sequence = sequence;
        let event = parse(message, surfaces)?;
        match &event {
            InputEvent::Key { code, down: false } => {
                return self.held_keys.remove(code).then_some(event);
            }
            InputEvent::Button {
                button,
                down: false,
            } => {
                return self.held_buttons.remove(button).then_some(event);
            }
            InputEvent::Key { .. }
            | InputEvent::Button { .. }
            | InputEvent::Text(_)
            | InputEvent::Move { .. }
            | InputEvent::Wheel { .. } => {}
        }
        if !within_rate {
            return None;
        }
        match &event {
            InputEvent::Key { code, .. } => drop(self.held_keys.insert(*code)),
            InputEvent::Button { button, .. } => drop(self.held_buttons.insert(*button)),
            InputEvent::Text(_) | InputEvent::Move { .. } | InputEvent::Wheel { .. } => {}
        }
        Some(event)
    }
}

fn parse(message: &Message, surfaces: &BTreeMap<u32, Size>) -> Option<InputEvent> {
    match message {
        Message::Key(m) if m.code < KEY_CODES => Some(InputEvent::Key {
            code: m.code as u16,
            down: m.down,
        }),
        Message::Text(m) if m.text.len() <= INPUT_TEXT_BYTES => {
            Some(InputEvent::Text(m.text.clone()))
        }
        Message::Pointer(m) => surfaces.get(&m.surface).map(|size| InputEvent::Move {
            surface: m.surface,
            at: size.clamp(Point { x: m.x, y: m.y }),
        }),
        Message::Button(m) => {
            PointerButton::from_number(m.button).map(|button| InputEvent::Button {
                button,
                down: m.down,
            })
        }
        Message::Wheel(m) => Some(InputEvent::Wheel {
            dx: m.dx.clamp(-WHEEL_MAX, WHEEL_MAX),
            dy: m.dy.clamp(-WHEEL_MAX, WHEEL_MAX),
        }),
        Message::Key(_)
        | Message::Text(_)
        | Message::Hello(_)
        | Message::Welcome(_)
        | Message::Waiting(_)
        | Message::Started(_)
        | Message::Surface(_)
        | Message::Cursor(_)
        | Message::Ended(_)
        | Message::Beat(_)
        | Message::BeatReply(_)
        | Message::FrameAck(_)
        | Message::Refresh(_)
        | Message::Bye(_)
        | Message::Show(_)
        | Message::ClipboardText(_)
        | Message::ClipboardPart(_)
        | Message::ClipboardTooLong(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::wire::message::{Key, Pointer, Wheel};

    fn surfaces() -> BTreeMap<u32, Size> {
        let size = |width, height| Size::new(width, height).expect("valid");
        BTreeMap::from([(0, size(100, 100)), (2, size(50, 60))])
    }

    fn key(sequence: u64, code: u32, down: bool) -> Message {
        Key {
            sequence,
            code,
            down,
        }
        .into()
    }

    #[test]
    fn a_repeated_or_older_message_is_applied_once() {
        let now = Instant::now();
        let mut gate = InputGate::new(now);
        assert!(gate.judge(&key(1, 30, true), &surfaces(), now).is_some());
        assert!(gate.judge(&key(1, 30, false), &surfaces(), now).is_none());
        assert!(gate.holds_anything());
        assert!(gate.judge(&key(2, 30, false), &surfaces(), now).is_some());
        assert!(!gate.holds_anything());
    }

    #[test]
    fn hostile_numbers_are_clamped_or_dropped() {
        let now = Instant::now();
        let mut gate = InputGate::new(now);
        let far = Pointer {
            sequence: 1,
            surface: 0,
            x: i32::MAX,
            y: i32::MIN,
        }
        .into();
        assert_eq!(
            gate.judge(&far, &surfaces(), now),
            Some(InputEvent::Move {
                surface: 0,
                at: Point { x: 99, y: 0 }
            })
        );
        let wild = Wheel {
            sequence: 2,
            dx: i32::MIN,
            dy: i32::MAX,
        }
        .into();
        assert_eq!(
            gate.judge(&wild, &surfaces(), now),
            Some(InputEvent::Wheel {
                dx: -WHEEL_MAX,
                dy: WHEEL_MAX
            })
        );
        assert_eq!(gate.judge(&key(3, 60_000, true), &surfaces(), now), None);
        let elsewhere = Pointer {
            sequence: 4,
            surface: 7,
            x: 1,
            y: 1,
        }
        .into();
        assert_eq!(gate.judge(&elsewhere, &surfaces(), now), None);
    }

    #[test]
    fn a_flood_is_cut_but_releases_pass() {
        let now = Instant::now();
        let mut gate = InputGate::new(now);
        let through = (1..=10_000)
            .filter(|n| gate.judge(&key(*n, 30, true), &surfaces(), now).is_some())
            .count();
        assert_eq!(through, INPUT_PER_SECOND as usize);
        assert!(
            gate.judge(&key(10_001, 30, false), &surfaces(), now)
                .is_some()
        );
        let later = now + Duration::from_secs(1);
        assert!(
            gate.judge(&key(10_002, 30, true), &surfaces(), later)
                .is_some()
        );
    }

    #[test]
    fn releases_of_what_is_not_held_are_nothing_and_a_flood_of_them_is_noticed() {
        let now = Instant::now();
        let mut gate = InputGate::new(now);
        let mut sequence = 0;
        while !gate.is_flooded() {
            sequence += 1;
            assert!(sequence < 1_000_000, "noticed in the end");
            assert!(
                gate.judge(&key(sequence, 30, false), &surfaces(), now)
                    .is_none()
            );
        }
    }
}
