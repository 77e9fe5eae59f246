//! Presses keys and buttons by XTEST, at once and without sleeping.

use farpane_protocol::geometry::Point;
use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT, KEY_PRESS_EVENT, KEY_RELEASE_EVENT,
    MOTION_NOTIFY_EVENT,
};
use x11rb::protocol::xtest::{self, ConnectionExt as _};
use x11rb::wrapper::ConnectionExt as _;

use super::display::{Display, is_error};
use super::letters::{AT_ONCE, Letters};
use super::monitor::{self, Monitor};
use super::text::Typist;
use crate::platform::input::{HeldSet, Wheel};
use crate::platform::{Button, Held, Injector, InputError, PlatformError};

/// X keycodes are evdev codes plus this, on every server whose keyboards come from the kernel.
const KEYCODE_OFFSET: u16 = 8;

/// X buttons that the wheel's notches are: up, down, left, right.
const WHEEL_UP: u8 = 4;
const WHEEL_DOWN: u8 = 5;
const WHEEL_LEFT: u8 = 6;
const WHEEL_RIGHT: u8 = 7;

/// Checks, once for all injectors, that the display can do it.
pub(super) fn check(display: &Display) -> Result<(), PlatformError> {
    display.require(
        xtest::X11_EXTENSION_NAME,
        "the XTEST extension",
        "remove the option that switches XTEST off",
    )?;
    display.conn.xtest_get_version(2, 2)?.reply()?;
    Ok(())
}

/// Hands on one display.
pub(super) struct X11Injector {
    display: Display,
    /// The name of the monitor that is pointed at; the primary one without.
    aimed: Option<String>,
    /// As they were read last.
    monitors: Vec<(String, Monitor)>,
    /// They may have changed since.
    stale: bool,
    held: HeldSet,
    across: Wheel,
    down: Wheel,
    letters: Letters,
    typist: Typist,
}

impl X11Injector {
    pub(super) fn open(name: &str) -> Result<Self, PlatformError> {
        let display = Display::open(name)?;
        check(&display)?;
        monitor::watch(&display)?;
        let monitors = monitor::named(&display)?;
        let letters = Letters::open(&display)?;
        let typist = Typist::start(name)?;
        let (across, down) = (Wheel::default(), Wheel::default());
        let held = HeldSet::default();
        Ok(Self {
            display,
            aimed: None,
            monitors,
            stale: false,
            held,
            across,
            down,
            letters,
            typist,
        })
    }

    /// Reads what the server has to say, so that its messages do not pile up here.
    fn drain(&mut self) -> Result<(), PlatformError> {
        while let Some(event) = self.display.conn.poll_for_event()? {
            note(&event, &self.display, &mut self.stale);
            self.letters.hear(&event);
        }
        Ok(())
    }

    /// The X keycode of an evdev code.
    fn keycode(&self, evdev: u16) -> Result<u8, InputError> {
        let setup = self.display.conn.setup();
        let code = evdev
            .checked_add(KEYCODE_OFFSET)
            .and_then(|code| u8::try_from(code).ok());
        let known = setup.min_keycode..=setup.max_keycode;
        code.filter(|code| evdev != 0 && known.contains(code))
            .ok_or(InputError::UnknownKey(evdev))
    }

    /// Sends one press or release.
    fn send(&mut self, what: Held, down: bool) -> Result<(), InputError> {
        let (kind, detail) = match (what, down) {
            (Held::Key(evdev), true) => (KEY_PRESS_EVENT, self.keycode(evdev)?),
            (Held::Key(evdev), false) => (KEY_RELEASE_EVENT, self.keycode(evdev)?),
            (Held::Button(button), true) => (BUTTON_PRESS_EVENT, number(button)),
            (Held::Button(button), false) => (BUTTON_RELEASE_EVENT, number(button)),
        };
        self.fake(kind, detail, Point::default())?;
        self.flush()
    }

    fn fake(&self, kind: u8, detail: u8, at: Point) -> Result<(), PlatformError> {
        let (x, y) = (at.x as i16, at.y as i16);
        let root = self.display.root();
        self.display
            .conn
            .xtest_fake_input(kind, detail, x11rb::CURRENT_TIME, root, x, y, 0)?;
        Ok(())
    }

    fn flush(&mut self) -> Result<(), InputError> {
        self.display.conn.flush().map_err(PlatformError::from)?;
        Ok(self.drain()?)
    }

    /// Types a text at once, if it is short, has nothing before it, and each of its characters has
    /// a key.
    fn typed_now(&mut self, text: &str) -> Result<bool, PlatformError> {
        if text.chars().count() > AT_ONCE || self.typist.is_busy() {
            return Ok(false);
        }
        let Some(state) = self.letters.state(&self.display)? else {
            return Ok(false);
        };
        // What the server said before that answer is here now, a change of the layout included.
        self.drain()?;
        let held: Vec<u8> = self
            .held()
            .into_iter()
            .filter_map(|held| match held {
                Held::Key(evdev) => self.keycode(evdev).ok(),
                Held::Button(_) => None,
            })
            .collect();
        self.letters.type_now(&self.display, state, &held, text)
    }

    /// Turns whole notches of one axis.
    fn turn(&self, notches: i32, positive: u8, negative: u8) -> Result<(), PlatformError> {
        let button = if notches > 0 { positive } else { negative };
        for _ in 0..notches.unsigned_abs() {
            self.fake(BUTTON_PRESS_EVENT, button, Point::default())?;
            self.fake(BUTTON_RELEASE_EVENT, button, Point::default())?;
        }
        Ok(())
    }
}

impl Injector for X11Injector {
    fn key(&mut self, evdev: u16, down: bool) -> Result<(), InputError> {
        self.keycode(evdev)?;
        let what = Held::Key(evdev);
        if self.held.note(what, down) {
            self.send(what, down)
        } else {
            Ok(())
        }
    }

    fn button(&mut self, button: Button, down: bool) -> Result<(), InputError> {
        let what = Held::Button(button);
        if self.held.note(what, down) {
            self.send(what, down)
        } else {
            Ok(())
        }
    }

    fn aim(&mut self, monitor: Option<&str>) {
        if self.aimed.as_deref() != monitor {
            self.aimed = monitor.map(str::to_owned);
        }
    }

    fn motion(&mut self, to: Point) -> Result<(), InputError> {
        self.drain()?;
        if self.stale {
            self.monitors = monitor::named(&self.display)?;
            self.stale = false;
        }
        let aimed = monitor::pick(&self.monitors, self.aimed.as_deref());
        let at = aimed.ok_or(monitor::NONE_LIT)?.on_screen(to);
        self.fake(MOTION_NOTIFY_EVENT, 0, at)?;
        self.flush()
    }

    fn wheel(&mut self, dx: i32, dy: i32) -> Result<(), InputError> {
        let (across, down) = (self.across.turn(dx), self.down.turn(dy));
        self.turn(across, WHEEL_RIGHT, WHEEL_LEFT)?;
        self.turn(down, WHEEL_DOWN, WHEEL_UP)?;
        self.flush()
    }

    fn text(&mut self, text: &str) -> Result<(), InputError> {
        if self.typed_now(text)? {
            return self.flush();
        }
        self.typist.write(text)
    }

    fn held(&self) -> Vec<Held> {
        self.held.list()
    }

    fn release_all(&mut self) -> Result<(), InputError> {
        self.typist.forget();
        self.letters.rest();
        self.release(&self.held())
    }

    fn release(&mut self, left_behind: &[Held]) -> Result<(), InputError> {
        // One that cannot be released must not keep the others down.
        let mut first_error = Ok(());
        for what in left_behind {
            self.held.note(*what, false);
            let released = self.send(*what, false);
            first_error = first_error.and(released);
        }
        // A round trip: requests that are still on their way when the connection closes may be
        // lost, and then the keys stay down.
        self.display.conn.sync().map_err(PlatformError::from)?;
        first_error
    }
}

impl Drop for X11Injector {
    fn drop(&mut self) {
        if let Err(error) = self.release_all() {
            tracing::warn!(%error, "keys may be left pressed");
        }
        // The server may be gone; then so are the meanings.
        drop(self.letters.take_back());
    }
}

/// Notes what an event means to an injector.
fn note(event: &Event, display: &Display, stale: &mut bool) {
    if !is_error(event) {
        *stale |= monitor::may_have_changed(event, display.root());
    }
}

/// The X number of a button.
fn number(button: Button) -> u8 {
    match button {
        Button::Left => 1,
        Button::Middle => 2,
        Button::Right => 3,
        Button::Back => 8,
        Button::Forward => 9,
    }
}
