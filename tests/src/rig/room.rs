//! A room with a person: a display around (`outer`), the device's display nested in it, and the
//! technician's display. Input to `outer` is the person's hand; input by XTEST to `device` is a
//! program's.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use super::display::Display;
use super::process::Process;
use super::wait_for;
use super::xclient::{Shot, XClient, key};

/// Size of the device's and the technician's displays.
pub const WIDTH: u32 = 1024;
/// Size of the device's and the technician's displays.
pub const HEIGHT: u32 = 768;
/// The colour of the button that says yes.
const TEAL: u32 = 0x000b_6b66;
/// The colour of the button in the viewer's start window, which is dark here.
const ACCENT: u32 = 0x0033_b8ac;
/// A button is at least this high; lines, check marks and letters are not.
const BUTTON_ROWS: usize = 24;
/// How long windows may take to come up on a busy machine.
const WINDOW_WAIT: Duration = Duration::from_secs(20);

/// Three displays and what runs on them. Fields go in order: programs before their displays.
pub struct Room {
    /// The person's hands.
    pub person: XClient,
    /// A program at the device.
    pub device: XClient,
    /// The technician's hands and eyes.
    pub technician: XClient,
    programs: Vec<Process>,
    folder: PathBuf,
    technician_display: Display,
    device_display: Display,
    _outer: Option<Display>,
}

impl Room {
    /// Opens the displays; a window manager runs on the technician's.
    pub fn open(folder: &Path) -> Result<Self> {
        let outer = Display::virtual_one(&made(folder, "outer")?, WIDTH, HEIGHT)?;
        let device = Display::nested_in(&outer, &made(folder, "device")?, WIDTH, HEIGHT)?;
        Self::with(folder, device, Some(outer))
    }

    /// The same with nobody at the device: its display is not nested (a nested one has no pointer
    /// shape to share), and the person's hand is a program's.
    pub fn without_a_person(folder: &Path) -> Result<Self> {
        Self::with_a_screen_of(folder, WIDTH, HEIGHT)
    }

    /// The same with another size of the device's display.
    pub fn with_a_screen_of(folder: &Path, width: u32, height: u32) -> Result<Self> {
        let device = Display::virtual_one(&made(folder, "device")?, width, height)?;
        Self::with(folder, device, None)
    }

    fn with(folder: &Path, device_display: Display, outer: Option<Display>) -> Result<Self> {
        let technician_display = Display::virtual_one(&made(folder, "technician")?, WIDTH, HEIGHT)?;
        let mut room = Self {
            person: XClient::open(outer.as_ref().unwrap_or(&device_display).name())?,
            device: XClient::open(device_display.name())?,
            technician: XClient::open(technician_display.name())?,
            programs: Vec::new(),
            folder: folder.to_path_buf(),
            technician_display,
            device_display,
            _outer: outer,
        };
        let mut manager = Command::new("openbox");
        manager.env("DISPLAY", room.technician_display.name());
        room.start("openbox", &manager)?;
        super::watch_for_failure(&[room.device_display(), room.technician_display()]);
        Ok(room)
    }

    fn start(&mut self, name: &str, command: &Command) -> Result<()> {
        let log = self.folder.join(format!("{name}.log"));
        self.programs.push(Process::start(name, command, &log)?);
        Ok(())
    }

    /// The device's display.
    pub fn device_display(&self) -> &str {
        self.device_display.name()
    }

    /// The technician's display.
    pub fn technician_display(&self) -> &str {
        self.technician_display.name()
    }

    /// Starts a terminal on the device that writes every line typed into it to a file.
    pub fn notebook(&mut self) -> Result<PathBuf> {
        self.notebook_called("notebook")
    }

    /// The same with that title.
    pub fn notebook_called(&mut self, title: &str) -> Result<PathBuf> {
        let file = self.folder.join("typed");
        let mut xterm = Command::new("xterm");
        xterm.args([
            "-T",
            title,
            "-geometry",
            "100x30+60+120",
            "-e",
            "sh",
            "-c",
            "exec cat > \"$0\"",
        ]);
        xterm.arg(&file).env("DISPLAY", self.device_display.name());
        // Dead keys need a language in which their letters exist.
        xterm.env("LC_ALL", "C.UTF-8");
        self.start("xterm", &xterm)?;
        wait_for("the terminal", WINDOW_WAIT, || file.exists().then_some(()));
        // The pointer decides who has the keys on a display without a window manager.
        self.person.point(300, 300)?;
        Ok(file)
    }

    /// Another program's window at the technician's, which gets the keyboard; it goes with the
    /// value.
    pub fn technician_window(&self) -> Result<Process> {
        let mut xterm = Command::new("xterm");
        xterm.args(["-geometry", "40x10+20+20", "-e", "cat"]);
        xterm.env("DISPLAY", self.technician_display.name());
        Process::start("xterm", &xterm, &self.folder.join("other.log"))
    }

    /// Where the button that says yes is, once it may be pressed.
    pub fn yes_button(&self) -> (u32, u32) {
        wait_for("the question at the device", WINDOW_WAIT, || {
            let shot = self.device.shot().ok()?;
            largest_block(&shot, TEAL)
        })
    }

    /// Where the viewer's Connect button is, once it may be pressed.
    pub fn connect_button(&self) -> (u32, u32) {
        wait_for("the Connect button", WINDOW_WAIT, || {
            let shot = self.technician.shot().ok()?;
            largest_block(&shot, ACCENT)
        })
    }

    /// Whether the question stands on the device's display.
    pub fn is_asked(&self) -> Result<bool> {
        Ok(largest_block(&self.device.shot()?, TEAL).is_some())
    }

    /// The person presses Allow.
    pub fn say_yes(&self) -> Result<()> {
        let (x, y) = self.yes_button();
        self.person.click(x, y)
    }

    /// The person presses Escape, which is no.
    pub fn say_no(&self) -> Result<()> {
        self.yes_button();
        self.person.tap(key::ESCAPE)
    }
}

fn made(folder: &Path, name: &str) -> Result<PathBuf> {
    let folder = folder.join(name);
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// The middle of the largest block of a colour, if it is as large as a button.
fn largest_block(shot: &Shot, colour: u32) -> Option<(u32, u32)> {
    // Rows with a long run of the colour belong to a button; text has short runs.
    let run = |y: u32| {
        let mut best = (0, 0);
        let mut from = 0;
        for x in 0..=shot.width {
            let inside = x < shot.width && shot.at(x, y) == colour;
            if !inside {
                if x - from > best.0 {
                    best = (x - from, from);
                }
                from = x + 1;
            }
        }
        best
    };
    // Rows that follow each other and have such a run make a block.
    let mut blocks: Vec<Vec<(u32, u32, u32)>> = Vec::new();
    for y in 0..shot.height {
        let (length, from) = run(y);
        if length < 20 {
            continue;
        }
        match blocks.last_mut() {
            Some(block) if block.last().is_some_and(|row| row.0 + 1 == y) => {
                block.push((y, length, from));
            }
            Some(_) | None => blocks.push(vec![(y, length, from)]),
        }
    }
    let rows = blocks
        .into_iter()
        .filter(|rows| rows.len() >= BUTTON_ROWS)
        .max_by_key(Vec::len)?;
    let (top, bottom) = (rows.first()?.0, rows.last()?.0);
    let left = rows.iter().map(|row| row.2).min()?;
    let right = rows.iter().map(|row| row.2 + row.1).max()?;
    // Beside the label, so that the point lies on the button's own colour whatever it says.
    Some((left + (right - left) / 8, top + (bottom - top) / 2))
}
