//! Which key types which character, and with which modifiers, under the keyboard layout that the
//! display has now. Pure: what the server said goes in, key strokes come out.

use std::collections::HashMap;

use x11rb::protocol::xkb::{
    ConnectionExt as _, GetMapReply, GetStateReply, ID, KeySymMap, KeyType, MapPart,
};
use x11rb::protocol::xproto::ModMask;
use xkeysym::Keysym;

use super::display::Display;
use super::keys::sym;
use crate::platform::PlatformError;

/// The part of a keyboard that letters are on, by X keycode: programs know these keys best.
const LETTER_KEYS: std::ops::RangeInclusive<u8> = 10..=94;

/// The signs of the number pad: programs take them for commands, so text never uses them.
const KEYPAD: std::ops::RangeInclusive<u32> = 0xff80..=0xffbd;

/// What the keyboard's modifiers and layout group are at a moment.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct State {
    /// Modifiers whose keys are down, whoever holds them.
    pub(super) held: u8,
    /// Modifiers that stay without a key: Caps Lock, Num Lock.
    pub(super) locked: u8,
    /// Which of several layouts is in use.
    pub(super) group: u8,
}

impl State {
    /// The display's keyboard as it is now.
    pub(super) fn read(display: &Display) -> Result<Self, PlatformError> {
        let keyboard = u16::from(ID::USE_CORE_KBD);
        let GetStateReply {
            base_mods,
            latched_mods,
            locked_mods,
            group,
            ..
        } = display.conn.xkb_get_state(keyboard)?.reply()?;
        Ok(Self {
            held: bits(base_mods),
            locked: bits(latched_mods) | bits(locked_mods),
            group: group.into(),
        })
    }
}

/// A key that is held down for a modifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Modifier {
    /// Its X keycode.
    pub(super) code: u8,
    /// The modifier's bit.
    pub(super) bits: u8,
}

/// One character as keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stroke {
    /// The X keycode of the key.
    pub(super) code: u8,
    /// Which of [`Layout::steered`] are down while it is pressed, as bits.
    pub(super) modifiers: u8,
}

/// A keyboard layout.
#[derive(Debug)]
pub(super) struct Layout {
    first: u8,
    types: Vec<KeyType>,
    keys: Vec<KeySymMap>,
    modifiers: HashMap<u8, u8>,
    /// Shift and the key for third meanings (AltGr), as far as the layout has them.
    pub(super) steered: Vec<Modifier>,
}

impl Layout {
    /// The display's layout as it is now.
    pub(super) fn read(display: &Display) -> Result<Self, PlatformError> {
        let wanted = MapPart::KEY_TYPES | MapPart::KEY_SYMS | MapPart::MODIFIER_MAP;
        let (none, keyboard) = (MapPart::from(0u16), u16::from(ID::USE_CORE_KBD));
        let reply = display
            .conn
            .xkb_get_map(
                keyboard,
                wanted,
                none,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0u16.into(),
                0,
                0,
                0,
                0,
                0,
                0,
            )?
            .reply()?;
        Ok(Self::new(reply))
    }

    fn new(reply: GetMapReply) -> Self {
        let modifiers = reply.map.modmap_rtrn.unwrap_or_default();
        let modifiers = modifiers.iter().map(|key| (key.keycode, bits(key.mods)));
        let mut layout = Self {
            first: reply.first_key_sym,
            types: reply.map.types_rtrn.unwrap_or_default(),
            keys: reply.map.syms_rtrn.unwrap_or_default(),
            modifiers: modifiers.collect(),
            steered: Vec::new(),
        };
        layout.steered = [sym::SHIFT_LEFT, sym::ISO_LEVEL3_SHIFT]
            .into_iter()
            .filter_map(|wanted| layout.modifier(wanted))
            .collect();
        layout
    }

    /// The key that has only this meaning and sets a modifier.
    fn modifier(&self, wanted: u32) -> Option<Modifier> {
        let found = self.codes().find_map(|(code, key)| {
            let bits = *self.modifiers.get(&code)?;
            (key.syms.first() == Some(&wanted) && bits != 0).then_some(Modifier { code, bits })
        });
        found.filter(|modifier| modifier.bits.is_power_of_two())
    }

    /// The modifier that a key sets while it is down, as bits.
    pub(super) fn modifiers_of(&self, code: u8) -> u8 {
        // Where AltGr lies on the right Alt key, the server knows of it by its meaning only.
        let plain = |code| self.key(code).and_then(|key| key.syms.first());
        let same = |one: &&Modifier| plain(code) == plain(one.code);
        let steered = self.steered.iter().find(same).map(|one| one.bits);
        steered.unwrap_or_else(|| self.modifiers.get(&code).copied().unwrap_or_default())
    }

    fn codes(&self) -> impl Iterator<Item = (u8, &KeySymMap)> {
        (self.first..=u8::MAX).zip(&self.keys)
    }

    fn key(&self, code: u8) -> Option<&KeySymMap> {
        self.keys.get(usize::from(code.checked_sub(self.first)?))
    }

    /// How a character is typed; `ours` are the modifiers that we hold ourselves and may let go
    /// for a moment. All others stay: Ctrl makes a shortcut of it, Caps Lock is worked around.
    pub(super) fn stroke(&self, char: char, state: State, ours: u8) -> Option<Stroke> {
        let steered = self.steered.iter().fold(0, |all, one| all | one.bits);
        let ours = ours & steered;
        let fixed = state.locked | (state.held & !ours);
        let mut choices: Vec<u8> = (0..=u8::MAX).filter(|one| one & !steered == 0).collect();
        choices.sort_by_key(|choice| (choice ^ ours).count_ones());
        let mut best: Option<((bool, u32), Stroke)> = None;
        for (code, key) in self.codes() {
            for modifiers in &choices {
                let meaning = self.meaning(key, fixed | modifiers, state.group);
                if meaning.is_none_or(|meaning| !is(meaning, char)) {
                    continue;
                }
                let changes = (modifiers ^ ours).count_ones();
                let cost = (!LETTER_KEYS.contains(&code), changes);
                let stroke = Stroke {
                    code,
                    modifiers: *modifiers,
                };
                if best.is_none_or(|(least, _)| cost < least) {
                    best = Some((cost, stroke));
                }
            }
        }
        best.map(|(_, stroke)| stroke)
    }

    /// What a key means with these modifiers.
    fn meaning(&self, key: &KeySymMap, modifiers: u8, group: u8) -> Option<u32> {
        let count = key.group_info & 0x0f;
        let group = match (group < count, key.group_info & 0xc0) {
            (true, _) => group,
            (false, _) if count == 0 => return None,
            (false, 0x40) => count - 1,
            (false, 0x80) => Some(key.group_info >> 4 & 3)
                .filter(|to| *to < count)
                .unwrap_or(0),
            (false, _) => group % count,
        };
        let kind = *key.kt_index.get(usize::from(group))?;
        let level = level(self.types.get(usize::from(kind))?, modifiers);
        let at = usize::from(group) * usize::from(key.width) + usize::from(level);
        (level < key.width)
            .then(|| key.syms.get(at).copied())
            .flatten()
    }

    /// Keys that mean nothing, the highest first.
    pub(super) fn unused(&self) -> Vec<u8> {
        let mut unused: Vec<u8> = self
            .codes()
            .filter(|(code, key)| {
                key.syms.iter().all(|sym| *sym == 0) && !self.modifiers.contains_key(code)
            })
            .map(|(code, _)| code)
            .collect();
        unused.reverse();
        unused
    }
}

/// Which meaning of a key these modifiers choose.
fn level(kind: &KeyType, modifiers: u8) -> u8 {
    let chosen = modifiers & bits(kind.mods_mask);
    kind.map
        .iter()
        .find(|entry| entry.active && bits(entry.mods_mask) == chosen)
        .map_or(0, |entry| entry.level)
}

/// The eight modifiers of a mask; pointer buttons stand above them.
fn bits(mask: ModMask) -> u8 {
    u16::from(mask) as u8
}

/// Whether a keysym stands for this character of a text.
fn is(keysym: u32, char: char) -> bool {
    match char {
        '\n' => keysym == sym::RETURN,
        '\t' => keysym == sym::TAB,
        _ => !KEYPAD.contains(&keysym) && Keysym::new(keysym).key_char() == Some(char),
    }
}

/// The keysym that stands for a character on a key of its own.
pub(super) fn symbol(char: char) -> u32 {
    Keysym::from_char(char).raw()
}

#[cfg(test)]
mod tests {
    use x11rb::protocol::xkb::KTMapEntry;

    use super::*;

    const SHIFT: u8 = 1;
    const LOCK: u8 = 2;
    const CONTROL: u8 = 4;
    const THIRD: u8 = 128;

    fn kind(mask: u8, entries: &[(u8, u8)]) -> KeyType {
        let entry = |&(mods, level): &(u8, u8)| KTMapEntry {
            active: true,
            mods_mask: u16::from(mods).into(),
            level,
            mods_mods: u16::from(mods).into(),
            mods_vmods: 0u16.into(),
        };
        KeyType {
            mods_mask: u16::from(mask).into(),
            mods_mods: u16::from(mask).into(),
            mods_vmods: 0u16.into(),
            num_levels: 4,
            has_preserve: false,
            map: entries.iter().map(entry).collect(),
            preserve: Vec::new(),
        }
    }

    fn key(kind: u8, syms: &[u32]) -> KeySymMap {
        KeySymMap {
            kt_index: [kind; 4],
            group_info: u8::from(!syms.is_empty()),
            width: syms.len() as u8,
            syms: syms.to_vec(),
        }
    }

    /// From keycode 20: Shift, AltGr, a letter with four meanings, a digit, and a spare key.
    fn layout() -> Layout {
        let letter = kind(
            SHIFT | LOCK | THIRD,
            &[(SHIFT, 1), (LOCK, 1), (THIRD, 2), (THIRD | SHIFT, 3)],
        );
        Layout {
            first: 20,
            types: vec![kind(0, &[]), kind(SHIFT, &[(SHIFT, 1)]), letter],
            keys: vec![
                key(0, &[sym::SHIFT_LEFT]),
                key(0, &[sym::ISO_LEVEL3_SHIFT]),
                key(2, &[0x61, 0x41, 0x1b1, 0x1a1]),
                key(1, &[0x37, 0x2f]),
                key(0, &[]),
            ],
            modifiers: [(20, SHIFT), (21, THIRD)].into(),
            steered: vec![
                Modifier {
                    code: 20,
                    bits: SHIFT,
                },
                Modifier {
                    code: 21,
                    bits: THIRD,
                },
            ],
        }
    }

    fn typed(char: char, state: State, ours: u8) -> Option<(u8, u8)> {
        let stroke = layout().stroke(char, state, ours)?;
        Some((stroke.code, stroke.modifiers))
    }

    #[test]
    fn characters_are_found_with_the_modifiers_that_they_need() {
        let at_rest = State::default();
        assert_eq!(typed('a', at_rest, 0), Some((22, 0)));
        assert_eq!(typed('A', at_rest, 0), Some((22, SHIFT)));
        assert_eq!(typed('ą', at_rest, 0), Some((22, THIRD)));
        assert_eq!(typed('Ą', at_rest, 0), Some((22, THIRD | SHIFT)));
        assert_eq!(typed('/', at_rest, 0), Some((23, SHIFT)));
        assert_eq!(typed('ñ', at_rest, 0), None);
    }

    #[test]
    fn caps_lock_at_the_device_and_a_held_shift_change_nothing() {
        let locked = State {
            locked: LOCK,
            ..State::default()
        };
        assert_eq!(typed('a', locked, 0), Some((22, SHIFT)));
        assert_eq!(typed('A', locked, 0), Some((22, 0)));
        let shifted = State {
            held: SHIFT,
            ..State::default()
        };
        assert_eq!(typed('7', shifted, SHIFT), Some((23, 0)), "let go");
        assert_eq!(typed('7', shifted, 0), None, "a person's own hand stays");
    }

    #[test]
    fn ctrl_stays_down_so_that_letters_are_shortcuts() {
        let held = State {
            held: CONTROL,
            ..State::default()
        };
        assert_eq!(typed('a', held, CONTROL), Some((22, 0)));
    }

    #[test]
    fn only_keys_that_mean_nothing_are_spare() {
        assert_eq!(layout().unused(), [24]);
    }
}
