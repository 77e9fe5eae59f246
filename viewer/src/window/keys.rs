//! From a key of this machine's keyboard to what is sent: the letter that it makes here, or its
//! physical position, as a Linux input event code, so that the device's own layout decides.

use farpane_protocol::session::input::KEY_CODES;
use winit::keyboard::{Key, KeyCode, ModifiersState, NamedKey, PhysicalKey};
use winit::platform::scancode::PhysicalKeyExtScancode as _;

/// The code that means "no such key" (`KEY_UNKNOWN` of `linux/input-event-codes.h`).
const UNKNOWN: u32 = 240;

/// Left Alt, which is Alt on the keyboard of every country.
const ALT: u16 = 56;

/// Modifiers that make a command of a letter.
const COMMAND: ModifiersState = ModifiersState::CONTROL
    .union(ModifiersState::ALT)
    .union(ModifiersState::SUPER);

/// Signs of the number pad that are the same everywhere; programs know the pad's own apart.
const PAD_SIGNS: [KeyCode; 4] = [
    KeyCode::NumpadAdd,
    KeyCode::NumpadSubtract,
    KeyCode::NumpadMultiply,
    KeyCode::NumpadDivide,
];

/// What the number pad's keys are without Num Lock, and where the same keys lie beside the pad: there
/// Num Lock at the device does not touch them.
const PAD_MOVES: [(KeyCode, NamedKey, u16); 10] = [
    (KeyCode::Numpad7, NamedKey::Home, 102),
    (KeyCode::Numpad8, NamedKey::ArrowUp, 103),
    (KeyCode::Numpad9, NamedKey::PageUp, 104),
    (KeyCode::Numpad4, NamedKey::ArrowLeft, 105),
    (KeyCode::Numpad6, NamedKey::ArrowRight, 106),
    (KeyCode::Numpad1, NamedKey::End, 107),
    (KeyCode::Numpad2, NamedKey::ArrowDown, 108),
    (KeyCode::Numpad3, NamedKey::PageDown, 109),
    (KeyCode::Numpad0, NamedKey::Insert, 110),
    (KeyCode::NumpadDecimal, NamedKey::Delete, 111),
];

/// Who decides what a key means: this machine's layout or the device's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Keyboard {
    /// Letters as typed here, whatever keyboard the device believes to have
    #[default]
    Letters,
    /// Keys by their place: the device's layout decides, keys can be held down
    Positions,
}

impl Keyboard {
    /// What a menu calls it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Letters => "Letters as typed here",
            Self::Positions => "Keys by their place",
        }
    }
}

/// A key that went down, as far as it matters.
#[derive(Clone, Copy, Debug)]
pub struct Pressed<'a> {
    /// Where it lies.
    pub physical: PhysicalKey,
    /// What this machine's layout makes of it.
    pub logical: &'a Key,
    /// The text that it makes, with a dead key before it.
    pub text: Option<&'a str>,
    /// Modifiers that are down.
    pub modifiers: ModifiersState,
}

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
pub fn sent(keyboard: Keyboard, pressed: Pressed<'_>) -> Sent {
    match keyboard {
        Keyboard::Letters => as_letter(pressed),
        Keyboard::Positions => as_position(pressed.physical, pressed.text),
    }
}

/// Keys that make text go as that text; those that only help to make it do not go at all. All
/// others lie in the same place on the keyboard of every country.
fn as_letter(key: Pressed<'_>) -> Sent {
    let by_position = || as_position(key.physical, key.text);
    match key.logical {
        Key::Dead(_)
        | Key::Named(
            NamedKey::AltGraph
            | NamedKey::CapsLock
            | NamedKey::NumLock
            | NamedKey::ModeChange
            | NamedKey::GroupFirst
            | NamedKey::GroupLast
            | NamedKey::GroupNext
            | NamedKey::GroupPrevious,
        ) => return Sent::Nothing,
        // Where the right Alt key is Alt here, it may be AltGr there.
        Key::Named(NamedKey::Alt) => return Sent::Code(ALT),
        Key::Named(_) | Key::Character(_) | Key::Unidentified(_) => {}
    }
    let beside_pad = PAD_MOVES.iter().find(|(code, named, _)| {
        key.physical == PhysicalKey::Code(*code) && *key.logical == Key::Named(*named)
    });
    if let Some((_, _, code)) = beside_pad {
        return Sent::Code(*code);
    }
    let pad_sign = PAD_SIGNS
        .iter()
        .any(|sign| key.physical == PhysicalKey::Code(*sign));
    let text = key.text.filter(|text| {
        let printable = !text.is_empty() && !text.chars().any(char::is_control);
        printable && *text != " " && !pad_sign
    });
    let Some(text) = text else {
        return by_position();
    };
    if !key.modifiers.intersects(COMMAND) {
        return Sent::Text(text.to_owned());
    }
    command(text, key.modifiers.shift_key()).map_or_else(by_position, Sent::Text)
}

/// The letter of a command: Shift says whether it is a capital, Caps Lock does not. Letters that
/// not every keyboard has are commands by their place.
fn command(text: &str, shift: bool) -> Option<String> {
    let cased = if shift {
        text.to_uppercase()
    } else {
        text.to_lowercase()
    };
    (text.len() == 1).then_some(cased)
}

/// The position, or the text of a position that no keyboard has.
fn as_position(key: PhysicalKey, text: Option<&str>) -> Sent {
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
        assert_eq!(as_position(known, Some("a")), Sent::Code(30));
        let spare = PhysicalKey::Unidentified(NativeKeyCode::Xkb(239));
        assert_eq!(as_position(spare, Some("ñ")), Sent::Text("ñ".into()));
        assert_eq!(as_position(spare, Some("\u{1b}")), Sent::Code(239));
        assert_eq!(as_position(spare, None), Sent::Code(239));
        assert_eq!(
            as_position(PhysicalKey::Unidentified(NativeKeyCode::Unidentified), None),
            Sent::Nothing
        );
    }

    fn letter(physical: KeyCode, logical: Key, text: &str, modifiers: ModifiersState) -> Sent {
        let pressed = Pressed {
            physical: PhysicalKey::Code(physical),
            logical: &logical,
            text: Some(text).filter(|text| !text.is_empty()),
            modifiers,
        };
        sent(Keyboard::Letters, pressed)
    }

    fn character(text: &str) -> Key {
        Key::Character(text.into())
    }

    #[test]
    fn letters_go_as_typed_and_what_helps_to_make_them_does_not_go() {
        let none = ModifiersState::empty();
        // A German Z, an AltGr letter, and an e after a dead key.
        for (key, text) in [
            (KeyCode::KeyY, "z"),
            (KeyCode::KeyQ, "@"),
            (KeyCode::KeyE, "ê"),
            (KeyCode::Numpad7, "7"),
        ] {
            let as_text = Sent::Text(text.to_owned());
            assert_eq!(letter(key, character(text), text, none), as_text);
        }
        for helper in [
            Key::Dead(Some('^')),
            Key::Named(NamedKey::AltGraph),
            Key::Named(NamedKey::CapsLock),
        ] {
            assert_eq!(letter(KeyCode::AltRight, helper, "", none), Sent::Nothing);
        }
    }

    #[test]
    fn keys_that_make_no_letter_go_by_position() {
        let none = ModifiersState::empty();
        let named = |named, key, text| letter(key, Key::Named(named), text, none);
        assert_eq!(named(NamedKey::Enter, KeyCode::Enter, "\r"), Sent::Code(28));
        assert_eq!(named(NamedKey::Space, KeyCode::Space, " "), Sent::Code(57));
        assert_eq!(named(NamedKey::F5, KeyCode::F5, ""), Sent::Code(63));
        assert_eq!(named(NamedKey::Alt, KeyCode::AltRight, ""), Sent::Code(56));
        assert_eq!(
            named(NamedKey::Home, KeyCode::Numpad7, ""),
            Sent::Code(102),
            "whatever Num Lock is at the device"
        );
        let plus = letter(KeyCode::NumpadAdd, character("+"), "+", none);
        assert_eq!(plus, Sent::Code(78));
    }

    #[test]
    fn commands_go_by_the_letter_whose_case_is_shift_and_not_caps_lock() {
        let control = ModifiersState::CONTROL;
        let typed = |text: &str, modifiers| letter(KeyCode::KeyY, character(text), text, modifiers);
        assert_eq!(typed("z", control), Sent::Text("z".into()));
        assert_eq!(typed("Z", control), Sent::Text("z".into()));
        let shift = control | ModifiersState::SHIFT;
        assert_eq!(typed("Z", shift), Sent::Text("Z".into()));
        assert_eq!(typed("я", control), Sent::Code(21), "by its place");
    }
}
