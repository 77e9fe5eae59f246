//! The keys that the window keeps for itself: F10 and F11 alone, and a few behind
//! Ctrl+Alt+Shift. Everything else goes to the device.

use winit::keyboard::{KeyCode, ModifiersState};

/// What a shortcut does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// The whole monitor, or a window again.
    FullScreen,
    /// The overlay on or off.
    Overlay,
    /// All of the screen in the window.
    Fit,
    /// Pixel for pixel.
    Actual,
    /// The bar, for those who have no pointer at hand.
    Bar,
    /// This machine's input method on or off; its text is sent as text.
    InputMethod,
    /// The menu of key combinations that this machine would keep for itself.
    Keys,
    /// System keys to the device, or here again.
    SystemKeys,
    /// The menu of the device's monitors.
    Monitors,
    /// The clipboard on or off for this window.
    Clipboard,
    /// Another part of a screen that is larger than the window: steps to the right and downward.
    Pan(i32, i32),
    /// The end of the session.
    End,
}

const PREFIX: ModifiersState = ModifiersState::CONTROL
    .union(ModifiersState::ALT)
    .union(ModifiersState::SHIFT);

const BEHIND_PREFIX: [(KeyCode, Action); 16] = [
    (KeyCode::KeyQ, Action::End),
    (KeyCode::KeyF, Action::Fit),
    (KeyCode::Digit1, Action::Actual),
    (KeyCode::Enter, Action::FullScreen),
    (KeyCode::KeyO, Action::Overlay),
    (KeyCode::KeyB, Action::Bar),
    (KeyCode::KeyI, Action::InputMethod),
    (KeyCode::KeyK, Action::Keys),
    (KeyCode::KeyG, Action::SystemKeys),
    (KeyCode::KeyM, Action::Monitors),
    (KeyCode::KeyC, Action::Clipboard),
    (KeyCode::ArrowLeft, Action::Pan(-1, 0)),
    (KeyCode::ArrowRight, Action::Pan(1, 0)),
    (KeyCode::ArrowUp, Action::Pan(0, -1)),
    (KeyCode::ArrowDown, Action::Pan(0, 1)),
    (KeyCode::F10, Action::Overlay),
];

/// What a key that goes down does here; `None` sends it to the device.
pub(super) fn action(key: KeyCode, modifiers: ModifiersState) -> Option<Action> {
    if modifiers.is_empty() && key == KeyCode::F11 {
        return Some(Action::FullScreen);
    }
    if modifiers.is_empty() && key == KeyCode::F10 {
        return Some(Action::Overlay);
    }
    if modifiers != PREFIX {
        return None;
    }
    BEHIND_PREFIX
        .iter()
        .find(|(known, _)| *known == key)
        .map(|(_, action)| *action)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bare_function_keys_and_the_full_prefix_are_kept() {
        assert_eq!(
            action(KeyCode::F11, ModifiersState::empty()),
            Some(Action::FullScreen)
        );
        assert_eq!(
            action(KeyCode::F10, ModifiersState::SHIFT),
            None,
            "a menu key of the device"
        );
        assert_eq!(action(KeyCode::KeyQ, PREFIX), Some(Action::End));
        assert_eq!(action(KeyCode::KeyQ, PREFIX | ModifiersState::SUPER), None);
        let fewer = ModifiersState::CONTROL | ModifiersState::ALT;
        assert_eq!(action(KeyCode::KeyQ, fewer), None);
        assert_eq!(action(KeyCode::KeyQ, ModifiersState::empty()), None);
        assert_eq!(action(KeyCode::Delete, PREFIX), None);
    }
}
