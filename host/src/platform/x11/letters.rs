//! Types short texts at once and in order with keys: each character by the key that carries it
//! under the layout that the display has now, or by a spare key that is given its meaning.

use std::time::Instant;

use x11rb::protocol::Event;
use x11rb::protocol::xkb::{self, ConnectionExt as _, EventType, ID, MapPart, SelectEventsAux};
use x11rb::protocol::xproto::{KEY_PRESS_EVENT, KEY_RELEASE_EVENT};
use x11rb::protocol::xtest::ConnectionExt as _;

use super::display::Display;
use super::layout::{Layout, State, Stroke, symbol};
use super::spares::{Keys, Spares};
use crate::platform::PlatformError;

/// Longest text that is typed at once: what a hand or an input method makes in one go. Longer ones
/// can be stopped between characters, which takes a thread.
pub(super) const AT_ONCE: usize = 16;

/// Types characters.
pub(super) struct Letters {
    /// Whether the server tells about its layout.
    known: bool,
    layout: Option<Layout>,
    spares: Spares,
}

impl Letters {
    pub(super) fn open(display: &Display) -> Result<Self, PlatformError> {
        let known = display.has(xkb::X11_EXTENSION_NAME)?
            && display.conn.xkb_use_extension(1, 0)?.reply()?.supported;
        if known {
            let told = EventType::NEW_KEYBOARD_NOTIFY | EventType::MAP_NOTIFY;
            let parts = MapPart::KEY_TYPES | MapPart::KEY_SYMS | MapPart::MODIFIER_MAP;
            let (keyboard, none) = (u16::from(ID::USE_CORE_KBD), EventType::from(0u16));
            let details = SelectEventsAux::new();
            display
                .conn
                .xkb_select_events(keyboard, none, told, parts, parts, &details)?;
        }
        Ok(Self {
            known,
            layout: None,
            spares: Spares::open(display, Instant::now())?,
        })
    }

    /// The keyboard's state, if the server tells.
    pub(super) fn state(&self, display: &Display) -> Result<Option<State>, PlatformError> {
        self.known.then(|| State::read(display)).transpose()
    }

    /// The server said something: the layout may have changed.
    pub(super) fn hear(&mut self, event: &Event) {
        if let Event::MappingNotify(_) | Event::XkbNewKeyboardNotify(_) | Event::XkbMapNotify(_) =
            event
        {
            self.layout = None;
        }
    }

    /// Types a text, if that takes no waiting; otherwise nothing of it, and `false`. `held` are the
    /// keys that we hold down.
    pub(super) fn type_now(
        &mut self,
        display: &Display,
        state: State,
        held: &[u8],
        text: &str,
    ) -> Result<bool, PlatformError> {
        let now = Instant::now();
        let spares = self.spares.clone();
        let mut spares = spares.lock();
        if spares.wake() {
            self.layout = None;
        }
        let mut layout = self.layout(display, &mut spares)?;
        let lacking = lacking(&layout, state, held, text);
        if !lacking.is_empty() {
            let free = spares.free(&layout, now);
            if free.len() < lacking.len() {
                self.layout = Some(layout);
                return Ok(false);
            }
            for (char, code) in lacking.into_iter().zip(free) {
                spares.give(code, meanings(char), now)?;
            }
            layout = Layout::read(display)?;
        }
        let ours = ours(&layout, held);
        for char in text.chars().filter(|char| is_text(*char)) {
            let Some(stroke) = layout.stroke(char, state, ours) else {
                continue; // The server gave the key another meaning than it was told.
            };
            spares.pressed(stroke.code, now);
            press(display, &layout, stroke, held)?;
        }
        self.layout = Some(layout);
        Ok(true)
    }

    /// The layout as it is now.
    fn layout(&mut self, display: &Display, spares: &mut Keys) -> Result<Layout, PlatformError> {
        if let Some(layout) = self.layout.take() {
            return Ok(layout);
        }
        let layout = Layout::read(display)?;
        spares.compare(&layout);
        Ok(layout)
    }

    /// Nobody types any more: the meanings that were given to spare keys are taken back soon.
    pub(super) fn rest(&self) {
        self.spares.rest();
    }

    /// Takes the meanings back that were given to spare keys, now.
    pub(super) fn take_back(&self) -> Result<(), PlatformError> {
        self.spares.lock().take_back_all()
    }
}

/// The modifiers that these keys hold, as bits.
fn ours(layout: &Layout, held: &[u8]) -> u8 {
    held.iter()
        .fold(0, |all, code| all | layout.modifiers_of(*code))
}

/// The characters of a text that no key has, each once and capitals with their small letters.
fn lacking(layout: &Layout, state: State, held: &[u8], text: &str) -> Vec<char> {
    let ours = ours(layout, held);
    let mut lacking: Vec<char> = Vec::new();
    for char in text.chars().filter(|char| is_text(*char)) {
        let has_key = layout.stroke(char, state, ours).is_some();
        if !has_key
            && !lacking
                .iter()
                .any(|other| meanings(*other) == meanings(char))
        {
            lacking.push(char);
        }
    }
    lacking
}

/// What a spare key means without and with Shift: a letter in both cases, anything else twice.
fn meanings(char: char) -> [u32; 2] {
    let only = |chars: &mut dyn Iterator<Item = char>| {
        let first = chars.next();
        first.filter(|_| chars.next().is_none())
    };
    let cases = only(&mut char.to_lowercase()).zip(only(&mut char.to_uppercase()));
    let (small, capital) = cases
        .filter(|(small, capital)| char == *small || char == *capital)
        .unwrap_or((char, char));
    [symbol(small), symbol(capital)]
}

/// Whether a character is text: control characters have no business in it.
fn is_text(char: char) -> bool {
    matches!(char, '\n' | '\t') || !char.is_control()
}

/// Presses and releases a key with the modifiers that it needs; those that are held come back.
fn press(
    display: &Display,
    layout: &Layout,
    stroke: Stroke,
    held: &[u8],
) -> Result<(), PlatformError> {
    let steered = layout.steered.iter().fold(0, |all, one| all | one.bits);
    let let_go: Vec<u8> = held
        .iter()
        .copied()
        .filter(|code| layout.modifiers_of(*code) & steered & !stroke.modifiers != 0)
        .collect();
    let have = ours(layout, held);
    let missing: Vec<u8> = layout
        .steered
        .iter()
        .filter(|one| stroke.modifiers & !have & one.bits != 0)
        .map(|one| one.code)
        .collect();
    let presses = let_go
        .iter()
        .map(|code| (*code, false))
        .chain(missing.iter().map(|code| (*code, true)))
        .chain([(stroke.code, true), (stroke.code, false)])
        .chain(missing.iter().rev().map(|code| (*code, false)))
        .chain(let_go.iter().rev().map(|code| (*code, true)));
    for (code, down) in presses {
        let kind = if down {
            KEY_PRESS_EVENT
        } else {
            KEY_RELEASE_EVENT
        };
        let root = display.root();
        display
            .conn
            .xtest_fake_input(kind, code, x11rb::CURRENT_TIME, root, 0, 0, 0)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spare_key_carries_both_cases_of_a_letter() {
        assert_eq!(meanings('ą'), meanings('Ą'));
        assert_eq!(meanings('ä'), [0xe4, 0xc4]);
        assert_eq!(meanings('€'), [symbol('€'); 2]);
        assert_eq!(
            meanings('ß'),
            [symbol('ß'); 2],
            "its capital is two letters"
        );
    }
}
