//! Input on its way from the window to the network: in order, bounded, pointer moves merged.
//!
//! Sequence numbers are given when a message leaves, so merged moves cost none; the queue keeps
//! when each was made, for measuring how long it takes until its effect is seen.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use farpane_protocol::geometry::Point;
use farpane_protocol::limits::INPUT_TEXT_BYTES;
use farpane_protocol::session::input::{PointerButton, WHEEL_MAX};
use farpane_protocol::wire::message::{Button, Key, Message, Pointer, Text, Wheel};
use tokio::sync::Notify;

/// Most inputs that wait. Contact is declared lost after 2.5 s, which empties the queue; no hand
/// makes so many in that time. Beyond it presses, moves and turns of the wheel are refused while
/// releases still pass, so that nothing sticks.
const QUEUE: usize = 2048;

/// Releases that may stand beyond [`QUEUE`]: more keys and buttons than anybody holds down.
const RELEASES: usize = 256;

/// Sent inputs whose time is remembered: over half a second of the fastest mouse.
const REMEMBERED: usize = 1024;

/// Something that the technician did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A key at a physical position (Linux input event code) went down or up.
    Key {
        /// Linux input event code.
        code: u16,
        /// Down or up.
        down: bool,
    },
    /// Text that an input method made.
    Text(String),
    /// The pointer is over one of the device's monitors.
    Move {
        /// Its number.
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
    /// The wheel turned, in 1/120 of a notch: to the right and downward.
    Wheel {
        /// To the right.
        dx: i32,
        /// Downward.
        dy: i32,
    },
}

impl Input {
    fn is_release(&self) -> bool {
        matches!(
            self,
            Self::Key { down: false, .. } | Self::Button { down: false, .. }
        )
    }

    fn message(self, sequence: u64) -> Message {
        match self {
            Self::Key { code, down } => Key {
                sequence,
                code: u32::from(code),
                down,
            }
            .into(),
            Self::Text(text) => Text { sequence, text }.into(),
            Self::Move {
                surface,
                at: Point { x, y },
            } => Pointer {
                sequence,
                surface,
                x,
                y,
            }
            .into(),
            Self::Button { button, down } => Button {
                sequence,
                button: button.number(),
                down,
            }
            .into(),
            Self::Wheel { dx, dy } => Wheel { sequence, dx, dy }.into(),
        }
    }
}

#[derive(Debug, Default)]
struct Inner {
    open: bool,
    waiting: VecDeque<(Input, Instant)>,
    last_sequence: u64,
    sent: VecDeque<(u64, Instant)>,
}

/// The queue. Closed at first: nothing enters before the session allows control.
#[derive(Debug, Default)]
pub struct InputQueue {
    inner: Mutex<Inner>,
    filled: Notify,
}

impl InputQueue {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets input in, or keeps it out and forgets what waits.
    pub fn set_open(&self, open: bool) {
        let mut inner = self.lock();
        inner.open = open;
        if !open {
            inner.waiting.clear();
        }
    }

    /// Whether input is let in.
    pub fn is_open(&self) -> bool {
        self.lock().open
    }

    /// Puts one input behind the others; `false` when it was not taken.
    pub fn push(&self, input: Input, now: Instant) -> bool {
        let mut inner = self.lock();
        if !inner.open {
            return false;
        }
        if let Some((last, at)) = inner.waiting.back_mut()
            && merge(last, &input)
        {
            *at = now;
            return true;
        }
        let room = QUEUE + if input.is_release() { RELEASES } else { 0 };
        if inner.waiting.len() >= room {
            return false;
        }
        match input {
            Input::Text(text) => {
                let pieces = pieces(&text).map(|piece| (Input::Text(piece.to_owned()), now));
                inner.waiting.extend(pieces.take(room));
            }
            Input::Key { .. } | Input::Move { .. } | Input::Button { .. } | Input::Wheel { .. } => {
                inner.waiting.push_back((input, now));
            }
        }
        drop(inner);
        self.filled.notify_one();
        true
    }

    /// The next message to send, numbered.
    pub fn pop(&self) -> Option<Message> {
        let mut inner = self.lock();
        let (input, at) = inner.waiting.pop_front()?;
        inner.last_sequence += 1;
        let sequence = inner.last_sequence;
        if inner.sent.len() == REMEMBERED {
            inner.sent.pop_front();
        }
        inner.sent.push_back((sequence, at));
        Some(input.message(sequence))
    }

    /// Waits until something was put in.
    pub async fn filled(&self) {
        self.filled.notified().await;
    }

    /// When the input with this number was made, if that is still remembered.
    pub fn made_at(&self, sequence: u64) -> Option<Instant> {
        let inner = self.lock();
        let at = inner
            .sent
            .binary_search_by_key(&sequence, |(number, _)| *number);
        at.ok()
            .and_then(|at| inner.sent.get(at))
            .map(|(_, made)| *made)
    }
}

/// Whether `next` could be taken into `last`: only the newest place of the pointer matters, and
/// turns of the wheel add up.
fn merge(last: &mut Input, next: &Input) -> bool {
    match (last, next) {
        (
            Input::Move { surface, at },
            Input::Move {
                surface: other,
                at: next,
            },
        ) => {
            let same = surface == other;
            if same {
                *at = *next;
            }
            same
        }
        (
            Input::Wheel { dx, dy },
            Input::Wheel {
                dx: more_x,
                dy: more_y,
            },
        ) => {
            let (x, y) = (dx.saturating_add(*more_x), dy.saturating_add(*more_y));
            let fits = x.abs() <= WHEEL_MAX && y.abs() <= WHEEL_MAX;
            if fits {
                (*dx, *dy) = (x, y);
            }
            fits
        }
        (
            Input::Key { .. }
            | Input::Text(_)
            | Input::Move { .. }
            | Input::Button { .. }
            | Input::Wheel { .. },
            Input::Key { .. }
            | Input::Text(_)
            | Input::Move { .. }
            | Input::Button { .. }
            | Input::Wheel { .. },
        ) => false,
    }
}

/// A text in pieces that one message each may carry.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let mut cut = rest.len().min(INPUT_TEXT_BYTES);
        while !rest.is_char_boundary(cut) {
            cut -= 1;
        }
        let (piece, tail) = rest.split_at(cut);
        rest = tail;
        (!piece.is_empty()).then_some(piece)
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn open() -> InputQueue {
        let queue = InputQueue::default();
        queue.set_open(true);
        queue
    }

    fn at(x: i32) -> Input {
        Input::Move {
            surface: 0,
            at: Point { x, y: 0 },
        }
    }

    fn key(down: bool) -> Input {
        Input::Key { code: 30, down }
    }

    #[test]
    fn view_only_lets_nothing_in() {
        let queue = InputQueue::default();
        for input in [
            key(true),
            at(1),
            Input::Text("a".into()),
            Input::Wheel { dx: 0, dy: 1 },
        ] {
            assert!(!queue.push(input, Instant::now()));
        }
        assert_eq!(queue.pop(), None);
    }

    #[test]
    fn moves_merge_but_never_past_a_key_or_a_click() {
        let (queue, now) = (open(), Instant::now());
        let click = Input::Button {
            button: PointerButton::Left,
            down: true,
        };
        for input in [at(1), at(2), click, at(3), at(4), key(true), at(5)] {
            assert!(queue.push(input, now));
        }
        let messages: Vec<_> = std::iter::from_fn(|| queue.pop()).collect();
        let sequences: Vec<_> = messages
            .iter()
            .filter_map(Message::input_sequence)
            .collect();
        assert_eq!(sequences, [1, 2, 3, 4, 5]);
        let moved: Vec<_> = messages
            .iter()
            .filter_map(|message| {
                if let Message::Pointer(m) = message {
                    Some(m.x)
                } else {
                    None
                }
            })
            .collect();
        assert_eq!(moved, [2, 4, 5]);
    }

    #[test]
    fn moves_on_two_monitors_are_two() {
        let (queue, now) = (open(), Instant::now());
        for surface in [0, 0, 1, 1, 0] {
            let at = Point { x: 3, y: 4 };
            assert!(queue.push(Input::Move { surface, at }, now));
        }
        assert_eq!(std::iter::from_fn(|| queue.pop()).count(), 3);
    }

    #[test]
    fn releases_pass_when_the_queue_is_full() {
        let (queue, now) = (open(), Instant::now());
        for _ in 0..QUEUE {
            assert!(queue.push(key(true), now));
        }
        assert!(!queue.push(key(true), now));
        assert!(!queue.push(at(1), now));
        assert!(queue.push(key(false), now));
        assert_eq!(std::iter::from_fn(|| queue.pop()).count(), QUEUE + 1);
    }

    #[test]
    fn the_time_of_an_input_is_found_by_the_number_that_comes_back() {
        let (queue, start) = (open(), Instant::now());
        for step in 0..REMEMBERED as u64 + 10 {
            queue.push(key(step % 2 == 0), start + Duration::from_millis(step));
            queue.pop().expect("was pushed");
        }
        assert_eq!(queue.made_at(5), None, "forgotten");
        assert_eq!(queue.made_at(20), Some(start + Duration::from_millis(19)));
        assert_eq!(queue.made_at(u64::MAX), None);
    }

    #[test]
    fn closing_forgets_what_waits_and_numbers_go_on() {
        let (queue, now) = (open(), Instant::now());
        queue.push(key(true), now);
        queue.pop().expect("was pushed");
        queue.push(key(false), now);
        queue.set_open(false);
        queue.set_open(true);
        assert_eq!(queue.pop(), None);
        queue.push(key(true), now);
        assert_eq!(queue.pop().and_then(|m| m.input_sequence()), Some(2));
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        let text = "ä".repeat(INPUT_TEXT_BYTES);
        let cut: Vec<_> = pieces(&text).collect();
        assert!(cut.iter().all(|piece| piece.len() <= INPUT_TEXT_BYTES));
        assert_eq!(cut.concat(), text);
    }
}
