//! The screens that every back end is held to its promises on.

use std::cell::Cell;

use farpane_host::platform::headless::{Headless, Recorded};
use farpane_host::platform::{Button, CursorShape, Held, Monitor, Platform};
use farpane_protocol::geometry::{Point, Rect, Size};
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{ChangeWindowAttributesAux, ConnectionExt as _, KeyButMask};

use crate::client::Client;
use crate::servers::Server;

/// A screen that a test can paint on and look behind.
pub(crate) trait Stage {
    fn platform(&self) -> &dyn Platform;
    /// Fills rectangles of the monitor; what lies beside it may be painted too.
    fn paint(&self, rects: &[Rect], color: u32);
    fn resize(&self, size: Size);
    /// Parts the screen into these monitors, the primary one first; from now on rectangles are of
    /// the screen.
    fn set_monitors(&self, monitors: &[(&str, Rect)]);
    fn change_cursor(&self);
    /// Puts the pointer there.
    fn point(&self, at: Point);
    fn held(&self) -> Vec<Held>;
    fn pointer(&self) -> Point;
}

/// How the monitor of a real server gets another size.
#[derive(Clone, Copy)]
enum Resize {
    /// It becomes another part of a screen that stays as it is.
    Part,
    /// The screen changes with it.
    Screen,
}

struct X11Stage {
    platform: Box<dyn Platform>,
    client: Client,
    resize: Resize,
    /// The monitor's place on the screen.
    origin: Cell<(u32, u32)>,
    _server: Server,
}

impl X11Stage {
    fn new() -> Self {
        let server = Server::xvfb();
        Self {
            platform: server.platform(),
            client: server.client(),
            resize: Resize::Part,
            origin: Cell::default(),
            _server: server,
        }
    }

    /// With 3840×2160 pixels.
    fn large() -> Self {
        let server = Server::xvfb_of(3840, 2160);
        Self {
            platform: server.platform(),
            client: server.client(),
            resize: Resize::Screen,
            origin: Cell::default(),
            _server: server,
        }
    }

    /// Seen through the library `scrap`.
    #[cfg(feature = "scrap")]
    fn by_scrap(resize: Resize) -> Self {
        let server = Server::xvfb();
        Self {
            platform: server.platform_by_scrap(),
            client: server.client(),
            resize,
            origin: Cell::default(),
            _server: server,
        }
    }
}

impl Stage for X11Stage {
    fn platform(&self) -> &dyn Platform {
        &*self.platform
    }

    fn paint(&self, rects: &[Rect], color: u32) {
        let (left, top) = self.origin.get();
        let placed: Vec<Rect> = rects
            .iter()
            .map(|rect| Rect {
                x: rect.x + left,
                y: rect.y + top,
                ..*rect
            })
            .collect();
        self.client.fill_all(&placed, color);
    }

    fn resize(&self, size: Size) {
        match self.resize {
            // Off the origin: places must be told apart from extents.
            Resize::Part => {
                let (x, y) = (40, 30);
                self.origin.set((x, y));
                let place = Rect {
                    x,
                    y,
                    ..size.rect()
                };
                self.client.set_monitors(&[place]);
            }
            Resize::Screen => self.client.set_mode(size.width(), size.height()),
        }
    }

    fn set_monitors(&self, monitors: &[(&str, Rect)]) {
        self.origin.set((0, 0));
        self.client.set_named_monitors(monitors);
    }

    fn point(&self, at: Point) {
        self.client.move_to(at.x, at.y);
    }

    fn change_cursor(&self) {
        let conn = &self.client.conn;
        let (font, cursor) = (
            conn.generate_id().expect("id"),
            conn.generate_id().expect("id"),
        );
        conn.open_font(font, b"cursor").expect("sent");
        let white = (0xffff, 0xffff, 0xffff);
        conn.create_glyph_cursor(
            cursor, font, font, 60, 61, 0, 0, 0, white.0, white.1, white.2,
        )
        .expect("sent");
        let attributes = ChangeWindowAttributesAux::new().cursor(cursor);
        conn.change_window_attributes(self.client.root, &attributes)
            .expect("sent");
        self.client.sync();
    }

    fn held(&self) -> Vec<Held> {
        let keys = self
            .client
            .keys_down()
            .into_iter()
            .map(|code| Held::Key(u16::from(code) - 8));
        let mask = self.client.pointer().0;
        let buttons = [
            (KeyButMask::BUTTON1, Button::Left),
            (KeyButMask::BUTTON2, Button::Middle),
            (KeyButMask::BUTTON3, Button::Right),
        ];
        let down = buttons.into_iter().filter(|(bit, _)| mask.contains(*bit));
        keys.chain(down.map(|(_, button)| Held::Button(button)))
            .collect()
    }

    fn pointer(&self) -> Point {
        self.client.pointer().1
    }
}

impl Stage for Headless {
    fn platform(&self) -> &dyn Platform {
        self
    }

    fn paint(&self, rects: &[Rect], color: u32) {
        rects
            .iter()
            .for_each(|rect| Headless::paint(self, *rect, color));
    }

    fn resize(&self, size: Size) {
        Headless::resize(self, size);
    }

    fn set_monitors(&self, monitors: &[(&str, Rect)]) {
        let monitor = |(name, rect): &(&str, Rect)| Monitor {
            name: (*name).to_owned(),
            place: Point {
                x: rect.x as i32,
                y: rect.y as i32,
            },
            size: Size::new(rect.width, rect.height).expect("valid"),
        };
        Headless::set_monitors(self, monitors.iter().map(monitor).collect());
    }

    fn point(&self, at: Point) {
        self.set_pointer(Some(at));
    }

    fn change_cursor(&self) {
        let shape = CursorShape::new(2, 2, Point { x: 1, y: 1 }, &[0xffff_ffff; 4]);
        self.set_cursor(shape.expect("a shape"));
    }

    fn held(&self) -> Vec<Held> {
        let mut held = Vec::new();
        for recorded in self.recorded() {
            let (what, down) = match recorded {
                Recorded::Key { evdev, down } => (Held::Key(evdev), down),
                Recorded::Button { button, down } => (Held::Button(button), down),
                Recorded::Motion(_) | Recorded::Wheel { .. } | Recorded::Text(_) => continue,
            };
            held.retain(|other| *other != what);
            held.extend(down.then_some(what));
        }
        held
    }

    fn pointer(&self) -> Point {
        let motions = self
            .recorded()
            .into_iter()
            .rev()
            .find_map(|recorded| match recorded {
                Recorded::Motion(to) => Some(to),
                Recorded::Key { .. }
                | Recorded::Button { .. }
                | Recorded::Wheel { .. }
                | Recorded::Text(_) => None,
            });
        motions.unwrap_or_default()
    }
}

/// Every back end, and every way in which its monitor may change.
pub(crate) fn stages() -> Vec<Box<dyn Stage>> {
    vec![
        Box::new(Headless::open().expect("opens")),
        Box::new(X11Stage::new()),
        Box::new(X11Stage::large()),
        #[cfg(feature = "scrap")]
        Box::new(X11Stage::by_scrap(Resize::Part)),
        #[cfg(feature = "scrap")]
        Box::new(X11Stage::by_scrap(Resize::Screen)),
    ]
}

/// One of each back end that presses keys.
pub(crate) fn stages_with_hands() -> [Box<dyn Stage>; 2] {
    [
        Box::new(Headless::open().expect("opens")),
        Box::new(X11Stage::new()),
    ]
}
