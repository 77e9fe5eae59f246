//! What keys mean, and the one key combination that always stops a session.

use std::collections::HashSet;

use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{ConnectionExt as _, GetKeyboardMappingReply};

use super::display::Display;
use crate::platform::PlatformError;

/// Keysyms, as X names them.
pub(super) mod sym {
    pub(in super::super) const SPACE: u32 = 0x0020;
    pub(in super::super) const ISO_LEFT_TAB: u32 = 0xfe20;
    pub(in super::super) const TAB: u32 = 0xff09;
    pub(in super::super) const RETURN: u32 = 0xff0d;
    pub(in super::super) const ESCAPE: u32 = 0xff1b;
    pub(in super::super) const KP_ENTER: u32 = 0xff8d;
    pub(in super::super) const SHIFT_LEFT: u32 = 0xffe1;
    pub(in super::super) const ISO_LEVEL3_SHIFT: u32 = 0xfe03;
    pub(super) const PAUSE: u32 = 0xff13;
    pub(super) const BREAK: u32 = 0xff6b;
    pub(super) const CONTROL: [u32; 2] = [0xffe3, 0xffe4];
    pub(super) const ALT: [u32; 4] = [0xffe9, 0xffea, 0xffe7, 0xffe8];
}

/// Where Ctrl, Alt and Pause are on keyboards that the kernel knows, so that no program can
/// disarm the stop key by giving those keys another meaning.
const USUAL_CONTROL: [u8; 2] = [37, 105];
const USUAL_ALT: [u8; 2] = [64, 108];
const USUAL_PAUSE: [u8; 1] = [127];

/// What each key means.
pub(super) struct Keymap {
    first: u8,
    per_key: usize,
    syms: Vec<u32>,
}

impl Keymap {
    /// The display's keyboard layout as it is now.
    pub(super) fn read(display: &Display) -> Result<Self, PlatformError> {
        let setup = display.conn.setup();
        let (first, last) = (setup.min_keycode, setup.max_keycode);
        let count = last.saturating_sub(first).saturating_add(1);
        let GetKeyboardMappingReply {
            keysyms_per_keycode,
            keysyms,
            ..
        } = display.conn.get_keyboard_mapping(first, count)?.reply()?;
        Ok(Self {
            first,
            per_key: usize::from(keysyms_per_keycode),
            syms: keysyms,
        })
    }

    /// All meanings of a key, the plain one first.
    fn meanings(&self, code: u8) -> &[u32] {
        let index = usize::from(code.saturating_sub(self.first));
        let start = index * self.per_key;
        self.syms
            .get(start..start + self.per_key)
            .unwrap_or_default()
    }

    /// What a key means without Shift and the like.
    pub(super) fn plain(&self, code: u32) -> Option<u32> {
        let code = u8::try_from(code).ok()?;
        self.meanings(code).first().copied()
    }

    /// The keys that have one of those meanings.
    fn codes(&self, wanted: &[u32]) -> impl Iterator<Item = u8> {
        (self.first..=u8::MAX)
            .filter(move |code| self.meanings(*code).iter().any(|sym| wanted.contains(sym)))
    }
}

/// Watches real keyboards for Ctrl+Alt+Pause.
#[derive(Debug, Default)]
pub(super) struct StopKey {
    control: HashSet<u8>,
    alt: HashSet<u8>,
    pause: HashSet<u8>,
    /// Real keys that are down, by device and key.
    down: HashSet<(u16, u8)>,
}

impl StopKey {
    /// Learns which keys a layout means. What was learned before stays: remapping a key must
    /// not take the stop key away.
    pub(super) fn learn(&mut self, keymap: &Keymap) {
        self.control
            .extend(keymap.codes(&sym::CONTROL).chain(USUAL_CONTROL));
        self.alt.extend(keymap.codes(&sym::ALT).chain(USUAL_ALT));
        self.pause
            .extend(keymap.codes(&[sym::PAUSE, sym::BREAK]).chain(USUAL_PAUSE));
    }

    /// A key of a real device went down; whether that makes Ctrl+Alt+Pause.
    pub(super) fn press(&mut self, device: u16, code: u32) -> bool {
        let Ok(code) = u8::try_from(code) else {
            return false;
        };
        let fresh = self.down.insert((device, code));
        let held = |keys: &HashSet<u8>| self.down.iter().any(|(_, code)| keys.contains(code));
        fresh && self.pause.contains(&code) && held(&self.control) && held(&self.alt)
    }

    /// A key of a real device went up.
    pub(super) fn release(&mut self, device: u16, code: u32) {
        if let Ok(code) = u8::try_from(code) {
            self.down.remove(&(device, code));
        }
    }

    /// Devices came or went: what one of them held down is not known any more.
    pub(super) fn forget(&mut self) {
        self.down.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three keys from code 8: Control_L; Pause and Break; Alt_R.
    fn keymap() -> Keymap {
        let syms = vec![0xffe3, 0, 0xff13, 0xff6b, 0xffea, 0];
        Keymap {
            first: 8,
            per_key: 2,
            syms,
        }
    }

    fn armed() -> StopKey {
        let mut key = StopKey::default();
        key.learn(&keymap());
        key
    }

    #[test]
    fn keymap_finds_any_meaning_and_survives_codes_outside() {
        assert_eq!(keymap().plain(9), Some(0xff13));
        assert_eq!(keymap().codes(&[0xff6b]).collect::<Vec<_>>(), [9]);
        assert_eq!(keymap().plain(200), None);
        assert_eq!(keymap().plain(1 << 20), None);
    }

    #[test]
    fn stop_key_needs_all_three_across_any_keyboards() {
        let mut key = armed();
        assert!(!key.press(3, 8));
        assert!(!key.press(3, 9), "no Alt");
        key.release(3, 9);
        assert!(!key.press(4, 10));
        assert!(key.press(3, 9));
        assert!(!key.press(3, 9), "held, not pressed again");
        key.release(3, 8);
        key.release(3, 9);
        assert!(!key.press(3, 9), "no Control");
    }

    #[test]
    fn remapped_keys_still_stop() {
        let mut key = armed();
        key.learn(&Keymap {
            first: 8,
            per_key: 1,
            syms: vec![0x61; 248],
        });
        key.press(3, 37);
        key.press(3, 64);
        assert!(key.press(3, 127), "the usual places");
        key.forget();
        key.press(3, 8);
        key.press(3, 10);
        assert!(key.press(3, 9), "the places of the first layout");
    }
}
