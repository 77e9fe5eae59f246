//! From a key of this machine's keyboard to what is sent: its physical position, as a Linux input
//! event code, so that the device's own layout decides what it means.

use farpane_protocol::session::input::KEY_CODES;
use winit::keyboard::PhysicalKey;
use winit::platform::scancode::PhysicalKeyExtScancode as _;

/// The code that means "no such key" (`KEY_UNKNOWN` of `linux/input-event-codes.h`).
const UNKNOWN: u32 = 240;

/// What a key is sent as. Never as both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// By its position.
    Code(u16),
    /// By its text: a position that no keyboard has (a virtual keyboard's spare key).
    Text(String),
    /// Not at all.
    Nothing,
}

/// What a key that went down is sent as.
pub fn sent(key: PhysicalKey, text: Option<&str>) -> Sent {
    let known = matches!(key, PhysicalKey::Code(_));
    let text = text.filter(|text| !known && !text.chars().any(char::is_control));
    match (text, code(key)) {
        (Some(text), _) if !text.is_empty() => Sent::Text(text.to_owned()),
        (_, Some(code)) => Sent::Code(code),
        (_, None) => Sent::Nothing,
    }
}

/// The Linux input event code of a key; the window system's own number for keys that winit has no
/// name for. winit subtracts the 8 that X11 adds.
pub fn code(key: PhysicalKey) -> Option<u16> {
    let code = key.to_scancode()?;
    let sendable = code > 0 && code < KEY_CODES && code != UNKNOWN;
    sendable.then(|| u16::try_from(code).ok())?
}

#[cfg(test)]
mod tests {
    use winit::keyboard::{KeyCode, NativeKeyCode};

    use super::*;

    #[test]
    fn positions_are_those_of_linux_input_event_codes() {
        for (key, expected) in [
            (KeyCode::Escape, 1),
            (KeyCode::Digit1, 2),
            (KeyCode::Backspace, 14),
            (KeyCode::KeyQ, 16),
            (KeyCode::Enter, 28),
            (KeyCode::ControlLeft, 29),
            (KeyCode::KeyA, 30),
            (KeyCode::ShiftLeft, 42),
            (KeyCode::IntlBackslash, 86),
            (KeyCode::Space, 57),
            (KeyCode::F12, 88),
            (KeyCode::NumpadEnter, 96),
            (KeyCode::AltRight, 100),
            (KeyCode::ArrowUp, 103),
            (KeyCode::Delete, 111),
            (KeyCode::SuperLeft, 125),
        ] {
            assert_eq!(code(PhysicalKey::Code(key)), Some(expected), "{key:?}");
        }
    }

    #[test]
    fn every_code_that_a_keyboard_sends_comes_back_as_a_code_below_the_limit() {
        for raw in 0..300 {
            let key = PhysicalKey::from_scancode(raw);
            if let Some(code) = code(key) {
                assert!(u32::from(code) < KEY_CODES && u32::from(code) != UNKNOWN);
            }
        }
        assert_eq!(code(PhysicalKey::from_scancode(30)), Some(30));
        assert_eq!(code(PhysicalKey::from_scancode(0)), None);
        assert_eq!(code(PhysicalKey::from_scancode(255)), None);
    }

    #[test]
    fn a_key_is_sent_by_position_or_by_text_and_never_as_both() {
        let known = PhysicalKey::Code(KeyCode::KeyA);
        assert_eq!(sent(known, Some("a")), Sent::Code(30));
        let spare = PhysicalKey::Unidentified(NativeKeyCode::Xkb(239));
        assert_eq!(sent(spare, Some("ñ")), Sent::Text("ñ".into()));
        assert_eq!(sent(spare, Some("\u{1b}")), Sent::Code(239));
        assert_eq!(sent(spare, None), Sent::Code(239));
        assert_eq!(
            sent(PhysicalKey::Unidentified(NativeKeyCode::Unidentified), None),
            Sent::Nothing
        );
    }
}
