//! Keyboards of several countries: what a technician types stands in a real program on the device.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use farpane_tests::rig::estate::{Connected, Estate, Viewer};
use farpane_tests::rig::keyboard::{SAMPLES, press, set_layout};
use farpane_tests::rig::room::Room;
use farpane_tests::rig::{wait_for, wait_until};
use serde_json::Value;

use super::turn;

const STEP: Duration = Duration::from_secs(20);

/// Evdev code of the left Super key.
const SUPER: u8 = 125;

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

    // So is Num Lock: the technician's decides what the number pad is.
    press(&desk.room.device, "numlock")?;
    assert_eq!(
        desk.types("a keypad7 b numlock keypad7 numlock c")?,
        "a\u{1b}[Hb7c"
    );
    press(&desk.room.device, "numlock")?;

    // Ctrl+W takes a word away; on a French keyboard W lies where others have Z or Y.
    for far in ["us", "de", "fr"] {
        desk.layouts("fr", far)?;
        assert_eq!(desk.types("q b space c d ctrl+z e")?, "ab e", "{far}");
    }
    Ok(())
}

/// Alt+F4 closes a window at the technician's desktop, unless the device gets it.
const CLOSE: &str = "alt+f4";

/// What a terminal makes of Alt+F4.
const ALT_F4: &str = "\u{1b}[1;3S";

/// Waits until system keys have begun so often to go there.
#[track_caller]
fn expect_system_keys(session: &Connected, to: &str, times: usize) {
    wait_until(&format!("system keys to go: {to}"), STEP, || {
        let goes = |event: &Value| event["event"] == "system_keys" && event["to"] == to;
        session.events().iter().filter(|event| goes(event)).count() >= times
    });
}

#[test]
fn system_keys_go_to_the_device_until_the_technician_takes_them_back() -> Result<()> {
    let _turn = turn();
    let estate = Estate::start()?;
    let mut desk = Desk::open(&estate)?;
    let host = estate.enroll_host("till-01", &["--unattended"]);
    let viewer = estate.sign_in("viewer");
    let _host = host.start(desk.room.device_display(), &viewer)?;
    let mut session = desk.connect(&viewer, &["--system-keys", "full-screen"])?;
    expect_system_keys(&session, "device", 1);

    // The desktop would close the window; the device has the key instead, and letters as ever.
    let line = desk.types(&format!("a {CLOSE} b"))?;
    assert_eq!(line, format!("a{ALT_F4}b"));

    // Another window comes up while a key is held: it is let go, and the keyboard is free.
    desk.room.technician.key(SUPER, true)?;
    wait_until("Super at the device", STEP, || {
        desk.room.device.is_down(SUPER).is_ok_and(|down| down)
    });
    let other = desk.room.technician_window()?;
    expect_system_keys(&session, "here", 1);
    wait_until("Super let go at the device", STEP, || {
        desk.room.device.is_down(SUPER).is_ok_and(|down| !down)
    });
    desk.room.technician.key(SUPER, false)?;
    drop(other);
    expect_system_keys(&session, "device", 2);

    press(&desk.room.technician, "ctrl+alt+shift+g")?;
    expect_system_keys(&session, "here", 2);
    press(&desk.room.technician, CLOSE)?;
    assert_eq!(session.expect_exit(STEP), 0);
    Ok(())
}
