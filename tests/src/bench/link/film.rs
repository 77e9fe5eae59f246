//! A film whose pictures carry their number in themselves: large cells of light and dark film, so
//! that the number travels by the same plane as the picture and is seen when the picture is.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use x11rb::protocol::xproto::{Pixmap, Rectangle};

use crate::bench::peers::watch;
use crate::bench::peers::workload::Shown;
use crate::bench::scene::{Camera, HEIGHT, Stage, WIDTH, film_pixel};

/// Different pictures; they go to and fro, so that none is a cut.
const PICTURES: usize = 16;
/// Sides of a cell: a tile of the picture's lossless plane.
const CELL: u16 = 64;
/// Where the cells begin, from the top.
const TOP: i16 = 512;
/// Bits of the number; a light and a dark cell stand before them.
const BITS: u16 = 8;

/// A film that is ready to be played.
pub struct Film<'a> {
    stage: &'a Stage,
    pictures: Vec<Pixmap>,
    dark: Pixmap,
    light: Pixmap,
    next: Pixmap,
    turn: u32,
}

impl<'a> Film<'a> {
    /// Uploads it to the device's display.
    pub fn on(stage: &'a Stage) -> Result<Self> {
        let dim = |x, y, number: usize| {
            let lift = [0, 0x00a0_a0a0][number % 2];
            (film_pixel(x, y, 0) >> 2 & 0x003f_3f3f) + lift
        };
        let cells = stage.film_of(2, dim)?;
        let pictures = stage.film(PICTURES)?;
        let next = stage.film_of(1, |_, _, _| 0)?;
        Ok(Self {
            stage,
            pictures,
            dark: cells[0],
            light: cells[1],
            next: next[0],
            turn: 0,
        })
    }

    /// Plays it for that long; what was shown when.
    pub fn play(&mut self, span: Duration, per_second: u32) -> Result<Vec<Shown>> {
        let (start, first) = (Instant::now(), self.turn);
        let mut shown = Vec::new();
        while start.elapsed() < span {
            let number = u16::try_from(self.turn % (1 << BITS))?;
            let round = self.turn as usize % (2 * PICTURES - 2);
            let picture = self.pictures[round.min(2 * PICTURES - 2 - round)];
            let whole = Rectangle {
                x: 0,
                y: 0,
                width: WIDTH,
                height: HEIGHT,
            };
            self.stage.paste(picture, self.next, whole)?;
            for cell in 0..BITS + 2 {
                let is_light = cell == 0 || (cell >= 2 && number >> (cell - 2) & 1 == 1);
                let from = if is_light { self.light } else { self.dark };
                let place = Rectangle {
                    x: i16::try_from(cell * CELL)?,
                    y: TOP,
                    width: CELL,
                    height: CELL,
                };
                self.stage.paste(from, self.next, place)?;
            }
            shown.push((number, Instant::now()));
            self.stage.show(self.next)?;
            self.turn += 1;
            let next = start + Duration::from_secs(1) * (self.turn - first) / per_second;
            std::thread::sleep(next.saturating_duration_since(Instant::now()));
        }
        Ok(shown)
    }
}

/// Reads the numbers of pictures on the technician's display until told to stop.
pub fn watch(camera: &Camera, stop: &AtomicBool) -> Result<Vec<Shown>> {
    watch::watch_with(camera, stop, |camera| {
        Ok(number_of(&camera.row(0, TOP + 32, (BITS + 2) * CELL)?))
    })
}

/// The number that a row of pixels through the cells says; `None` while one of them is neither.
fn number_of(row: &[u32]) -> Option<u16> {
    let level = |cell: u16| {
        let [_, red, green, blue] = row.get(usize::from(cell * CELL + CELL / 2))?.to_be_bytes();
        Some((u32::from(red) + u32::from(green) + u32::from(blue)) / 3)
    };
    let (light, dark) = (level(0)?, level(1)?);
    let third = light.checked_sub(dark)? / 3;
    let is_light = |cell: u16| match level(cell)? {
        level if level >= light - third => Some(1),
        level if level <= dark + third => Some(0),
        _ => None,
    };
    (0..BITS).try_fold(0, |number, bit| Some(number | is_light(bit + 2)? << bit))
}

/// Plays a film and watches it at the same time.
pub fn play_watched(
    film: &mut Film<'_>,
    camera: &Camera,
    play: impl FnOnce(&mut Film<'_>) -> Result<Vec<Shown>>,
) -> Result<Vec<(Instant, Instant)>> {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let watching = scope.spawn(|| watch(camera, &stop));
        let shown = play(film);
        // What was drawn last is still on its way.
        std::thread::sleep(Duration::from_millis(300));
        stop.store(true, Ordering::Relaxed);
        let seen = watching.join();
        let seen = seen.map_err(|_| anyhow::anyhow!("the watcher panicked"))??;
        Ok(watch::matched(&shown?, &seen))
    })
}
