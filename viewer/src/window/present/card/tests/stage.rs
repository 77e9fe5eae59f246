//! A virtual display where the card is pretended, a window on it, and what is to be seen there.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use farpane_media::convert::i420_to_bgra;
use winit::application::ApplicationHandler;
use winit::dpi::{PhysicalPosition, PhysicalSize};
use winit::event::WindowEvent;
use winit::event_loop::{ActiveEventLoop, EventLoop};
use winit::platform::x11::{EventLoopBuilderExtX11 as _, WindowAttributesExtX11 as _};
use winit::window::{Window, WindowId};
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{ConnectionExt as _, ImageFormat};

use super::*;

/// Says that the test runs on a display of its own.
const INSIDE: &str = "FARPANE_TEST_CARD";

/// How long pixels may take to the display on a busy machine.
const SHOWN_WAIT: Duration = Duration::from_secs(20);

pub(super) fn size(width: u32, height: u32) -> Size {
    Size::new(width, height).expect("valid")
}

pub(super) fn window() -> Size {
    size(640, 400)
}

/// Runs a test of this file again on a virtual display, which goes with it; there, runs `act` with
/// an event loop.
pub(super) fn on_a_display(test: &str, act: impl FnOnce(&ActiveEventLoop)) {
    on_a_display_with(&[], test, act);
}

/// The same with these settings of the system's OpenGL.
pub(super) fn on_a_display_with(
    settings: &[(&str, &str)],
    test: &str,
    act: impl FnOnce(&ActiveEventLoop),
) {
    if std::env::var_os(INSIDE).is_some() {
        let mut builder = EventLoop::builder();
        let event_loop = builder.with_x11().with_any_thread(true).build();
        let mut stage = Stage(Some(act));
        event_loop
            .expect("a display")
            .run_app(&mut stage)
            .expect("runs");
        assert!(stage.0.is_none(), "it was on stage");
        return;
    }
    let folder = tempfile::tempdir().expect("folder");
    let number = folder.path().join("number");
    let script =
        "exec 3>\"$0\"; exec Xvfb -screen 0 640x400x24 -nolisten tcp -noreset -displayfd 3";
    let mut server = Command::new("sh")
        .args(["-c", script])
        .arg(&number)
        .stderr(Stdio::null())
        .spawn()
        .expect("a virtual display");
    let began = Instant::now();
    let display = loop {
        let text = std::fs::read_to_string(&number).unwrap_or_default();
        if let Some(number) = text.strip_suffix('\n') {
            break format!(":{number}");
        }
        assert!(began.elapsed() < SHOWN_WAIT, "no virtual display");
        std::thread::yield_now();
    };
    let again = Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "--nocapture"])
        .arg(format!("window::present::card::tests::{test}"))
        .env("DISPLAY", display)
        .env(INSIDE, "1")
        .envs(settings.iter().copied())
        .output();
    server.kill().expect("ends");
    server.wait().expect("ends");
    let again = again.expect("runs");
    let said = String::from_utf8_lossy(&again.stdout);
    let complained = String::from_utf8_lossy(&again.stderr);
    assert!(
        again.status.success() && said.contains("1 passed"),
        "{said}\n{complained}"
    );
}

struct Stage<F>(Option<F>);

impl<F: FnOnce(&ActiveEventLoop)> ApplicationHandler for Stage<F> {
    fn resumed(&mut self, event_loop: &ActiveEventLoop) {
        if let Some(act) = self.0.take() {
            act(event_loop);
        }
        event_loop.exit();
    }

    fn window_event(&mut self, _: &ActiveEventLoop, _: WindowId, _: WindowEvent) {}
}

pub(super) fn open(event_loop: &ActiveEventLoop, present: Present) -> Screen {
    let attributes = Window::default_attributes()
        .with_inner_size(PhysicalSize::new(window().width(), window().height()))
        .with_position(PhysicalPosition::new(0, 0))
        .with_override_redirect(true);
    Screen::new(event_loop, attributes, present).expect("a window")
}

/// The display's pixels.
fn seen() -> Vec<u32> {
    let (connection, screen) = x11rb::connect(None).expect("the display");
    let root = connection.setup().roots[screen].root;
    let (width, height) = (window().width() as u16, window().height() as u16);
    let image = connection
        .get_image(ImageFormat::Z_PIXMAP, root, 0, 0, width, height, u32::MAX)
        .expect("asked")
        .reply()
        .expect("a picture");
    let pixels = image.data.chunks_exact(4);
    pixels
        .map(|p| u32::from_le_bytes([p[0], p[1], p[2], 0]))
        .collect()
}

/// Shows the scene by that way, and holds that the display has what painting all of it in software
/// gives.
pub(super) fn shows_exactly(
    screen: &mut Screen,
    scene: &Scene,
    shared: &Shared,
    by: &str,
    what: &str,
) {
    let shown = screen.paint(scene.clone(), shared, false).expect("painted");
    assert_eq!(shown.map(|shown| shown.by), Some(by), "{what}");
    // A question that is answered: what was said before has gone to the display, too.
    screen.window().inner_position().expect("a place");
    let mut expected = vec![0xdead_beef; window().area()];
    shared.with_picture(|picture| {
        // A copy, so that what is left to convert stays so.
        let mut copy = picture
            .as_ref()
            .map(|picture| copied(picture.pixels.parts()));
        let pixels = copy.as_mut().map(|copy| &*copy);
        scene.paint(&mut expected, window().rect(), pixels);
    });
    for pixel in &mut expected {
        *pixel &= 0x00ff_ffff;
    }
    let began = Instant::now();
    loop {
        let found = seen();
        if found == expected {
            return;
        }
        if began.elapsed() > SHOWN_WAIT {
            let width = window().width() as usize;
            let wrong: Vec<_> = (0..found.len())
                .filter(|at| found[*at] != expected[*at])
                .collect();
            let at = wrong[0];
            panic!(
                "{what}: {} pixels differ, first at {},{}: {:06x} is not {:06x}",
                wrong.len(),
                at % width,
                at / width,
                found[at],
                expected[at]
            );
        }
        std::thread::yield_now();
    }
}

/// The picture with the video in it converted in software.
fn copied(seen: Seen<'_>) -> BgraPicture {
    let mut copy = seen.pixels.clone();
    if let Some(video) = seen.video {
        i420_to_bgra(video, &mut copy, seen.left).expect("one size");
    }
    copy
}
