//! Types short texts at once and in order with keys: each character by the key that carries it
//! under the layout that the display has now, or by a spare key that is given its meaning.

use std::time::{Duration, Instant};

use x11rb::protocol::Event;
use x11rb::protocol::xkb::{self, ConnectionExt as _, EventType, ID, MapPart, SelectEventsAux};
use x11rb::protocol::xproto::{ConnectionExt as _, KEY_PRESS_EVENT, KEY_RELEASE_EVENT};
use x11rb::protocol::xtest::ConnectionExt as _;

use super::display::Display;
use super::layout::{Layout, State, Stroke, symbol};
use crate::platform::PlatformError;

/// Longest text that is typed at once: what a hand or an input method makes in one go. Longer ones
/// can be stopped between characters, which takes a thread.
pub(super) const AT_ONCE: usize = 16;

/// Most keys that are given meanings; layouts leave about nineteen unused, and the slow way of
/// typing needs some, too.
const SPARES: usize = 14;

/// How long a spare key keeps a meaning after its last use: programs look a key's meaning up when
/// they handle it, and a busy one does so late.
const KEPT: Duration = Duration::from_secs(1);

/// A key that was unused.
#[derive(Debug)]
struct Spare {
    code: u8,
    used: Instant,
}

/// Types characters.
#[derive(Debug)]
pub(super) struct Letters {
    /// Whether the server tells about its layout.
    known: bool,
    layout: Option<Layout>,
    /// Keys with a meaning from here, the one used longest ago first.
    spares: Vec<Spare>,
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
            spares: Vec::new(),
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
        let mut layout = self.layout(display)?;
        let lacking = lacking(&layout, state, held, text);
        if !lacking.is_empty() {
            let free = self.free(&layout, now);
            if free.len() < lacking.len() {
                self.layout = Some(layout);
                return Ok(false);
            }
            for (char, code) in lacking.into_iter().zip(free) {
                let meanings = meanings(char);
                display
                    .conn
                    .change_keyboard_mapping(1, code, 2, &meanings)?;
                self.spares.retain(|spare| spare.code != code);
                self.spares.push(Spare { code, used: now });
            }
            layout = Layout::read(display)?;
        }
        let ours = ours(&layout, held);
        for char in text.chars().filter(|char| is_text(*char)) {
            let Some(stroke) = layout.stroke(char, state, ours) else {
                continue; // The server gave the key another meaning than it was told.
            };
            if let Some(spare) = self.spares.iter_mut().find(|one| one.code == stroke.code) {
                spare.used = now;
            }
            press(display, &layout, stroke, held)?;
        }
        self.spares.sort_by_key(|spare| spare.used);
        self.layout = Some(layout);
        Ok(true)
    }

    /// The layout as it is now. What it was replaced by has forgotten our meanings.
    fn layout(&mut self, display: &Display) -> Result<Layout, PlatformError> {
        if let Some(layout) = self.layout.take() {
            return Ok(layout);
        }
        let layout = Layout::read(display)?;
        let unused = layout.unused();
        self.spares.retain(|spare| !unused.contains(&spare.code));
        Ok(layout)
    }

    /// Keys that may be given a meaning now, the best one first.
    fn free(&self, layout: &Layout, now: Instant) -> Vec<u8> {
        let old = |spare: &&Spare| now.saturating_duration_since(spare.used) >= KEPT;
        let fresh = SPARES.saturating_sub(self.spares.len());
        let unused = layout.unused().into_iter().take(fresh);
        let used = self.spares.iter().filter(old).map(|spare| spare.code);
        unused.chain(used).collect()
    }

    /// Takes the meanings back that were given to spare keys.
    pub(super) fn take_back(&mut self, display: &Display) -> Result<(), PlatformError> {
        for spare in self.spares.drain(..) {
            display
                .conn
                .change_keyboard_mapping(1, spare.code, 2, &[0; 2])?;
        }
        Ok(())
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
