//! Claims about the way by the card, on a virtual display where the card is pretended: whatever is
//! shown, the display has the same pixels as when it is painted in software.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use farpane_media::codec::{EncoderSettings, VideoEncoder as _};
use farpane_media::convert::i420_to_bgra;
use farpane_media::h264::H264Encoder;
use farpane_media::picture::I420Picture;
use farpane_media::surface::view::{Verdict, View as DecodingView};
use farpane_media::tile::squeeze::Packer;
use farpane_media::tile::update::{Copy, Extent, Writer};
use farpane_protocol::geometry::Point;
use farpane_protocol::scope::{Scope, ScopeSet};
use farpane_protocol::wire::frame::{Coding, FrameHeader};
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
            pixels: pixels.into(),
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
            let rows = picture.pixels.pixels_mut().rows_mut().skip(rect.y as usize);
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

/// A device that sends a film of noise.
struct Studio {
    encoder: H264Encoder,
    view: DecodingView,
    surface: Size,
    sequence: u64,
}

impl Studio {
    fn new(surface: Size) -> Self {
        Self {
            encoder: H264Encoder::new(EncoderSettings::new(surface, 8_000_000, 30))
                .expect("an encoder"),
            view: DecodingView::new(surface).expect("a view"),
            surface,
            sequence: 0,
        }
    }

    /// A picture of the film, to be seen in these parts.
    fn show(&mut self, shared: &Shared, rects: &[Rect]) {
        let mut picture = I420Picture::new(self.surface);
        let planes = picture.planes_mut();
        let mut state = self.sequence as u32 * 2 + 1;
        for plane in [planes.y, planes.u, planes.v] {
            // Blocks of noise, so that much of it is left when it is coded.
            for samples in plane.chunks_mut(40) {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                samples.fill((state >> 24) as u8);
            }
        }
        let mut payload = Vec::new();
        let key = self.sequence == 0;
        self.encoder
            .encode(&picture, key, &mut payload)
            .expect("encodes");
        self.send(shared, Coding::H264, rects, &payload);
    }

    /// A lossless update: a move, and then a tile of one colour.
    fn update(&mut self, shared: &Shared, moved: Copy, tile: usize, colour: u8) {
        let mut writer = Writer::new(&[moved]);
        writer.piece(tile, Extent::Whole, &[0, colour, colour, colour]);
        let payload = writer.finish(&mut Packer::default());
        self.send(shared, Coding::Tiles, &[], &payload);
    }

    fn send(&mut self, shared: &Shared, coding: Coding, rects: &[Rect], payload: &[u8]) {
        let key = self.sequence == 0;
        self.sequence += 1;
        let header = FrameHeader {
            coding,
            surface: 0,
            sequence: self.sequence,
            key,
            reset: key,
            size: self.surface,
            input_sequence: 0,
            captured_us: 0,
            capture_us: 0,
            encode_us: 0,
            payload: payload.len() as u32,
            epoch: 1,
            rects: rects.to_vec(),
        };
        let Verdict::Good(paint) = self.view.take(&header, payload) else {
            panic!("the frame cannot be used");
        };
        let when = shared.conversion();
        shared.update_picture(|picture| {
            let picture = picture.as_mut().expect("there is one");
            let rects = self.view.show(paint, &mut picture.pixels, when);
            picture.add(&rects, facts(self.sequence));
        });
    }
}

/// Whether some of the picture is left for the card to convert.
fn is_left(shared: &Shared) -> bool {
    shared.with_picture(|picture| {
        picture
            .as_ref()
            .is_some_and(|p| p.pixels.parts().video.is_some())
    })
}

#[test]
fn a_film_is_the_same_when_the_card_converts_it() {
    on_a_display(
        "a_film_is_the_same_when_the_card_converts_it",
        |event_loop| {
            let mut screen = open(event_loop, Present::Card);
            for (width, height) in [(640, 400), (231, 133)] {
                let surface = size(width, height);
                let shared = session(surface, 9);
                let scene = live(surface, Mode::Fit, Point::default());
                shows_exactly(&mut screen, &scene, &shared, "card", "no film yet");
                let mut studio = Studio::new(surface);
                let all = [surface.rect()];
                studio.show(&shared, &all);
                assert!(is_left(&shared), "nobody converted it");
                shows_exactly(&mut screen, &scene, &shared, "card", "all of it");
                assert!(is_left(&shared), "only the card did");
                let parts = [rect(64, 64, 64, 64), rect(129, 3, 31, 17)];
                studio.show(&shared, &parts);
                shows_exactly(&mut screen, &scene, &shared, "card", "parts, odd ones");
                // What moves within the film, into it and out of it, and tiles over it and beside it.
                let moves = [
                    (rect(70, 70, 20, 20), 100, 80),
                    (rect(0, 0, 40, 30), 66, 66),
                    (rect(64, 64, 50, 40), 3, 90),
                ];
                for (tile, (from, x, y)) in moves.into_iter().enumerate() {
                    studio.show(&shared, &parts);
                    let moved = Copy {
                        from_x: from.x,
                        from_y: from.y,
                        to: Rect { x, y, ..from },
                    };
                    studio.update(&shared, moved, tile, tile as u8 * 90);
                    shows_exactly(&mut screen, &scene, &shared, "card", "moves and tiles");
                    studio.show(&shared, &parts[1..]);
                    shows_exactly(&mut screen, &scene, &shared, "card", "the film goes on");
                    assert!(is_left(&shared), "some of it");
                }
                studio.show(&shared, &all);
                studio.show(&shared, &parts);
                let full = covered(scene.clone(), surface);
                shows_exactly(&mut screen, &full, &shared, "card", "behind the bar");
                studio.show(&shared, &all);
                shows_exactly(&mut screen, &full, &shared, "card", "on behind the bar");
                screen.paint(full.clone(), &shared, true).expect("painted");
                shows_exactly(
                    &mut screen,
                    &scene,
                    &shared,
                    "card",
                    "after all was sent anew",
                );
            }
        },
    );
}

#[test]
fn a_card_that_computes_otherwise_is_not_used() {
    on_a_display("a_card_that_computes_otherwise_is_not_used", |event_loop| {
        let mut screen = open(event_loop, Present::Memory);
        let pixels = Pixels::of(event_loop).expect("pixels");
        let card = Card::new(&pixels, screen.window.clone(), Present::Card);
        let mut card = card.expect("a card");
        let gl = card.context.current().expect("current");
        let proof = |parts: &mut Parts| proof::computes_exactly(gl, parts);
        assert!(proof(&mut card.parts).is_ok());
        let slightly = |shader: &str, is: &str, becomes: &str| {
            assert!(shader.contains(is), "{is}");
            gl.program(&shader.replace(is, becomes)).expect("compiles")
        };
        let mix = slightly(shader::MIX, "+ 32768", "+ 32000");
        let right = std::mem::replace(&mut card.parts.mix, mix);
        assert!(proof(&mut card.parts).is_err(), "it mixes in another way");
        card.parts.mix = right;
        assert!(proof(&mut card.parts).is_ok());
        let full_range = slightly(shader::CONVERT, "max(y - 16, 0), 9539", "y, 8192");
        card.parts.film = Film::new(gl, full_range).expect("a film");
        assert!(
            proof(&mut card.parts).is_err(),
            "it converts in another way"
        );
        // The window is still good for memory.
        drop(card);
        let surface = size(600, 380);
        let scene = live(surface, Mode::Fit, Point::default());
        shows_exactly(&mut screen, &scene, &session(surface, 1), "memory", "alone");
    });
}

/// A way that is lost once it has drawn.
struct Breaking(Option<Box<dyn Way>>);

impl Way for Breaking {
    fn name(&self) -> &'static str {
        "breaking"
    }

    fn conversion(&self) -> Conversion {
        Conversion::Later
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
            let mut studio = Studio::new(surface);
            studio.show(&shared, &[rect(200, 100, 300, 200)]);
            assert!(is_left(&shared), "the card's to convert");
            change(&shared, &[rect(10, 20, 100, 50)], 3);
            shows_exactly(&mut screen, &scene, &shared, "memory", "the card is lost");
            change(&shared, &[rect(50, 20, 100, 90)], 4);
            studio.show(&shared, &[rect(200, 100, 300, 200)]);
            assert!(!is_left(&shared), "it is converted in software");
            shows_exactly(&mut screen, &scene, &shared, "memory", "through memory");
        },
    );
}
