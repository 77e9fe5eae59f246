//! Claims about the way by the card, on a virtual display where the card is pretended: whatever is
//! shown, the display has the same pixels as when it is painted in software.

mod stage;
mod studio;

use std::time::Instant;

use farpane_media::tile::update::Copy;
use farpane_protocol::geometry::Point;
use farpane_protocol::scope::{Scope, ScopeSet};
use winit::event_loop::ActiveEventLoop;

use self::stage::{on_a_display, on_a_display_with, open, shows_exactly, size, window};
use self::studio::{Studio, change, covered, is_left, live, rect, session};
use super::*;
use crate::session::shared::Shared;
use crate::window::layer::Scale;
use crate::window::lost::Lost;
use crate::window::palette::{DARK, LIGHT};
use crate::window::present::Screen;
use crate::window::stepper;
use crate::window::view::Mode;

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

/// Holds that a window which was to go by the card goes through memory.
fn goes_through_memory(event_loop: &ActiveEventLoop, present: Present) {
    let mut screen = open(event_loop, present);
    let surface = size(600, 380);
    let shared = session(surface, 1);
    let scene = live(surface, Mode::Fit, Point::default());
    shows_exactly(&mut screen, &scene, &shared, "memory", "instead");
}

#[test]
fn without_opengl_pictures_go_through_memory() {
    let none = [("__EGL_VENDOR_LIBRARY_FILENAMES", "/nowhere.json")];
    on_a_display_with(
        &none,
        "without_opengl_pictures_go_through_memory",
        |event_loop| goes_through_memory(event_loop, Present::Card),
    );
}

#[test]
fn with_an_old_opengl_pictures_go_through_memory() {
    let old = [("MESA_GL_VERSION_OVERRIDE", "2.1")];
    on_a_display_with(
        &old,
        "with_an_old_opengl_pictures_go_through_memory",
        |event_loop| goes_through_memory(event_loop, Present::Card),
    );
}

#[test]
fn a_pretended_card_is_not_used_unless_asked_for() {
    on_a_display(
        "a_pretended_card_is_not_used_unless_asked_for",
        |event_loop| {
            let pixels = Pixels::of(event_loop).expect("pixels");
            let window = open(event_loop, Present::Memory).window;
            assert!(Card::new(&pixels, window, Present::Auto).is_err());
            goes_through_memory(event_loop, Present::Auto);
        },
    );
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
