//! The stage of a benchmark: an installation, a device that shows what it is told, and a viewer
//! in full screen on a display of its own, both 1920×1080.

use std::net::UdpSocket;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::damage::{ConnectionExt as _, ReportLevel};
use x11rb::protocol::xfixes::ConnectionExt as _;
use x11rb::protocol::xproto::{
    ConnectionExt as _, CreateGCAux, CreateWindowAux, EventMask, Gcontext, ImageFormat, Pixmap,
    Rectangle, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;

use crate::rig::display::Display;
use crate::rig::estate::{Connected, Estate};
use crate::rig::process::Process;
use crate::rig::proxy::{Conditions, Proxy};

/// Pixels from left to right.
pub const WIDTH: u16 = 1920;
/// Pixels from top to bottom.
pub const HEIGHT: u16 = 1080;
/// The device's name.
const DEVICE: &str = "bench-device";
/// The viewer's folder.
const VIEWER: &str = "viewer";
const STEP: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Everything that runs. Fields go in order: programs before their displays.
pub struct Scene {
    /// The viewer's window.
    pub session: Connected,
    host: Process,
    /// The device's screen, as a program there draws on it.
    pub stage: Stage,
    /// The viewer's display, as a camera in front of it sees it.
    pub camera: Camera,
    manager: Process,
    viewer_display: Display,
    device_display: Display,
    /// The line to the relay, where it is not a good one.
    line: Option<Proxy>,
    estate: Box<Estate>,
}

impl Scene {
    /// Sets everything up and waits for the first picture.
    pub fn set() -> Result<Self> {
        Self::on(Box::new(Estate::start()?), None, &[])
    }

    /// The same with host and viewer behind a line of these conditions; `host` are further options
    /// for `farpane-host run`.
    pub fn set_on_line(conditions: Conditions, seed: u64, host: &[&str]) -> Result<Self> {
        let front = UdpSocket::bind("127.0.0.1:0")?;
        let public = front.local_addr()?.to_string();
        let estate = Box::new(Estate::start_with_relay_options(&["--public", &public])?);
        let relay = estate.relay_address().parse()?;
        let line = Proxy::start(front, relay, conditions, seed)?;
        Self::on(estate, Some(line), host)
    }

    fn on(estate: Box<Estate>, line: Option<Proxy>, host: &[&str]) -> Result<Self> {
        let folder = estate.folder().to_path_buf();
        let of = |name: &str| -> Result<std::path::PathBuf> {
            let folder = folder.join(name);
            std::fs::create_dir_all(&folder)?;
            Ok(folder)
        };
        let (width, height) = (u32::from(WIDTH), u32::from(HEIGHT));
        let device_display = Display::virtual_one(&of("device")?, width, height)?;
        let viewer_display = Display::virtual_one(&of("technician")?, width, height)?;
        let mut openbox = std::process::Command::new("openbox");
        openbox.env("DISPLAY", viewer_display.name());
        let manager = Process::start("openbox", &openbox, &folder.join("openbox.log"))?;
        let stage = Stage::on(device_display.name())?;
        let camera = Camera::before(viewer_display.name())?;
        let enrolled = estate.enroll_host(DEVICE, &["--unattended"]);
        let viewer = estate.sign_in(VIEWER);
        let host = enrolled.start_with(device_display.name(), &viewer, host)?;
        let mut session = viewer.connect(DEVICE, viewer_display.name(), &["--fullscreen"])?;
        session.expect_step("live", STEP);
        Ok(Self {
            session,
            host,
            stage,
            camera,
            manager,
            viewer_display,
            device_display,
            line,
            estate,
        })
    }

    /// Starts the viewer's window anew, after it ended, and waits for the picture.
    pub fn reconnect(&mut self) -> Result<()> {
        let viewer = self.estate.viewer(VIEWER);
        let display = self.viewer_display.name();
        self.session = viewer.connect(DEVICE, display, &["--fullscreen"])?;
        let end = Instant::now() + STEP;
        while self.session.count_step("live") == 0 {
            ensure!(Instant::now() < end, "the session does not begin");
            ensure!(self.session.process.is_running(), "the viewer ended");
            std::thread::sleep(LOOK_EVERY);
        }
        Ok(())
    }

    /// Whether the host's programs run.
    pub fn host_is_running(&mut self) -> bool {
        self.host.is_running()
    }

    /// Where the programs of the scene keep their data and logs.
    pub fn folder(&self) -> &std::path::Path {
        self.estate.folder()
    }

    /// The line to the relay.
    ///
    /// # Panics
    /// If the scene was not set on a line.
    pub fn line(&self) -> &Proxy {
        self.line.as_ref().expect("the scene was set on a line")
    }

    /// The display that is shared.
    pub fn device_display(&self) -> &str {
        self.device_display.name()
    }

    /// The display that the viewer is on.
    pub fn viewer_display(&self) -> &str {
        self.viewer_display.name()
    }

    /// The processes whose cost counts, by name.
    pub fn processes(&self) -> Vec<(String, u32)> {
        let mut all = vec![
            ("host service".to_owned(), self.host.id()),
            ("relay".to_owned(), self.estate.relay.id()),
            ("directory".to_owned(), self.estate.directory.id()),
            ("viewer".to_owned(), self.session.process.id()),
            ("device's X".to_owned(), self.device_display.id()),
            ("viewer's X".to_owned(), self.viewer_display.id()),
            ("openbox".to_owned(), self.manager.id()),
        ];
        let listed = std::process::Command::new("ps")
            .args(["-o", "pid=", "--ppid", &self.host.id().to_string()])
            .output();
        let text = listed.map(|out| String::from_utf8_lossy(&out.stdout).into_owned());
        if let Some(id) = text.ok().and_then(|t| t.trim().parse().ok()) {
            all.push(("host helper".to_owned(), id));
        }
        all
    }

    /// What the session's connection has carried so far, as the viewer counts it: the time in
    /// microseconds and the UDP payload in bytes, both ways, without the relay's header.
    pub fn carried(&self) -> Option<(u64, u64)> {
        let events = self.session.events();
        let last = events
            .iter()
            .rev()
            .find(|event| event["event"] == "traffic")?;
        let bytes = last["sent_bytes"].as_u64()? + last["received_bytes"].as_u64()?;
        Some((last["at_us"].as_u64()?, bytes))
    }

    /// Frames that the viewer put on its display so far, with the times of presenting.
    pub fn presented(&self) -> Vec<u64> {
        let pictures = self
            .session
            .events()
            .into_iter()
            .filter(|e| e["event"] == "presented");
        pictures
            .filter_map(|event| event["at_us"].as_u64())
            .collect()
    }
}

/// A window over the whole device screen that answers keys and plays pictures.
pub struct Stage {
    connection: RustConnection,
    window: Window,
    gc: Gcontext,
    depth: u8,
}

impl Stage {
    fn on(display: &str) -> Result<Self> {
        let (connection, screen) = RustConnection::connect(Some(display))?;
        let screen = &connection.setup().roots[screen];
        let (root, depth, black) = (screen.root, screen.root_depth, screen.black_pixel);
        let window = connection.generate_id()?;
        let settings = CreateWindowAux::new()
            .background_pixel(black)
            .event_mask(EventMask::KEY_PRESS | EventMask::EXPOSURE);
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
            &settings,
        )?;
        connection.map_window(window)?;
        let gc = connection.generate_id()?;
        connection.create_gc(gc, window, &CreateGCAux::new())?;
        connection.warp_pointer(x11rb::NONE, root, 0, 0, 0, 0, 960, 540)?;
        connection.get_input_focus()?.reply()?;
        Ok(Self {
            connection,
            window,
            gc,
            depth,
        })
    }

    /// Fills a rectangle with a colour, and returns when the server has drawn it.
    pub fn fill(&self, rect: Rectangle, colour: u32) -> Result<()> {
        let values = x11rb::protocol::xproto::ChangeGCAux::new().foreground(colour);
        self.connection.change_gc(self.gc, &values)?;
        self.connection
            .poly_fill_rectangle(self.window, self.gc, &[rect])?;
        self.connection.get_input_focus()?.reply()?;
        Ok(())
    }

    /// Answers keys until `stop`: each press fills the patch with the other of two colours.
    pub fn answer_keys(
        &self,
        patch: Rectangle,
        colours: [u32; 2],
        stop: &std::sync::atomic::AtomicBool,
    ) -> Result<()> {
        let mut on = 0;
        while !stop.load(std::sync::atomic::Ordering::Relaxed) {
            let Some(event) = self.connection.poll_for_event()? else {
                // Half a millisecond of the answer is the price of being able to stop.
                std::thread::sleep(Duration::from_micros(500));
                continue;
            };
            if let Event::KeyPress(_) = event {
                on = 1 - on;
                self.fill(patch, colours[on])?;
            }
        }
        Ok(())
    }

    /// Uploads a film of full-screen pictures to the server, once.
    pub fn film(&self, pictures: usize) -> Result<Vec<Pixmap>> {
        self.film_of(pictures, film_pixel)
    }

    /// The same with pixels by their place and the number of the picture.
    pub fn film_of(
        &self,
        pictures: usize,
        pixel: impl Fn(u16, u16, usize) -> u32,
    ) -> Result<Vec<Pixmap>> {
        let upload = |number| self.upload(|x, y| pixel(x, y, number));
        (0..pictures).map(upload).collect()
    }

    fn upload(&self, pixel: impl Fn(u16, u16) -> u32) -> Result<Pixmap> {
        let pixmap = self.connection.generate_id()?;
        self.connection
            .create_pixmap(self.depth, pixmap, self.window, WIDTH, HEIGHT)?;
        let strip = 60u16;
        for top in (0..HEIGHT).step_by(usize::from(strip)) {
            let mut bytes = Vec::with_capacity(usize::from(WIDTH) * usize::from(strip) * 4);
            for y in top..top + strip {
                for x in 0..WIDTH {
                    bytes.extend_from_slice(&pixel(x, y).to_le_bytes());
                }
            }
            self.connection.put_image(
                ImageFormat::Z_PIXMAP,
                pixmap,
                self.gc,
                WIDTH,
                strip,
                0,
                i16::try_from(top)?,
                0,
                self.depth,
                &bytes,
            )?;
        }
        self.connection.get_input_focus()?.reply()?;
        Ok(pixmap)
    }

    /// Copies a part of one full-screen picture to the same place of another.
    pub fn paste(&self, from: Pixmap, onto: Pixmap, part: Rectangle) -> Result<()> {
        let Rectangle {
            x,
            y,
            width,
            height,
        } = part;
        self.connection
            .copy_area(from, onto, self.gc, x, y, x, y, width, height)?;
        Ok(())
    }

    /// Shows one picture of a film.
    pub fn show(&self, pixmap: Pixmap) -> Result<()> {
        let whole = Rectangle {
            x: 0,
            y: 0,
            width: WIDTH,
            height: HEIGHT,
        };
        self.show_part(pixmap, whole)
    }

    /// Shows a part of a picture of a film, at its place.
    pub fn show_part(&self, pixmap: Pixmap, part: Rectangle) -> Result<()> {
        self.paste(pixmap, self.window, part)?;
        self.connection.flush()?;
        Ok(())
    }
}

/// A moving, coloured, finely structured picture: waves, with texture that keeps the encoder busy
/// as natural video does.
///
/// `number` is the picture's place in the film.
pub fn film_pixel(x: u16, y: u16, number: usize) -> u32 {
    let (fx, fy, t) = (f32::from(x), f32::from(y), number as f32 * 0.12);
    let wave = ((fx * 0.011 + t).sin() + (fy * 0.017 - t * 0.7).cos()) * 55.0;
    let swirl = ((fx * fx + fy * fy).sqrt() * 0.02 - t * 1.3).sin() * 40.0;
    let grain = (u32::from(x).wrapping_mul(2_654_435_761) ^ u32::from(y).wrapping_mul(40_503))
        .wrapping_add(number as u32 * 97)
        >> 28;
    let level = |base: f32| (base + wave + swirl + grain as f32).clamp(0.0, 255.0) as u32;
    level(120.0) << 16 | level(100.0 + wave * 0.3) << 8 | level(140.0 - swirl)
}

/// Watches a display for changes, as a camera in front of it would.
pub struct Camera {
    connection: RustConnection,
    root: Window,
    damage: u32,
}

impl Camera {
    /// Watches a display.
    pub fn before(display: &str) -> Result<Self> {
        let (connection, screen) = RustConnection::connect(Some(display))?;
        let root = connection.setup().roots[screen].root;
        connection
            .damage_query_version(1, 1)?
            .reply()
            .context("the display has no DAMAGE")?;
        connection
            .xfixes_query_version(5, 0)?
            .reply()
            .context("the display has no XFIXES")?;
        let damage = connection.generate_id()?;
        connection.damage_create(damage, root, ReportLevel::NON_EMPTY)?;
        connection.get_input_focus()?.reply()?;
        Ok(Self {
            connection,
            root,
            damage,
        })
    }

    /// The colour at a place now.
    pub fn pixel(&self, x: i16, y: i16) -> Result<u32> {
        let image = self
            .connection
            .get_image(ImageFormat::Z_PIXMAP, self.root, x, y, 1, 1, !0)?
            .reply()?;
        let first = image.data.first_chunk::<4>().context("an empty picture")?;
        Ok(u32::from_le_bytes(*first) & 0x00ff_ffff)
    }

    /// The colours of a row of pixels now.
    pub fn row(&self, x: i16, y: i16, width: u16) -> Result<Vec<u32>> {
        let image = self
            .connection
            .get_image(ImageFormat::Z_PIXMAP, self.root, x, y, width, 1, !0)?
            .reply()?;
        let pixels = image.data.chunks_exact(4);
        Ok(pixels
            .map(|pixel| u32::from_le_bytes([pixel[0], pixel[1], pixel[2], 0]))
            .collect())
    }

    /// The colours of the upper `height` rows of the display now, row by row.
    pub fn photo(&self, width: u16, height: u16) -> Result<Vec<u32>> {
        self.part(Rectangle {
            x: 0,
            y: 0,
            width,
            height,
        })
    }

    /// The colours of a part of the display now, row by row.
    pub fn part(&self, part: Rectangle) -> Result<Vec<u32>> {
        let Rectangle {
            x,
            y,
            width,
            height,
        } = part;
        let image = self
            .connection
            .get_image(ImageFormat::Z_PIXMAP, self.root, x, y, width, height, !0)?
            .reply()?;
        let pixels = image.data.chunks_exact(4);
        Ok(pixels
            .map(|pixel| u32::from_le_bytes([pixel[0], pixel[1], pixel[2], 0]))
            .collect())
    }

    /// From now on a change is news again.
    pub fn take_damage(&self) -> Result<()> {
        self.connection
            .damage_subtract(self.damage, x11rb::NONE, x11rb::NONE)?;
        Ok(())
    }

    /// Waits until the colour at a place is near `colour`; when that was seen.
    pub fn see(&self, x: i16, y: i16, colour: u32, longest: Duration) -> Result<Option<Instant>> {
        let end = Instant::now() + longest;
        loop {
            self.take_damage()?;
            if near(self.pixel(x, y)?, colour) {
                return Ok(Some(Instant::now()));
            }
            if Instant::now() >= end {
                return Ok(None);
            }
            // Blocks in the kernel until the display changes (or half a second passed).
            self.wait_for_damage(end)?;
        }
    }

    /// Sleeps in the kernel until the display changes, at most half a second and until `end`.
    pub fn wait_for_damage(&self, end: Instant) -> Result<()> {
        self.changed_by(end).map(drop)
    }

    /// The same, and says whether it changed.
    pub fn changed_by(&self, end: Instant) -> Result<bool> {
        use std::os::fd::AsFd as _;
        self.connection.flush()?;
        while self.connection.poll_for_event()?.is_none() {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(false);
            }
            let stream = self.connection.stream().as_fd();
            let mut polled = [rustix::event::PollFd::new(
                &stream,
                rustix::event::PollFlags::IN,
            )];
            let wait = rustix::event::Timespec::try_from(left.min(Duration::from_millis(500)))?;
            rustix::event::poll(&mut polled, Some(&wait))?;
        }
        Ok(true)
    }
}

/// Whether two colours differ by little enough to be one, after a lossy codec.
fn near(a: u32, b: u32) -> bool {
    a.to_be_bytes()
        .iter()
        .zip(b.to_be_bytes())
        .all(|(a, b)| a.abs_diff(b) < 40)
}
