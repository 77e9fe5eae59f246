//! From the window's events to input for the device, through the scaling that is shown.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use farpane_protocol::geometry::Point;
use farpane_protocol::session::input::PointerButton;
use winit::event::{KeyEvent, MouseButton, MouseScrollDelta};
use winit::keyboard::{ModifiersState, PhysicalKey};

use super::held::Held;
use super::keys::{self, Keyboard, Pressed, Sent};
use super::shortcut::{self, Action};
use super::view::View;
use crate::session::input::{Input, InputQueue};

/// One notch of a wheel on the wire.
const NOTCH: f64 = 120.0;

/// Pixels of a touchpad that make a notch, at scale 1.
const PIXELS_PER_NOTCH: f64 = 40.0;

/// What is pressed and where the pointer is.
#[derive(Debug, Default)]
pub(super) struct Controls {
    queue: Arc<InputQueue>,
    held: Held,
    keyboard: Keyboard,
    /// What keys were sent as that go as another one.
    moved: BTreeMap<u16, u16>,
    /// Keys that went down as a shortcut: their release is not the device's either.
    kept: BTreeSet<u16>,
    modifiers: ModifiersState,
    pointer: Option<Point>,
    sent: Option<Point>,
    /// The number of the monitor that is seen.
    surface: u32,
    wheel: (f64, f64),
}

impl Controls {
    /// Input of a new session goes here.
    pub(super) fn connect(&mut self, queue: Arc<InputQueue>) {
        let pointer = self.pointer;
        *self = Self {
            queue,
            pointer,
            modifiers: self.modifiers,
            keyboard: self.keyboard,
            ..Self::default()
        };
    }

    /// Where the pointer is in the window.
    pub(super) fn pointer(&self) -> Option<Point> {
        self.pointer
    }

    /// Whether a button is held down on the device.
    pub(super) fn dragging(&self) -> bool {
        self.held.any_button()
    }

    /// Whether anything is held down on the device.
    pub(super) fn holding(&self) -> bool {
        self.held.any()
    }

    /// Which modifiers are down.
    pub(super) fn set_modifiers(&mut self, modifiers: ModifiersState) {
        self.modifiers = modifiers;
    }

    /// Who decides what a key means.
    pub(super) fn keyboard(&self) -> Keyboard {
        self.keyboard
    }

    /// Somebody else decides from now on.
    pub(super) fn set_keyboard(&mut self, keyboard: Keyboard, now: Instant) {
        self.release_all(now);
        self.keyboard = keyboard;
    }

    /// The queue may have been closed: then nothing is held any more.
    pub(super) fn settle(&mut self) {
        if (self.held.any() || self.sent.is_some()) && !self.queue.is_open() {
            self.held.forget();
            self.sent = None;
        }
    }

    /// The keyboard goes elsewhere.
    pub(super) fn release_all(&mut self, now: Instant) {
        self.held.release_all(&self.queue, now);
        self.kept.clear();
        self.moved.clear();
    }

    /// A shortcut, if this key event is one; such events are the window's own.
    pub(super) fn shortcut(&mut self, event: &KeyEvent) -> Kept {
        let PhysicalKey::Code(key) = event.physical_key else {
            return Kept::No;
        };
        let Some(code) = keys::code(event.physical_key) else {
            return Kept::No;
        };
        if !event.state.is_pressed() {
            return if self.kept.remove(&code) {
                Kept::Swallowed
            } else {
                Kept::No
            };
        }
        if self.kept.contains(&code) {
            return Kept::Swallowed;
        }
        match shortcut::action(key, self.modifiers) {
            Some(action) => {
                self.kept.insert(code);
                Kept::Does(action)
            }
            None => Kept::No,
        }
    }

    /// A key for the device. Text is sent again when the key repeats; a key that is held down
    /// repeats at the device.
    pub(super) fn key(&mut self, event: &KeyEvent, now: Instant) {
        let code = keys::code(event.physical_key);
        if !event.state.is_pressed() {
            if let Some(code) = code {
                let code = self.moved.remove(&code).unwrap_or(code);
                self.held.key(code, false, &self.queue, now);
            }
            return;
        }
        let pressed = Pressed {
            physical: event.physical_key,
            logical: &event.logical_key,
            text: event.text.as_deref(),
            modifiers: self.modifiers,
        };
        match keys::sent(self.keyboard, pressed) {
            Sent::Code(sent) if !event.repeat => {
                if let Some(code) = code.filter(|code| *code != sent) {
                    self.moved.insert(code, sent);
                }
                self.held.key(sent, true, &self.queue, now);
            }
            Sent::Text(text) => drop(self.queue.push(Input::Text(text), now)),
            Sent::Code(_) | Sent::Nothing => {}
        }
    }

    /// Presses and releases keys for the device, as if nothing else were held.
    pub(super) fn combination(&mut self, codes: &[u16], now: Instant) {
        self.held.release_all(&self.queue, now);
        for code in codes {
            self.held.key(*code, true, &self.queue, now);
        }
        for code in codes.iter().rev() {
            self.held.key(*code, false, &self.queue, now);
        }
    }

    /// Text that this machine's input method made.
    pub(super) fn text(&mut self, text: String, now: Instant) {
        self.queue.push(Input::Text(text), now);
    }

    /// The pointer moved in the window.
    pub(super) fn moved(&mut self, at: Point) {
        self.pointer = Some(at);
    }

    /// The picture is of the monitor with this number.
    pub(super) fn look_at(&mut self, surface: u32) {
        if std::mem::replace(&mut self.surface, surface) != surface {
            self.sent = None;
        }
    }

    /// The pointer left the window.
    pub(super) fn left(&mut self) {
        self.pointer = None;
    }

    /// Tells the device where the pointer is, if that is over its screen and new. While a button
    /// is down the nearest pixel counts, so that dragging beyond the edge works.
    pub(super) fn send_pointer(&mut self, view: &View, now: Instant) {
        let Some(at) = self.pointer else { return };
        if !view.contains(at) && !self.held.any_button() {
            return;
        }
        let pixel = view.to_surface(at);
        let (surface, at) = (self.surface, pixel);
        if self.sent != Some(pixel) && self.queue.push(Input::Move { surface, at }, now) {
            self.sent = Some(pixel);
        }
    }

    /// A button went down or up over the device's screen.
    pub(super) fn button(&mut self, button: MouseButton, down: bool, view: &View, now: Instant) {
        let Some(button) = known(button) else { return };
        self.send_pointer(view, now);
        self.held.button(button, down, &self.queue, now);
    }

    /// The wheel turned over the device's screen.
    pub(super) fn wheel(&mut self, delta: MouseScrollDelta, scale: f64, now: Instant) {
        // winit counts what moves the content; the wire counts where the wheel turns.
        let (dx, dy) = match delta {
            MouseScrollDelta::LineDelta(x, y) => (-f64::from(x) * NOTCH, -f64::from(y) * NOTCH),
            MouseScrollDelta::PixelDelta(pixels) => {
                let notches = |pixels: f64| -pixels / (PIXELS_PER_NOTCH * scale) * NOTCH;
                (notches(pixels.x), notches(pixels.y))
            }
        };
        let whole = |left: &mut f64, more: f64| {
            *left += more;
            let whole = left.trunc();
            *left -= whole;
            whole as i32
        };
        let (dx, dy) = (whole(&mut self.wheel.0, dx), whole(&mut self.wheel.1, dy));
        if (dx, dy) != (0, 0) {
            self.queue.push(Input::Wheel { dx, dy }, now);
        }
    }
}

/// Whether a key event belongs to the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// It is the device's.
    No,
    /// It belongs to a shortcut that was acted on already.
    Swallowed,
    /// It is a shortcut.
    Does(Action),
}

fn known(button: MouseButton) -> Option<PointerButton> {
    match button {
        MouseButton::Left => Some(PointerButton::Left),
        MouseButton::Middle => Some(PointerButton::Middle),
        MouseButton::Right => Some(PointerButton::Right),
        MouseButton::Back => Some(PointerButton::Back),
        MouseButton::Forward => Some(PointerButton::Forward),
        MouseButton::Other(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use farpane_protocol::geometry::Size;
    use farpane_protocol::wire::message::Message;

    use super::*;
    use crate::window::view::Mode;

    fn controls() -> Controls {
        let queue = Arc::new(InputQueue::default());
        queue.set_open(true);
        let mut controls = Controls::default();
        controls.connect(queue);
        controls
    }

    fn sent(controls: &Controls) -> Vec<Message> {
        std::iter::from_fn(|| controls.queue.pop()).collect()
    }

    fn half() -> View {
        let size = |width, height| Size::new(width, height).expect("valid");
        View::new(
            size(960, 600),
            size(1920, 1080),
            Mode::Fit,
            Point::default(),
        )
    }

    #[test]
    fn a_click_brings_the_pointer_to_its_pixel_first() {
        let (mut controls, now) = (controls(), Instant::now());
        controls.moved(Point { x: 480, y: 300 });
        controls.button(MouseButton::Left, true, &half(), now);
        controls.button(MouseButton::Left, false, &half(), now);
        let sent = sent(&controls);
        let [
            Message::Pointer(place),
            Message::Button(down),
            Message::Button(up),
        ] = &sent[..]
        else {
            panic!("{sent:?}");
        };
        assert_eq!((place.x, place.y), (961, 541));
        assert!(down.down && !up.down);
    }

    #[test]
    fn beside_the_picture_only_a_drag_goes_on() {
        let (mut controls, now) = (controls(), Instant::now());
        controls.moved(Point { x: 480, y: 5 });
        controls.send_pointer(&half(), now);
        assert!(sent(&controls).is_empty());
        controls.moved(Point { x: 480, y: 100 });
        controls.button(MouseButton::Left, true, &half(), now);
        controls.moved(Point { x: 480, y: 5 });
        controls.send_pointer(&half(), now);
        let sent = sent(&controls);
        let Some(Message::Pointer(place)) = sent.last() else {
            panic!("{sent:?}")
        };
        assert_eq!(place.y, 0);
    }

    #[test]
    fn a_combination_goes_down_in_order_and_up_again_whatever_is_held() {
        let (mut controls, now) = (controls(), Instant::now());
        controls.held.key(42, true, &controls.queue, now);
        controls.combination(&[29, 56, 111], now);
        let keys: Vec<_> = sent(&controls)
            .into_iter()
            .filter_map(|message| {
                if let Message::Key(key) = message {
                    Some((key.code, key.down))
                } else {
                    None
                }
            })
            .collect();
        let expected = [
            (42, true),
            (42, false),
            (29, true),
            (56, true),
            (111, true),
            (111, false),
            (56, false),
            (29, false),
        ];
        assert_eq!(keys, expected);
        assert!(!controls.holding());
    }

    #[test]
    fn the_wheel_turns_down_for_down_and_keeps_fractions() {
        let (mut controls, now) = (controls(), Instant::now());
        controls.wheel(MouseScrollDelta::LineDelta(0.0, -1.0), 1.0, now);
        let sent_now = sent(&controls);
        assert!(matches!(&sent_now[..], [Message::Wheel(w)] if (w.dx, w.dy) == (0, 120)));
        for _ in 0..4 {
            let quarter = winit::dpi::PhysicalPosition::new(0.0, 0.1);
            controls.wheel(MouseScrollDelta::PixelDelta(quarter), 1.0, now);
        }
        let sent_now = sent(&controls);
        assert!(
            matches!(&sent_now[..], [Message::Wheel(w)] if w.dy == -1),
            "{sent_now:?}"
        );
    }
}
