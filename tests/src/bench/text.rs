//! Text on the device's screen as work for the picture: a window full of it that scrolls, and one
//! that is dragged.

use anyhow::Result;
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{
    ConfigureWindowAux, ConnectionExt as _, CreateGCAux, CreateWindowAux, Gcontext, Rectangle,
    Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;

/// Pixels from one line to the next.
const LINE: u16 = 17;
/// Lines that come in with each scroll.
const LINES: u16 = 3;
/// Letters of a line; it is as wide as the largest window.
const LETTERS: usize = 200;

/// A window full of text.
pub struct Text {
    connection: RustConnection,
    window: Window,
    ink: Gcontext,
    paper: Gcontext,
    place: Rectangle,
    next: u64,
}

impl Text {
    /// Opens a window of text at a place of a display.
    pub fn on(display: &str, place: Rectangle) -> Result<Self> {
        let (connection, screen) = RustConnection::connect(Some(display))?;
        let screen = &connection.setup().roots[screen];
        let (root, black, white) = (screen.root, screen.black_pixel, screen.white_pixel);
        let window = connection.generate_id()?;
        let settings = CreateWindowAux::new()
            .background_pixel(white)
            .override_redirect(1);
        connection.create_window(
            x11rb::COPY_DEPTH_FROM_PARENT,
            window,
            root,
            place.x,
            place.y,
            place.width,
            place.height,
            0,
            WindowClass::INPUT_OUTPUT,
            x11rb::COPY_FROM_PARENT,
            &settings,
        )?;
        connection.map_window(window)?;
        let font = connection.generate_id()?;
        // Every X server has this one built in.
        connection.open_font(font, b"fixed")?;
        let (ink, paper) = (connection.generate_id()?, connection.generate_id()?);
        let pen = CreateGCAux::new()
            .font(font)
            .foreground(black)
            .background(white)
            .graphics_exposures(0);
        connection.create_gc(ink, window, &pen)?;
        connection.create_gc(paper, window, &CreateGCAux::new().foreground(white))?;
        let mut text = Self {
            connection,
            window,
            ink,
            paper,
            place,
            next: 0,
        };
        for line in 0..place.height / LINE {
            text.write(line)?;
        }
        text.connection.get_input_focus()?.reply()?;
        Ok(text)
    }

    fn write(&mut self, line: u16) -> Result<()> {
        let mut state = self.next.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        self.next += 1;
        let letters: Vec<u8> = (0..LETTERS)
            .map(|_| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(7);
                b"etaoin shrdlu cmfwyp {vbgk}(jqxz) = 0123;"[(state >> 33) as usize % 40]
            })
            .collect();
        let baseline = i16::try_from(line * LINE + LINE - 4)?;
        self.connection
            .image_text8(self.window, self.ink, 4, baseline, &letters)?;
        Ok(())
    }

    /// Scrolls up by some lines.
    pub fn scroll(&mut self) -> Result<()> {
        let by = LINE * LINES;
        let (width, lines) = (self.place.width, self.place.height / LINE);
        let (kept, window) = (lines * LINE - by, self.window);
        self.connection.copy_area(
            window,
            window,
            self.ink,
            0,
            i16::try_from(by)?,
            0,
            0,
            width,
            kept,
        )?;
        let strip = Rectangle {
            x: 0,
            y: i16::try_from(kept)?,
            width,
            height: by,
        };
        self.connection
            .poly_fill_rectangle(window, self.paper, &[strip])?;
        for line in lines - LINES..lines {
            self.write(line)?;
        }
        self.connection.flush()?;
        Ok(())
    }

    /// Drags the window one step further along its round.
    pub fn drag(&self, turn: u64) -> Result<()> {
        let angle = turn as f64 * 0.05;
        let (x, y) = (angle.cos() * 220.0, angle.sin() * 140.0);
        let to = ConfigureWindowAux::new()
            .x(i32::from(self.place.x) + x as i32)
            .y(i32::from(self.place.y) + y as i32);
        self.connection.configure_window(self.window, &to)?;
        self.connection.flush()?;
        Ok(())
    }
}
