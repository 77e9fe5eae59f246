//! What the device shows while it is measured: a window over its whole screen that is still,
//! types, scrolls text, drags a window or plays a film, and numbers every change.
//!
//! The number of the newest change stands in a strip of black and white cells at the bottom of the
//! screen, where whoever paints from the top paints last. [`super::watch`] reads it on the other
//! display. A film carries its numbers within its pictures: whoever sends a small change sooner
//! than a film's picture is not to be measured by the small change.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    ChangeGCAux, ChangeWindowAttributesAux, ConfigureWindowAux, ConnectionExt as _, CreateGCAux,
    CreateWindowAux, EventMask, Font, Gcontext, ImageFormat, Pixmap, Rectangle, Window,
    WindowClass,
};
use x11rb::rust_connection::RustConnection;

use crate::bench::latency::COLOURS;
use crate::bench::scene::{HEIGHT, WIDTH, film_pixel};

/// Where a number stands, as black and white cells in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strip {
    /// Pixels from the left.
    pub left: i16,
    /// Pixels from the top.
    pub top: i16,
    /// Bits of the number; before them stand a white and a black cell, from which the reader
    /// learns what white and black are.
    pub bits: u16,
}

impl Strip {
    /// Pixels of a cell's sides.
    pub const SIDE: u16 = 16;
    /// The number of the newest change.
    pub const CHANGE: Self = Self {
        left: 64,
        top: 1040,
        bits: 10,
    };
    /// The number of a film's picture, within the picture.
    pub const FILM: Self = Self {
        left: 64,
        top: 992,
        bits: 5,
    };

    /// How many cells it has.
    pub const fn cells(self) -> u16 {
        self.bits + 2
    }

    /// Whether a cell is white where this number stands.
    pub const fn is_white(self, cell: u16, number: u16) -> bool {
        cell == 0 || (cell >= 2 && number >> (cell - 2) & 1 == 1)
    }

    /// Whether the cell at this pixel is white; `None` outside the strip.
    fn at(self, x: u16, y: u16, number: u16) -> Option<bool> {
        let right = x.checked_sub(self.left.unsigned_abs())?;
        let down = y.checked_sub(self.top.unsigned_abs())?;
        let cell = right / Self::SIDE;
        (down < Self::SIDE && cell < self.cells()).then(|| self.is_white(cell, number))
    }
}

/// The patch that a key changes, in the same strip.
pub const PATCH: Rectangle = Rectangle {
    x: 900,
    y: 1040,
    width: 32,
    height: 16,
};
/// What workloads may change: everything above the strip.
pub const BODY: u16 = 1024;
/// Height of a line of text.
const LINE: u16 = 16;
/// Lines of text that are drawn beforehand and scroll by.
const LINES: u16 = 64;
/// Pictures of the film.
const FILM: u16 = 24;
const WHITE: u32 = 0x00ff_ffff;
const INK: u32 = 0x0010_1010;
const PAPER: u32 = 0x00f4_f2ec;

/// What the device does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Workload {
    /// Nothing.
    Idle,
    /// A letter, twelve times a second.
    Typing,
    /// Text moves up by a line, thirty times a second.
    Scroll,
    /// A window of text moves over a desktop of text, sixty times a second.
    Drag,
    /// A full-screen film, thirty pictures a second.
    Video30,
    /// The same at sixty.
    Video60,
}

impl Workload {
    /// All of them, in the order of the report.
    pub const ALL: [Self; 6] = [
        Self::Idle,
        Self::Typing,
        Self::Scroll,
        Self::Drag,
        Self::Video30,
        Self::Video60,
    ];

    /// Its name in the report.
    pub fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Typing => "typing 12/s",
            Self::Scroll => "scrolling text 30/s",
            Self::Drag => "window drag 60/s",
            Self::Video30 => "video 30 fps",
            Self::Video60 => "video 60 fps",
        }
    }

    /// Where the number stands that says what is seen.
    pub fn strip(self) -> Strip {
        match self {
            Self::Idle | Self::Typing | Self::Scroll | Self::Drag => Strip::CHANGE,
            Self::Video30 | Self::Video60 => Strip::FILM,
        }
    }

    fn per_second(self) -> u32 {
        match self {
            Self::Idle => 0,
            Self::Typing => 12,
            Self::Scroll | Self::Video30 => 30,
            Self::Drag | Self::Video60 => 60,
        }
    }
}

/// A change and when its drawing began.
pub type Shown = (u16, Instant);

/// Plays workloads on a display.
pub struct Player {
    connection: RustConnection,
    window: Window,
    dragged: Window,
    gc: Gcontext,
    text: Pixmap,
    film: Vec<Pixmap>,
    number: u16,
}

impl Player {
    /// Covers the display. The film is uploaded once, so that playing costs almost nothing.
    pub fn on(display: &str) -> Result<Self> {
        let (connection, screen) = RustConnection::connect(Some(display))?;
        let screen = &connection.setup().roots[screen];
        let (root, depth) = (screen.root, screen.root_depth);
        let window = connection.generate_id()?;
        let look = CreateWindowAux::new()
            .background_pixel(PAPER)
            .override_redirect(1);
        connection.create_window(
            depth,
            window,
            root,
            0,
            0,
            WIDTH,
            HEIGHT,
            0,
            WindowClass::INPUT_OUTPUT,
            x11rb::COPY_FROM_PARENT,
            &look,
        )?;
        connection.map_window(window)?;
        let gc = connection.generate_id()?;
        connection.create_gc(gc, window, &CreateGCAux::new().graphics_exposures(0))?;
        let text = connection.generate_id()?;
        connection.create_pixmap(depth, text, window, WIDTH, LINES * LINE)?;
        let dragged = connection.generate_id()?;
        let look = CreateWindowAux::new()
            .background_pixmap(text)
            .border_pixel(INK);
        let mut player = Self {
            connection,
            window,
            dragged,
            gc,
            text,
            film: Vec::new(),
            number: 0,
        };
        player.write_text()?;
        // What the dragged window leaves is painted by the server, as a desktop's picture is.
        let desktop = ChangeWindowAttributesAux::new().background_pixmap(text);
        player
            .connection
            .change_window_attributes(window, &desktop)?;
        // A child, so that keys over it still go to the window below.
        player.connection.create_window(
            depth,
            dragged,
            window,
            0,
            0,
            640,
            480,
            2,
            WindowClass::INPUT_OUTPUT,
            x11rb::COPY_FROM_PARENT,
            &look,
        )?;
        player.film = (0..FILM)
            .map(|number| player.upload(depth, number))
            .collect::<Result<_>>()?;
        player.clear()?;
        player
            .connection
            .warp_pointer(x11rb::NONE, root, 0, 0, 0, 0, 960, 1060)?;
        player.stamp()?;
        player.sync()?;
        Ok(player)
    }

    /// The window that everything happens in.
    pub fn window(&self) -> Window {
        self.window
    }

    fn sync(&self) -> Result<()> {
        self.connection.get_input_focus()?.reply()?;
        Ok(())
    }

    fn ink(&self, colour: u32) -> Result<()> {
        let values = ChangeGCAux::new().foreground(colour);
        self.connection.change_gc(self.gc, &values)?;
        Ok(())
    }

    /// Lines of words, as a log looks, in the server's own font.
    fn write_text(&self) -> Result<()> {
        let font: Font = self.connection.generate_id()?;
        self.connection.open_font(font, b"fixed")?;
        let values = ChangeGCAux::new()
            .font(font)
            .foreground(PAPER)
            .background(PAPER);
        self.connection.change_gc(self.gc, &values)?;
        let all = Rectangle {
            x: 0,
            y: 0,
            width: WIDTH,
            height: LINES * LINE,
        };
        self.connection
            .poly_fill_rectangle(self.text, self.gc, &[all])?;
        self.ink(INK)?;
        for line in 0..LINES {
            let y = i16::try_from(line * LINE + 12)?;
            for part in 0..3 {
                let words = words_of(u32::from(line) * 3 + part);
                let x = i16::try_from(8 + part * 600)?;
                self.connection
                    .image_text8(self.text, self.gc, x, y, words.as_bytes())?;
            }
        }
        Ok(())
    }

    fn upload(&self, depth: u8, number: u16) -> Result<Pixmap> {
        const BAND: u16 = 32;
        let pixmap = self.connection.generate_id()?;
        self.connection
            .create_pixmap(depth, pixmap, self.window, WIDTH, BODY)?;
        for top in (0..BODY).step_by(usize::from(BAND)) {
            let rows = (top..top + BAND).flat_map(|y| (0..WIDTH).map(move |x| (x, y)));
            let bytes: Vec<u8> = rows
                .flat_map(|(x, y)| film(x, y, number).to_le_bytes())
                .collect();
            self.connection.put_image(
                ImageFormat::Z_PIXMAP,
                pixmap,
                self.gc,
                WIDTH,
                BAND,
                0,
                i16::try_from(top)?,
                0,
                depth,
                &bytes,
            )?;
        }
        self.sync()?;
        Ok(pixmap)
    }

    /// Paints the body with text and takes the dragged window away.
    fn clear(&self) -> Result<()> {
        self.connection.unmap_window(self.dragged)?;
        self.connection
            .clear_area(false, self.window, 0, 0, WIDTH, BODY)?;
        self.ink(PAPER)?;
        let foot = Rectangle {
            x: 0,
            y: i16::try_from(BODY)?,
            width: WIDTH,
            height: HEIGHT - BODY,
        };
        self.connection
            .poly_fill_rectangle(self.window, self.gc, &[foot])?;
        self.sync()
    }

    /// Prepares a workload.
    pub fn begin(&mut self, workload: Workload) -> Result<()> {
        self.clear()?;
        match workload {
            Workload::Drag => {
                self.connection.map_window(self.dragged)?;
            }
            Workload::Idle
            | Workload::Typing
            | Workload::Scroll
            | Workload::Video30
            | Workload::Video60 => {}
        }
        self.stamp()?;
        self.sync()
    }

    /// Plays for that long, or until told; what was shown when.
    pub fn play(
        &mut self,
        workload: Workload,
        span: Duration,
        until: &AtomicBool,
    ) -> Result<Vec<Shown>> {
        let start = Instant::now();
        let mut shown = Vec::new();
        let per_second = workload.per_second();
        let mut turn = 0;
        while start.elapsed() < span && !until.load(Ordering::Relaxed) {
            if per_second == 0 {
                std::thread::sleep(Duration::from_millis(20));
                continue;
            }
            let at = Instant::now();
            self.draw(workload, turn)?;
            self.number = (self.number + 1) % (1 << Strip::CHANGE.bits);
            self.stamp()?;
            self.connection.flush()?;
            let number = match workload {
                Workload::Idle | Workload::Typing | Workload::Scroll | Workload::Drag => {
                    self.number
                }
                Workload::Video30 | Workload::Video60 => film_number(turn),
            };
            shown.push((number, at));
            turn += 1;
            let next = start + Duration::from_secs(1) * turn / per_second;
            std::thread::sleep(next.saturating_duration_since(Instant::now()));
        }
        Ok(shown)
    }

    fn draw(&self, workload: Workload, turn: u32) -> Result<()> {
        let (window, gc) = (self.window, self.gc);
        match workload {
            Workload::Idle => {}
            Workload::Typing => {
                let (column, row) = (turn % 220, turn / 220 % 60);
                let x = i16::try_from(40 + column * 8)?;
                let y = i16::try_from(40 + row * 16)?;
                let letter = [b'a' + u8::try_from(turn * 7 % 26)?];
                self.ink(INK)?;
                self.connection.image_text8(window, gc, x, y, &letter)?;
            }
            Workload::Scroll => {
                let (line, body) = (i16::try_from(LINE)?, BODY - LINE);
                let last = i16::try_from(body)?;
                let from = i16::try_from(turn % u32::from(LINES) * u32::from(LINE))?;
                self.connection
                    .copy_area(window, window, gc, 0, line, 0, 0, WIDTH, body)?;
                self.connection
                    .copy_area(self.text, window, gc, 0, from, 0, last, WIDTH, LINE)?;
            }
            Workload::Drag => {
                let angle = f64::from(turn) * 0.05;
                let x = 640.0 + 560.0 * angle.sin();
                let y = 260.0 + 240.0 * (angle * 1.3).cos();
                let place = ConfigureWindowAux::new().x(x as i32).y(y as i32);
                self.connection.configure_window(self.dragged, &place)?;
            }
            Workload::Video30 | Workload::Video60 => {
                let picture = self.film[usize::from(film_number(turn))];
                self.connection
                    .copy_area(picture, window, gc, 0, 0, 0, 0, WIDTH, BODY)?;
            }
        }
        Ok(())
    }

    /// Writes the number into the strip.
    fn stamp(&self) -> Result<()> {
        let strip = Strip::CHANGE;
        let cell = |at: u16| Rectangle {
            x: strip.left + i16::try_from(at * Strip::SIDE).unwrap_or(0),
            y: strip.top,
            width: Strip::SIDE,
            height: Strip::SIDE,
        };
        let cells = 0..strip.cells();
        let (white, black): (Vec<_>, Vec<_>) =
            cells.partition(|&at| strip.is_white(at, self.number));
        for (colour, cells) in [(WHITE, white), (0, black)] {
            self.ink(colour)?;
            let cells: Vec<_> = cells.into_iter().map(cell).collect();
            self.connection
                .poly_fill_rectangle(self.window, self.gc, &cells)?;
        }
        Ok(())
    }
}

/// Which picture of the film is shown in that turn.
fn film_number(turn: u32) -> u16 {
    u16::try_from(turn % u32::from(FILM)).unwrap_or(0)
}

/// A pixel of a picture of the film, its number included.
pub fn film(x: u16, y: u16, number: u16) -> u32 {
    match Strip::FILM.at(x, y, number) {
        Some(true) => WHITE,
        Some(false) => 0,
        None => film_pixel(x, y, usize::from(number)),
    }
}

/// A line of a log: words of different lengths, the same for the same number.
fn words_of(number: u32) -> String {
    const WORDS: [&str; 12] = [
        "accepted", "from", "till", "printer", "queue", "closed", "by", "the", "service", "in",
        "session", "warning",
    ];
    let mut seed = number.wrapping_mul(2_654_435_761).wrapping_add(11);
    let mut line = format!(
        "{:02}:{:02}:{:02} ",
        number / 60 % 24,
        number % 60,
        seed % 60
    );
    while line.len() < 88 {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        line.push_str(WORDS[(seed >> 16) as usize % WORDS.len()]);
        line.push(' ');
    }
    line.truncate(92);
    line
}

/// Answers keys on that display until told to stop: each press gives the patch its other colour.
/// The window that has the keys is the one that is played on.
pub fn answer_keys(display: &str, window: Window, stop: &AtomicBool) -> Result<()> {
    let (connection, _) = RustConnection::connect(Some(display))?;
    let gc = connection.generate_id()?;
    connection.create_gc(gc, window, &CreateGCAux::new())?;
    let watch = ChangeWindowAttributesAux::new().event_mask(EventMask::KEY_PRESS);
    connection.change_window_attributes(window, &watch)?;
    connection.get_input_focus()?.reply()?;
    let mut on = 0;
    while !stop.load(Ordering::Relaxed) {
        let Some(event) = connection.poll_for_event()? else {
            // Half a millisecond of the answer is the price of being able to stop.
            std::thread::sleep(Duration::from_micros(500));
            continue;
        };
        if let Event::KeyPress(_) = event {
            on = 1 - on;
            connection.change_gc(gc, &ChangeGCAux::new().foreground(COLOURS[on]))?;
            connection.poly_fill_rectangle(window, gc, &[PATCH])?;
            connection.flush()?;
        }
    }
    Ok(())
}
