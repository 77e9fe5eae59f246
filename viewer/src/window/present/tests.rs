//! Claims about changing the way to present: nothing that was to be seen is lost.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use anyhow::anyhow;
use farpane_media::surface::shown::Shown;
use farpane_protocol::geometry::{Point, Rect};

use super::*;
use crate::window::palette::DARK;
use crate::window::view::{Mode, View};

fn size() -> Size {
    Size::new(64, 48).expect("valid")
}

fn live() -> Scene {
    Scene {
        window: size(),
        palette: DARK,
        view: Some(View::new(size(), size(), Mode::Fit, Point::default())),
        lost: None,
        overlay: None,
        note: None,
        bar: None,
        menu: None,
        card: None,
    }
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

/// A picture that a frame has painted one colour into one rectangle of.
fn draw(shared: &Shared, rect: Rect, colour: u32, sequence: u64) {
    shared.update_picture(|picture| {
        let picture = picture.get_or_insert_with(|| Picture {
            surface: 0,
            pixels: Shown::new(size()),
            damage: vec![size().rect()],
            frames: Vec::new(),
        });
        for row in picture
            .pixels
            .pixels_mut()
            .rows_mut()
            .skip(rect.y as usize)
            .take(rect.height as usize)
        {
            row[rect.x as usize..rect.right() as usize].fill(colour);
        }
        picture.add(&[rect], facts(sequence));
    });
}

type Seen = Rc<RefCell<Vec<u32>>>;

/// A display in memory, which loses its connection after a number of presentations.
struct Pretended {
    pixels: Seen,
    left: usize,
}

impl Way for Pretended {
    fn name(&self) -> &'static str {
        "pretended"
    }

    fn conversion(&self) -> Conversion {
        Conversion::Now
    }

    fn paint(&mut self, next: &Next<'_>, frames: &mut Vec<FrameFacts>) -> Result<bool> {
        let window = next.scene.window;
        let mut damage = Vec::new();
        match next.before {
            Some(before) => next.scene.difference(before, &mut damage),
            None => damage.push(window.rect()),
        }
        if damage.is_empty() && !next.picture_waits() && !next.exposed {
            return Ok(false);
        }
        next.shared.with_picture(|picture| {
            if let Some(picture) = picture.as_mut().filter(|p| shows(next.scene, p)) {
                frames.append(&mut picture.frames);
                damage.append(&mut picture.damage);
            }
            if self.left == 0 {
                return Err(anyhow!("the card is gone"));
            }
            self.left -= 1;
            for rect in damage {
                let pixels = picture.as_mut().map(|picture| picture.pixels.pixels());
                next.scene
                    .paint(&mut self.pixels.borrow_mut(), rect, pixels);
            }
            Ok(true)
        })
    }
}

fn pretended(left: usize) -> (Seen, Box<dyn Way>) {
    let pixels: Seen = Rc::new(RefCell::new(vec![0xdead_beef; size().area()]));
    let way = Pretended {
        pixels: pixels.clone(),
        left,
    };
    (pixels, Box::new(way))
}

#[test]
fn a_way_that_fails_gives_over_the_whole_picture_and_every_frame() {
    let (_, first) = pretended(1);
    let (pixels, second) = pretended(9);
    let mut ways = Ways::new(first, Some(Box::new(move || Ok(second))));
    let shared = Shared::new(Instant::now(), || {});
    draw(&shared, size().rect(), 0x0011_2233, 1);
    let shown = ways.paint(live(), &shared, false).expect("painted");
    assert_eq!(shown.map(|shown| shown.frames.len()), Some(1));

    // The first way takes this change from the picture and then fails.
    let part = Rect {
        x: 8,
        y: 8,
        width: 16,
        height: 16,
    };
    draw(&shared, part, 0x0044_5566, 2);
    let shown = ways.paint(live(), &shared, false).expect("taken over");
    let told: Vec<_> = shown.expect("shown").frames;
    assert_eq!(told.iter().map(|f| f.sequence).collect::<Vec<_>>(), [2]);
    let mut expected = vec![0; size().area()];
    shared.with_picture(|picture| {
        let picture = picture.as_mut().map(|picture| picture.pixels.pixels());
        live().paint(&mut expected, size().rect(), picture);
    });
    assert_eq!(*pixels.borrow(), expected);
    assert!(expected.contains(&0x0011_2233) && expected.contains(&0x0044_5566));
    // From now on only what changes is painted.
    assert!(
        ways.paint(live(), &shared, false)
            .expect("painted")
            .is_none()
    );
}

#[test]
fn without_another_way_the_failure_is_told() {
    let (_, only) = pretended(0);
    let mut ways = Ways::new(only, None);
    let shared = Shared::new(Instant::now(), || {});
    let error = ways
        .paint(live(), &shared, false)
        .expect_err("nothing is left");
    assert_eq!(error.to_string(), "the card is gone");
}
