//! Reads the number of the newest change from the technician's display, whenever that display
//! changes, and matches it with when the device drew it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;

use super::workload::{Shown, Strip};
use crate::bench::quantile;
use crate::bench::scene::Camera;

/// How long the watcher waits for a change before it looks whether it is over.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// A change that is seen later than this belongs to an earlier round of numbers.
const LONGEST: Duration = Duration::from_secs(4);

/// The number in the strip now; `None` while cells are neither black nor white.
pub fn read(camera: &Camera, strip: Strip) -> Result<Option<u16>> {
    let half = i16::try_from(Strip::SIDE / 2)?;
    let width = strip.cells() * Strip::SIDE;
    let row = camera.row(strip.left, strip.top + half, width)?;
    Ok(number_of(&row, strip))
}

/// The number that a row of pixels through the strip says.
pub(super) fn number_of(row: &[u32], strip: Strip) -> Option<u16> {
    let side = usize::from(Strip::SIDE);
    let level = |at: usize| {
        let pixel = row.get(at * side + side / 2)?;
        Some(
            [16, 8, 0]
                .iter()
                .map(|shift| pixel >> shift & 0xff)
                .sum::<u32>()
                / 3,
        )
    };
    let (white, black) = (level(0)?, level(1)?);
    if white < black + 100 {
        return None;
    }
    let (low, high) = (black + (white - black) / 3, white - (white - black) / 3);
    let mut number = 0;
    for bit in 0..strip.bits {
        let level = level(usize::from(bit) + 2)?;
        if level > low && level < high {
            return None;
        }
        number |= u16::from(level >= high) << bit;
    }
    Some(number)
}

/// Reads numbers until told to stop; each new one with when it was seen.
pub fn watch(camera: &Camera, strip: Strip, stop: &AtomicBool) -> Result<Vec<Shown>> {
    watch_with(camera, stop, |camera| read(camera, strip))
}

/// The same with numbers that are read in another way.
pub fn watch_with(
    camera: &Camera,
    stop: &AtomicBool,
    read: impl Fn(&Camera) -> Result<Option<u16>>,
) -> Result<Vec<Shown>> {
    let mut seen: Vec<Shown> = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        camera.take_damage()?;
        if let Some(number) = read(camera)?
            && seen.last().is_none_or(|last| last.0 != number)
        {
            seen.push((number, Instant::now()));
        }
        camera.wait_for_damage(Instant::now() + LOOK_EVERY)?;
    }
    Ok(seen)
}

/// What came of a workload.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    /// Changes that were seen on the technician's display, per second.
    pub per_second: f64,
    /// From drawing to being seen, in milliseconds: median and 95th percentile.
    pub latency: (f64, f64),
    /// Longest time between two pictures, in milliseconds.
    pub gap: f64,
}

/// When each change that was seen was drawn, and when it was seen.
pub fn matched(shown: &[Shown], seen: &[Shown]) -> Vec<(Instant, Instant)> {
    let mut newest: HashMap<u16, Vec<Instant>> = HashMap::new();
    for &(number, at) in shown {
        newest.entry(number).or_default().push(at);
    }
    let drawn = |number: u16, at: Instant| {
        let before = newest.get(&number)?.iter().rev().find(|&&d| d <= at)?;
        (at - *before < LONGEST).then_some((*before, at))
    };
    seen.iter()
        .filter_map(|&(number, at)| drawn(number, at))
        .collect()
}

/// Matches what was shown with what was seen.
pub fn figures(shown: &[Shown], seen: &[Shown], span: Duration) -> Figures {
    let matched = matched(shown, seen);
    let took = |&(drawn, at): &(Instant, Instant)| (at - drawn).as_secs_f64() * 1000.0;
    let mut latency: Vec<f64> = matched.iter().map(took).collect();
    let arrivals: Vec<Instant> = matched.iter().map(|&(_, at)| at).collect();
    latency.sort_by(f64::total_cmp);
    let gaps = arrivals.windows(2).map(|pair| pair[1] - pair[0]);
    Figures {
        per_second: arrivals.len() as f64 / span.as_secs_f64(),
        latency: (quantile(&latency, 0.5), quantile(&latency, 0.95)),
        gap: gaps
            .max()
            .map_or(f64::NAN, |gap| gap.as_secs_f64() * 1000.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(number: u16, white: u32, black: u32) -> Vec<u32> {
        let strip = Strip::CHANGE;
        let cell = |at: u16| {
            let is_white = strip.is_white(at, number);
            let level = if is_white { white } else { black };
            [level << 16 | level << 8 | level; Strip::SIDE as usize]
        };
        (0..strip.cells()).flat_map(cell).collect()
    }

    #[test]
    fn a_strip_is_read_also_through_a_lossy_picture() {
        for number in [0, 1, 513, 1023] {
            assert_eq!(number_of(&row(number, 255, 0), Strip::CHANGE), Some(number));
            assert_eq!(
                number_of(&row(number, 225, 30), Strip::CHANGE),
                Some(number)
            );
        }
        assert_eq!(number_of(&row(5, 128, 128), Strip::CHANGE), None);
        assert_eq!(number_of(&[], Strip::CHANGE), None);
    }

    #[test]
    fn a_strip_that_is_half_painted_is_no_number() {
        let mut half = row(1023, 255, 0);
        half[usize::from(Strip::SIDE) * 4..].fill(0x0080_8080);
        assert_eq!(number_of(&half, Strip::CHANGE), None);
    }

    #[test]
    fn latency_is_from_the_newest_drawing_of_that_number() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let shown = [(1, at(0)), (2, at(33)), (3, at(66)), (1, at(500))];
        let seen = [(0, at(5)), (1, at(10)), (3, at(86)), (1, at(504))];
        let figures = figures(&shown, &seen, Duration::from_secs(1));
        assert_eq!(figures.per_second, 3.0);
        assert_eq!(figures.latency, (10.0, 20.0));
        assert_eq!(figures.gap, 418.0);
    }
}
