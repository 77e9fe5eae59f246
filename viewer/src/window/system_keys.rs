//! Where the keys go that this machine's desktop wants for itself: while the screen fills the
//! monitor, or when the technician says so, to the device.

use std::time::{Duration, Instant};

use farpane_protocol::scope::Scope;
use winit::event::{Ime, WindowEvent};
use winit::raw_window_handle::{HasWindowHandle as _, RawWindowHandle};

use super::grab::Grab;
use super::pane::Pane;
use super::present::Screen;

/// When Super, Alt+Tab and the like go to the device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum SystemKeys {
    /// While the device's screen fills the monitor
    #[default]
    FullScreen,
    /// Whenever the window has the keyboard
    Device,
    /// Never: they stay here
    Here,
}

impl SystemKeys {
    /// Whether they go to the device now.
    fn are_taken(self, full_screen: bool) -> bool {
        match self {
            Self::FullScreen => full_screen,
            Self::Device => true,
            Self::Here => false,
        }
    }

    /// The other way, for a window that is or is not full screen.
    fn toggled(self, full_screen: bool) -> Self {
        if self.are_taken(full_screen) {
            Self::Here
        } else {
            Self::Device
        }
    }
}

/// How long the keyboard stays taken without any input of the technician. A screen lock that starts
/// by itself cannot come while somebody else has the keyboard, and a password meant for it would go
/// to the device; a minute is the shortest wait that desktops usually offer for it.
const ATTENDED: Duration = Duration::from_secs(60);

/// What is said when they begin to go to the device.
const TAKEN: &str = "Super, Alt+Tab and the other keys of this machine's desktop go to the device \
                     now. Ctrl+Alt+Shift+G gives them back.";

/// What is said when they cannot.
const IN_VAIN: &str = "Super, Alt+Tab and the like stay here: this desktop or another program \
                       keeps the keyboard. The menu Keys (Ctrl+Alt+Shift+K) sends them.";

/// What the window knows about them.
#[derive(Default)]
pub(super) struct Taking {
    wish: SystemKeys,
    grab: Option<Grab>,
    /// It failed; it is not tried again before something has changed.
    in_vain: bool,
    /// The technician was told since it began.
    told: bool,
    /// The window cannot be seen.
    hidden: bool,
    /// When the technician last did something in the window, or came back to it.
    input: Option<Instant>,
}

impl Taking {
    /// They shall go there then.
    pub(super) fn wishing(wish: SystemKeys) -> Self {
        Self {
            wish,
            ..Self::default()
        }
    }

    /// When they shall go there.
    pub(super) fn wish(&self) -> SystemKeys {
        self.wish
    }

    /// They shall go there then from now on.
    pub(super) fn set_wish(&mut self, wish: SystemKeys) {
        if std::mem::replace(&mut self.wish, wish) != wish {
            self.in_vain = false;
        }
    }

    /// Whether they go to the device.
    pub(super) fn is_on(&self) -> bool {
        self.grab.is_some()
    }

    /// Something happened to the window.
    pub(super) fn hear(&mut self, event: &WindowEvent, now: Instant) {
        if let WindowEvent::Occluded(hidden) = event {
            self.hidden = *hidden;
        }
        if is_input(event) {
            self.input = Some(now);
        }
    }

    /// Whether somebody sits before the window, who did something there not long ago.
    fn is_attended(&self, now: Instant) -> bool {
        let lately = |input| now.saturating_duration_since(input) < ATTENDED;
        !self.hidden && self.input.is_some_and(lately)
    }

    /// When the keyboard is given back if the technician does nothing more.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.input
            .filter(|_| self.is_on())
            .map(|input| input + ATTENDED)
    }
}

/// Whether the technician's hand is behind an event. A key that something lies on is not.
fn is_input(event: &WindowEvent) -> bool {
    if let WindowEvent::KeyboardInput {
        event,
        is_synthetic,
        ..
    } = event
    {
        return !event.repeat && !is_synthetic;
    }
    matches!(
        event,
        WindowEvent::Focused(true)
            | WindowEvent::CursorMoved { .. }
            | WindowEvent::MouseInput { .. }
            | WindowEvent::MouseWheel { .. }
            | WindowEvent::Ime(Ime::Commit(_))
    )
}

impl Pane {
    fn is_full_screen(&self) -> bool {
        let window = self.screen.as_ref().map(Screen::window);
        window.is_some_and(|window| window.fullscreen().is_some())
    }

    /// The technician wants it the other way.
    pub(super) fn toggle_system_keys(&mut self) {
        self.taking.wish = self.taking.wish.toggled(self.is_full_screen());
        self.taking.in_vain = false;
    }

    /// Takes the keyboard or gives it back, as things stand now.
    pub(super) fn settle_system_keys(&mut self, now: Instant) {
        let may = self.is_live() && self.state.scopes.has(Scope::Control);
        let wanted = may && self.taking.wish.are_taken(self.is_full_screen());
        if !wanted {
            self.taking.told = false;
        }
        if wanted && self.sharing.focused {
            // Who opened the window sits before it; later on, only what they do there says so.
            self.taking.input.get_or_insert(now);
        }
        if !wanted || !self.sharing.focused || !self.taking.is_attended(now) {
            self.taking.in_vain = false;
            if self.taking.grab.take().is_some() {
                self.tell_system_keys("here", now);
            }
            return;
        }
        if self.taking.is_on() || self.taking.in_vain {
            return;
        }
        let grab = self.x11_window().and_then(|window| {
            Grab::take(window)
                .inspect_err(|error| tracing::debug!(%error, "the keyboard was not taken"))
                .ok()
        });
        let text = if grab.is_some() { TAKEN } else { IN_VAIN };
        if !std::mem::replace(&mut self.taking.told, true) {
            self.note = Some((text.to_owned(), now));
            self.changed();
        }
        self.taking.in_vain = grab.is_none();
        self.taking.grab = grab;
        if self.taking.is_on() {
            self.tell_system_keys("device", now);
        }
    }

    fn tell_system_keys(&mut self, to: &'static str, now: Instant) {
        self.trace.event("system_keys", now, &[("to", to.into())]);
        self.changed();
    }

    /// The window's number on an X display.
    fn x11_window(&self) -> Option<u32> {
        let handle = self.screen.as_ref()?.window().window_handle().ok()?;
        if let RawWindowHandle::Xlib(handle) = handle.as_raw() {
            u32::try_from(handle.window).ok()
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keyboard_is_left_to_a_screen_lock_when_nobody_sits_there_or_sees_the_window() {
        let start = Instant::now();
        let mut taking = Taking::default();
        assert!(!taking.is_attended(start), "nobody did anything yet");
        let input = WindowEvent::Ime(Ime::Commit("a".to_owned()));
        taking.hear(&input, start);
        assert!(taking.is_attended(start + ATTENDED - Duration::from_millis(1)));
        assert!(!taking.is_attended(start + ATTENDED));
        let back = start + 5 * ATTENDED;
        taking.hear(&input, back);
        assert!(taking.is_attended(back), "the next input takes it again");
        taking.hear(&WindowEvent::Occluded(true), back);
        taking.hear(&input, back);
        assert!(!taking.is_attended(back), "something lies over it");
        taking.hear(&WindowEvent::Occluded(false), back);
        assert!(taking.is_attended(back));
    }

    #[test]
    fn the_key_gives_them_back_wherever_they_went_and_takes_them_wherever_they_did_not() {
        for full_screen in [true, false] {
            for wish in [SystemKeys::FullScreen, SystemKeys::Device, SystemKeys::Here] {
                let toggled = wish.toggled(full_screen);
                let (before, after) = (wish.are_taken(full_screen), toggled.are_taken(full_screen));
                assert_ne!(before, after, "{wish:?}");
            }
        }
    }
}
