//! Claims about the way by the card, on a virtual display where the card is pretended: whatever is
//! shown, the display has the same pixels as when it is painted in software.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use farpane_protocol::scope::{Scope, ScopeSet};
use winit::application::ApplicationHandler;
use winit::dpi::{PhysicalPosition, PhysicalSize};
use winit::event::WindowEvent;
use winit::event_loop::{ActiveEventLoop, EventLoop};
use winit::platform::x11::{EventLoopBuilderExtX11 as _, WindowAttributesExtX11 as _};
use winit::window::WindowId;
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{ConnectionExt as _, ImageFormat};

use super::*;
use crate::session::shared::{Picture, Shared};
use crate::window::bar::{self, Bar, Clipboard, Item};
use crate::window::layer::Scale;
use crate::window::lost::Lost;
use crate::window::meter::Reading;
use crate::window::note::Note;
use crate::window::overlay::Overlay;
use crate::window::palette::{DARK, LIGHT};
use crate::window::present::Screen;
use crate::window::stepper;
use crate::window::view::Mode;

/// Says that the test runs on a display of its own.
const INSIDE: &str = "FARPANE_TEST_CARD";

/// How long pixels may take to the display on a busy machine.
const SHOWN_WAIT: Duration = Duration::from_secs(20);

fn size(width: u32, height: u32) -> Size {
    Size::new(width, height).expect("valid")
}

fn window() -> Size {
    size(640, 400)
}

/// Runs a test of this file again on a virtual display, which goes with it; there, runs `act` with
/// an event loop.
fn on_a_display(test: &str, act: impl FnOnce(&ActiveEventLoop)) {
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

fn open(event_loop: &ActiveEventLoop, present: Present) -> Screen {
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
fn shows_exactly(screen: &mut Screen, scene: &Scene, shared: &Shared, by: &str, what: &str) {
    let shown = screen.paint(scene.clone(), shared, false).expect("painted");
    assert_eq!(shown.map(|shown| shown.by), Some(by), "{what}");
    // A question that is answered: what was said before has gone to the display, too.
    screen.window().inner_position().expect("a place");
    let mut expected = vec![0xdead_beef; window().area()];
    shared.with_picture(|picture| {
        let pixels = picture.as_ref().map(|picture| &picture.pixels);
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

fn noise(pixels: &mut [u32], seed: u32) {
    let mut state = seed | 1;
    for pixel in pixels {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *pixel = state.rotate_left(13);
    }
}

/// A session that shows noise on a screen of that size.
fn session(surface: Size, seed: u32) -> Shared {
    let shared = Shared::new(Instant::now(), || {});
    shared.update_picture(|picture| {
        let mut pixels = BgraPicture::new(surface);
        noise(pixels.as_pixels_mut(), seed);
        *picture = Some(Picture {
            surface: 0,
            pixels,
            damage: vec![surface.rect()],
            frames: vec![facts(1)],
        });
    });
    shared
}

/// A frame that changes some rectangles.
fn change(shared: &Shared, rects: &[Rect], seed: u32) {
    shared.update_picture(|picture| {
        let picture = picture.as_mut().expect("there is one");
        for rect in rects {
            let rows = picture.pixels.rows_mut().skip(rect.y as usize);
            for row in rows.take(rect.height as usize) {
                noise(&mut row[rect.x as usize..rect.right() as usize], seed);
            }
        }
        picture.add(rects, facts(u64::from(seed)));
    });
}

fn facts(sequence: u64) -> FrameFacts {
    let now = Instant::now();
    FrameFacts {
        sequence,
        input_sequence: 0,
        bytes: 1,
        capture: Duration::ZERO,
        encode: Duration::ZERO,
        first_byte: now,
        whole: now,
        decoded: now,
        captured_us: 0,
    }
}

fn live(surface: Size, mode: Mode, pan: Point) -> Scene {
    Scene {
        window: window(),
        palette: DARK,
        view: Some(View::new(window(), surface, mode, pan)),
        lost: None,
        overlay: None,
        note: None,
        bar: None,
        menu: None,
        card: None,
    }
}

fn rect(x: u32, y: u32, width: u32, height: u32) -> Rect {
    Rect {
        x,
        y,
        width,
        height,
    }
}

/// Everything over the picture, with a key told below the bar.
fn covered(scene: Scene, surface: Size) -> Scene {
    let scale = Scale::new(1.0);
    let words = bar::Words {
        device: "till".into(),
        rights: "see and control",
        mode: Mode::Fit,
        full_screen: false,
        overlay: true,
        monitors: None,
        keys: false,
        clipboard: Clipboard::BothWays,
        hover: Some(Item::End),
    };
    let reading = Reading::default();
    let screen = Some((surface, 100));
    Scene {
        overlay: Some(Overlay::new(
            window(),
            scale,
            DARK,
            &reading,
            "oslo",
            screen,
        )),
        note: Some(Note::new(window(), scale, DARK, "the clipboard is off")),
        bar: Some(Bar::new(window(), scale, DARK, words)),
        ..scene
    }
}

#[test]
fn the_card_shows_what_memory_shows_at_every_scale() {
    on_a_display(
        "the_card_shows_what_memory_shows_at_every_scale",
        |event_loop| {
            let mut screen = open(event_loop, Present::Card);
            let home = Point::default();
            let far = Point { x: 300, y: 170 };
            for (width, height, mode, pan, what) in [
                (640, 400, Mode::Fit, home, "one for one"),
                (600, 380, Mode::Fit, home, "one for one, with a margin"),
                (1280, 800, Mode::Fit, home, "half"),
                (1023, 577, Mode::Fit, home, "smaller by no whole number"),
                (4001, 123, Mode::Fit, home, "far smaller"),
                (320, 200, Mode::Fit, home, "twice"),
                (231, 133, Mode::Fit, home, "larger by no whole number"),
                (1280, 800, Mode::Actual, far, "panned"),
            ] {
                let surface = size(width, height);
                let shared = session(surface, width);
                let scene = live(surface, mode, pan);
                shows_exactly(&mut screen, &scene, &shared, "card", what);
                let parts = [
                    rect(3, 5, 17, 1),
                    rect(width / 2, 60, 41, 33),
                    rect(9, 90, 1, 30),
                ];
                change(&shared, &parts, 77);
                shows_exactly(&mut screen, &scene, &shared, "card", what);
            }
        },
    );
}

#[test]
fn what_is_over_the_picture_is_the_same_by_the_card() {
    on_a_display(
        "what_is_over_the_picture_is_the_same_by_the_card",
        |event_loop| {
            let mut screen = open(event_loop, Present::Card);
            let surface = size(700, 430);
            let shared = session(surface, 5);
            let scene = live(surface, Mode::Fit, Point::default());
            shows_exactly(&mut screen, &scene, &shared, "card", "nothing over it");
            let full = covered(scene.clone(), surface);
            shows_exactly(&mut screen, &full, &shared, "card", "all over it");
            change(&shared, &[surface.rect()], 6);
            shows_exactly(
                &mut screen,
                &full,
                &shared,
                "card",
                "the picture changes behind it",
            );
            let lost = Scene {
                lost: Some(Lost::new(window(), Scale::new(1.0), DARK, 3)),
                ..full.clone()
            };
            shows_exactly(&mut screen, &lost, &shared, "card", "dimmed");
            shows_exactly(&mut screen, &full, &shared, "card", "contact is back");
            shows_exactly(&mut screen, &scene, &shared, "card", "all is gone again");
            let state = Shared::new(Instant::now(), || {}).snapshot();
            let asked = ScopeSet::of(&[Scope::View]);
            let words = stepper::words(&state, "till", asked, 0, Instant::now());
            let words = words.expect("steps");
            let steps = Scene {
                palette: LIGHT,
                view: None,
                card: Some(crate::window::card::Card::new(
                    window(),
                    Scale::new(1.0),
                    LIGHT,
                    words,
                )),
                ..scene.clone()
            };
            shows_exactly(&mut screen, &steps, &shared, "card", "the steps");
            shows_exactly(&mut screen, &scene, &shared, "card", "the picture again");
        },
    );
}

/// A way that is lost once it has drawn.
struct Breaking(Option<Box<dyn Way>>);

impl Way for Breaking {
    fn name(&self) -> &'static str {
        "breaking"
    }

    fn paint(&mut self, next: &Next<'_>, frames: &mut Vec<FrameFacts>) -> Result<bool> {
        if let Some(way) = &mut self.0 {
            way.paint(next, frames)?;
        }
        Err(anyhow!("the graphics card was lost"))
    }
}

#[test]
fn a_lost_card_gives_the_same_window_to_memory() {
    on_a_display(
        "a_lost_card_gives_the_same_window_to_memory",
        |event_loop| {
            let mut screen = open(event_loop, Present::Memory);
            let surface = size(600, 380);
            let scene = live(surface, Mode::Fit, Point::default());
            shows_exactly(&mut screen, &scene, &session(surface, 1), "memory", "alone");
            drop(screen);

            let mut screen = open(event_loop, Present::Card);
            let shared = session(surface, 2);
            shows_exactly(&mut screen, &scene, &shared, "card", "by the card");
            let card = std::mem::replace(&mut screen.ways.way, Box::new(Breaking(None)));
            screen.ways.way = Box::new(Breaking(Some(card)));
            change(&shared, &[rect(10, 20, 100, 50)], 3);
            shows_exactly(&mut screen, &scene, &shared, "memory", "the card is lost");
            change(&shared, &[rect(50, 20, 100, 90)], 4);
            shows_exactly(&mut screen, &scene, &shared, "memory", "through memory");
        },
    );
}
