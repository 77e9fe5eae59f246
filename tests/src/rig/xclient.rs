//! A test's own X client: types and clicks by XTEST, looks at pixels, and sees what arrives.

use std::time::Duration;

use anyhow::{Context as _, Result};
use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xfixes::ConnectionExt as _;
use x11rb::protocol::xproto::{
    AtomEnum, BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT, ChangeWindowAttributesAux,
    ConnectionExt as _, CreateGCAux, CreateWindowAux, EventMask, ImageFormat, KEY_PRESS_EVENT,
    KEY_RELEASE_EVENT, MOTION_NOTIFY_EVENT, Window, WindowClass,
};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

pub use super::shot::{Area, Shot};

/// Evdev codes of the keys that tests press.
pub mod key {
    /// Enter.
    pub const ENTER: u8 = 28;
    /// Left Control.
    pub const CONTROL: u8 = 29;
    /// Left Shift.
    pub const SHIFT: u8 = 42;
    /// The digit 1.
    pub const ONE: u8 = 2;
    /// The letter M.
    pub const M: u8 = 50;
    /// Arrow down.
    pub const DOWN: u8 = 108;
    /// Space bar.
    pub const SPACE: u8 = 57;
    /// Left Alt.
    pub const ALT: u8 = 56;
    /// Escape.
    pub const ESCAPE: u8 = 1;
    /// Tab.
    pub const TAB: u8 = 15;
    /// Pause.
    pub const PAUSE: u8 = 119;
}

/// The evdev code of a lower-case letter or digit on a US keyboard.
pub fn code_of(letter: char) -> Option<u8> {
    let rows = [
        ("1234567890", 2),
        ("qwertyuiop", 16),
        ("asdfghjkl", 30),
        ("zxcvbnm", 44),
    ];
    if letter == ' ' {
        return Some(key::SPACE);
    }
    rows.iter().find_map(|(row, first)| {
        row.find(letter)
            .and_then(|at| u8::try_from(at).ok())
            .map(|at| first + at)
    })
}

/// A shape of the server's own pointer font that no program uses by itself.
const GUMBY: u16 = 56;

/// A connection to a display.
pub struct XClient {
    connection: RustConnection,
    root: Window,
}

impl XClient {
    /// Connects.
    pub fn open(display: &str) -> Result<Self> {
        let (connection, screen) = RustConnection::connect(Some(display))
            .with_context(|| format!("cannot reach display {display}"))?;
        let root = connection.setup().roots[screen].root;
        connection
            .xtest_get_version(2, 2)?
            .reply()
            .context("the display has no XTEST")?;
        Ok(Self { connection, root })
    }

    /// The connection and the window behind all others.
    pub(super) fn raw(&self) -> (&RustConnection, Window) {
        (&self.connection, self.root)
    }

    /// The display's extent now.
    fn size(&self) -> Result<(u16, u16)> {
        let root = self.connection.get_geometry(self.root)?.reply()?;
        Ok((root.width, root.height))
    }

    fn fake(&self, kind: u8, detail: u8, x: i16, y: i16) -> Result<()> {
        self.connection
            .xtest_fake_input(kind, detail, 0, self.root, x, y, 0)?;
        // A round trip: what was sent has been processed when this returns.
        self.connection.get_input_focus()?.reply()?;
        Ok(())
    }

    /// Presses or releases a key by its evdev code.
    pub fn key(&self, code: u8, down: bool) -> Result<()> {
        let kind = if down {
            KEY_PRESS_EVENT
        } else {
            KEY_RELEASE_EVENT
        };
        self.fake(kind, code + 8, 0, 0)
    }

    /// Presses and releases a key.
    pub fn tap(&self, code: u8) -> Result<()> {
        self.key(code, true)?;
        self.key(code, false)
    }

    /// Types lower-case letters, digits and spaces.
    pub fn type_text(&self, text: &str) -> Result<()> {
        for letter in text.chars() {
            let code = code_of(letter).with_context(|| format!("no key for {letter:?}"))?;
            self.tap(code)?;
        }
        Ok(())
    }

    /// Moves the pointer.
    pub fn point(&self, x: u32, y: u32) -> Result<()> {
        self.fake(MOTION_NOTIFY_EVENT, 0, i16::try_from(x)?, i16::try_from(y)?)
    }

    /// Presses or releases a pointer button (1 is left).
    pub fn button(&self, number: u8, down: bool) -> Result<()> {
        let kind = if down {
            BUTTON_PRESS_EVENT
        } else {
            BUTTON_RELEASE_EVENT
        };
        self.fake(kind, number, 0, 0)
    }

    /// Clicks the left button at a place.
    pub fn click(&self, x: u32, y: u32) -> Result<()> {
        self.point(x, y)?;
        self.button(1, true)?;
        self.button(1, false)
    }

    /// What the display shows.
    pub fn shot(&self) -> Result<Shot> {
        let (width, height) = self.size()?;
        let image = self
            .connection
            .get_image(ImageFormat::Z_PIXMAP, self.root, 0, 0, width, height, !0)?
            .reply()?;
        let chunks = image.data.chunks_exact(4);
        let pixels = chunks
            .map(|c| u32::from_le_bytes([c[0], c[1], c[2], 0]))
            .collect::<Vec<_>>();
        Ok(Shot {
            width: width.into(),
            height: height.into(),
            pixels,
        })
    }

    /// Whether a key is down in the server, by its evdev code.
    pub fn is_down(&self, code: u8) -> Result<bool> {
        let keys = self.connection.query_keymap()?.reply()?.keys;
        let code = usize::from(code) + 8;
        Ok(keys[code / 8] & (1 << (code % 8)) != 0)
    }

    /// A window over the whole display, of one colour, that takes pointer events. It is above
    /// everything that is there now.
    pub fn cover(&self, colour: u32) -> Result<Window> {
        let window = self.connection.generate_id()?;
        let size = self.size()?;
        let mask = EventMask::BUTTON_PRESS | EventMask::BUTTON_RELEASE | EventMask::KEY_PRESS;
        let settings = CreateWindowAux::new()
            .background_pixel(colour)
            .override_redirect(1)
            .event_mask(mask);
        self.connection.create_window(
            x11rb::COPY_DEPTH_FROM_PARENT,
            window,
            self.root,
            0,
            0,
            size.0,
            size.1,
            0,
            WindowClass::INPUT_OUTPUT,
            x11rb::COPY_FROM_PARENT,
            &settings,
        )?;
        self.connection.map_window(window)?;
        self.connection.get_input_focus()?.reply()?;
        Ok(window)
    }

    /// Puts a picture with as many colours as a photograph over what is there.
    pub fn photograph(&self, area: Area) -> Result<()> {
        let window = self.cover(0)?;
        let gc = self.connection.generate_id()?;
        self.connection.create_gc(gc, window, &CreateGCAux::new())?;
        let depth = self.connection.get_geometry(self.root)?.reply()?.depth;
        for y in 0..area.height {
            let pixels = (0..area.width).flat_map(|x| {
                let grain = (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503)) >> 29;
                let (red, green, blue) = (x / 2 + grain, y / 2 + grain, (x + y) / 4 + grain);
                (red << 16 | green << 8 | blue).to_le_bytes()
            });
            let (left, top) = (i16::try_from(area.x)?, i16::try_from(area.y + y)?);
            let bytes: Vec<u8> = pixels.collect();
            let width = u16::try_from(area.width)?;
            self.connection.put_image(
                ImageFormat::Z_PIXMAP,
                window,
                gc,
                width,
                1,
                left,
                top,
                0,
                depth,
                &bytes,
            )?;
        }
        self.connection.get_input_focus()?.reply()?;
        Ok(())
    }

    /// The pixels of the pointer's shape, as the wire would carry them: R, G, B, A.
    pub fn pointer_bytes(&self) -> Result<Vec<u8>> {
        self.connection.xfixes_query_version(5, 0)?.reply()?;
        let image = self.connection.xfixes_get_cursor_image()?.reply()?;
        let rgba = image.cursor_image.iter().flat_map(|pixel| {
            let [a, r, g, b] = pixel.to_be_bytes();
            [r, g, b, a]
        });
        Ok(rgba.collect())
    }

    /// Gives the display's background a pointer shape of its own.
    pub fn set_pointer_shape(&self) -> Result<()> {
        let font = self.connection.generate_id()?;
        self.connection.open_font(font, b"cursor")?;
        let cursor = self.connection.generate_id()?;
        let (paper, ink) = (0xffff, 0x1234);
        self.connection.create_glyph_cursor(
            cursor,
            font,
            font,
            GUMBY,
            GUMBY + 1,
            ink,
            ink,
            0,
            paper,
            paper,
            0,
        )?;
        let attributes = ChangeWindowAttributesAux::new().cursor(cursor);
        self.connection
            .change_window_attributes(self.root, &attributes)?;
        self.connection.get_input_focus()?.reply()?;
        Ok(())
    }

    /// The titles of all windows on the display, one per line.
    pub fn window_titles(&self) -> Result<String> {
        let mut titles = String::new();
        for window in self.connection.query_tree(self.root)?.reply()?.children {
            let title = self
                .connection
                .get_property(false, window, AtomEnum::WM_NAME, AtomEnum::ANY, 0, 256)?
                .reply()?;
            titles.push_str(&String::from_utf8_lossy(&title.value));
            titles.push('\n');
        }
        Ok(titles)
    }

    /// Destroys the window that lies on top, as a program with no manners could.
    pub fn destroy_top_window(&self) -> Result<()> {
        let windows = self.connection.query_tree(self.root)?.reply()?.children;
        for window in windows.into_iter().rev() {
            let seen = self
                .connection
                .get_window_attributes(window)?
                .reply()?
                .map_state;
            if seen == x11rb::protocol::xproto::MapState::VIEWABLE {
                self.connection.destroy_window(window)?;
                self.connection.get_input_focus()?.reply()?;
                return Ok(());
            }
        }
        anyhow::bail!("the display shows no window")
    }

    /// The places, in display coordinates, where buttons were pressed on our windows since the
    /// last call.
    pub fn presses(&self) -> Result<Vec<(u8, i16, i16)>> {
        let mut presses = Vec::new();
        while let Some(event) = self.connection.poll_for_event()? {
            if let Event::ButtonPress(press) = event {
                presses.push((press.detail, press.root_x, press.root_y));
            }
        }
        Ok(presses)
    }

    /// Waits until the display shows the same picture twice in a row.
    pub fn settled(&self, longest: Duration) -> Result<Shot> {
        let mut last = self.shot()?;
        Ok(super::wait_for("a quiet display", longest, || {
            std::thread::sleep(Duration::from_millis(150));
            let now = self.shot().ok()?;
            let same = now == last;
            last = now;
            same.then(|| last.clone())
        }))
    }
}
