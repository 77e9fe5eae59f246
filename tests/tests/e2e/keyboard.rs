//! Keyboards of several countries: what a technician types stands in a real program on the device.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use farpane_tests::rig::estate::{Connected, Estate, Viewer};
use farpane_tests::rig::keyboard::{SAMPLES, press, set_layout};
use farpane_tests::rig::room::Room;
use farpane_tests::rig::wait_for;

use super::turn;

const STEP: Duration = Duration::from_secs(20);

/// Typing goes into a terminal that writes down every line.
struct Desk {
    room: Room,
    file: PathBuf,
    /// How many lines were typed.
    lines: usize,
}

impl Desk {
    /// A device's display with the terminal; nobody sits there.
    fn open(estate: &Estate) -> Result<Self> {
        let mut room = Room::without_a_person(estate.folder())?;
        let file = room.notebook()?;
        Ok(Self {
            room,
            file,
            lines: 0,
        })
    }

    /// Begins a session; the pointer is over the picture of the terminal.
    fn connect(&self, viewer: &Viewer<'_>, options: &[&str]) -> Result<Connected> {
        let near = self.room.technician_display();
        let mut session =
            viewer.connect("till-01", near, &[&["--fullscreen"], options].concat())?;
        session.expect_step("live", STEP);
        session.expect("a picture", STEP, |event| event["event"] == "presented");
        self.room.technician.point(300, 300)?;
        Ok(session)
    }

    /// The keyboards of the technician and of the device.
    fn layouts(&self, near: &str, far: &str) -> Result<()> {
        set_layout(self.room.technician_display(), near)?;
        set_layout(self.room.device_display(), far)
    }

    /// The technician presses these keys and Enter; the line that the terminal then has.
    fn types(&mut self, keys: &str) -> Result<String> {
        press(&self.room.technician, keys)?;
        press(&self.room.technician, "enter")?;
        let what = format!("a line of {keys}");
        let line = wait_for(&what, STEP, || {
            let text = fs::read_to_string(&self.file).ok()?;
            let whole = text.matches('\n').count() > self.lines;
            whole
                .then(|| text.lines().nth(self.lines).map(str::to_owned))
                .flatten()
        });
        self.lines += 1;
        Ok(line)
    }
}

#[test]
fn keys_by_their_place_make_what_the_same_keyboard_makes_at_the_device() -> Result<()> {
    let _turn = turn();
    let estate = Estate::start()?;
    let mut desk = Desk::open(&estate)?;
    let host = estate.enroll_host("till-01", &["--unattended"]);
    let viewer = estate.sign_in("viewer");
    let _host = host.start(desk.room.device_display(), &viewer)?;
    let _session = desk.connect(&viewer, &["--keyboard", "positions"])?;
    for sample in SAMPLES {
        desk.layouts(sample.layout, sample.layout)?;
        assert_eq!(desk.types(sample.keys)?, sample.text, "{}", sample.layout);
    }
    Ok(())
}

#[test]
fn letters_stand_at_the_device_as_typed_whatever_keyboard_it_has() -> Result<()> {
    let _turn = turn();
    let estate = Estate::start()?;
    let mut desk = Desk::open(&estate)?;
    let host = estate.enroll_host("till-01", &["--unattended"]);
    let viewer = estate.sign_in("viewer");
    let _host = host.start(desk.room.device_display(), &viewer)?;
    let _session = desk.connect(&viewer, &[])?;
    for near in SAMPLES {
        for far in SAMPLES {
            desk.layouts(near.layout, far.layout)?;
            let pair = format!("{} at {}", near.layout, far.layout);
            assert_eq!(desk.types(near.keys)?, near.text, "{pair}");
        }
    }

    // Caps Lock at the device is the device's own.
    desk.layouts("de", "fr")?;
    press(&desk.room.device, "caps")?;
    assert_eq!(desk.types("a shift+a 1 y")?, "aA1z");
    press(&desk.room.device, "caps")?;

    // Ctrl+W takes a word away; on a French keyboard W lies where others have Z or Y.
    for far in ["us", "de", "fr"] {
        desk.layouts("fr", far)?;
        assert_eq!(desk.types("q b space c d ctrl+z e")?, "ab e", "{far}");
    }
    Ok(())
}
