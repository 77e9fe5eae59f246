//! Writes down what it is told to press.

use farpane_protocol::geometry::Point;

use super::{Headless, Recorded, pick};
use crate::platform::input::{HeldSet, Wheel};
use crate::platform::{Button, Held, Injector, InputError, MAX_TEXT_CHARS};

/// Highest key code that an X server can name, kept so that both back ends refuse the same.
const MAX_EVDEV: u16 = 255 - 8;

/// The recording injector.
pub(super) struct HeadlessInjector {
    screen: Headless,
    /// The monitor that is pointed at; the primary one without.
    aimed: Option<String>,
    held: HeldSet,
    wheels: [Wheel; 2],
}

impl HeadlessInjector {
    pub(super) fn new(screen: Headless) -> Self {
        Self {
            screen,
            aimed: None,
            held: HeldSet::default(),
            wheels: Default::default(),
        }
    }

    fn record(&self, what: Recorded) {
        self.screen.lock().recorded.push(what);
    }

    fn press(&mut self, what: Held, down: bool) -> Result<(), InputError> {
        match what {
            Held::Key(evdev) => self.key(evdev, down),
            Held::Button(button) => self.button(button, down),
        }
    }
}

impl Injector for HeadlessInjector {
    fn key(&mut self, evdev: u16, down: bool) -> Result<(), InputError> {
        if evdev == 0 || evdev > MAX_EVDEV {
            return Err(InputError::UnknownKey(evdev));
        }
        if self.held.note(Held::Key(evdev), down) {
            self.record(Recorded::Key { evdev, down });
        }
        Ok(())
    }

    fn button(&mut self, button: Button, down: bool) -> Result<(), InputError> {
        if self.held.note(Held::Button(button), down) {
            self.record(Recorded::Button { button, down });
        }
        Ok(())
    }

    fn aim(&mut self, monitor: Option<&str>) {
        self.aimed = monitor.map(str::to_owned);
    }

    fn motion(&mut self, to: Point) -> Result<(), InputError> {
        let mut screen = self.screen.lock();
        let monitor = pick(&screen.monitors, self.aimed.as_deref());
        let inside = monitor.size.clamp(to);
        let to = Point {
            x: inside.x + monitor.place.x,
            y: inside.y + monitor.place.y,
        };
        screen.pointer = Some(to);
        screen.recorded.push(Recorded::Motion(to));
        Ok(())
    }

    fn wheel(&mut self, dx: i32, dy: i32) -> Result<(), InputError> {
        let [across, down] = &mut self.wheels;
        let (dx, dy) = (across.turn(dx), down.turn(dy));
        if (dx, dy) != (0, 0) {
            self.record(Recorded::Wheel { dx, dy });
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), InputError> {
        let count = text.chars().count();
        if count > MAX_TEXT_CHARS {
            return Err(InputError::TextTooLong(count));
        }
        self.record(Recorded::Text(text.to_owned()));
        Ok(())
    }

    fn held(&self) -> Vec<Held> {
        self.held.list()
    }

    fn release_all(&mut self) -> Result<(), InputError> {
        for held in self.held() {
            self.press(held, false)?;
        }
        Ok(())
    }

    fn release(&mut self, left_behind: &[Held]) -> Result<(), InputError> {
        for held in left_behind {
            self.held.note(*held, true);
            self.press(*held, false)?;
        }
        Ok(())
    }
}

impl Drop for HeadlessInjector {
    fn drop(&mut self) {
        let _ = self.release_all(); // Recording cannot fail, and nobody is left to be told.
    }
}
