//! From a key at the technician's keyboard to its picture on the technician's display: on a still
//! desktop, or while a window of text scrolls beside it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use serde_json::{Value, json};
use x11rb::protocol::xproto::Rectangle;

use super::picture::SCROLLED;
use super::quantile;
use super::scene::Scene;
use super::text::Text;
use crate::rig::xclient::{XClient, key};

/// The patch that a key changes.
pub(super) const PATCH: Rectangle = Rectangle {
    x: 1500,
    y: 500,
    width: 24,
    height: 32,
};
/// Its two colours.
pub(super) const COLOURS: [u32; 2] = [0x0020_2020, 0x00e0_e0e0];
/// Longest wait for one picture; a miss is counted.
const LONGEST: Duration = Duration::from_secs(2);

/// How often text scrolls while keys are pressed.
const SCROLL_EVERY: Duration = Duration::from_micros(33_333);

/// Presses `keys` keys on each of both desktops; the figures in milliseconds.
pub fn run(keys: usize) -> Result<Value> {
    let still = on_desktop(&Scene::set()?, keys, None)?;
    let scene = Scene::set()?;
    let text = Text::on(scene.device_display(), SCROLLED)?;
    let scrolling = on_desktop(&scene, keys, Some(text))?;
    Ok(json!({ "still": still, "while_text_scrolls": scrolling }))
}

fn on_desktop(scene: &Scene, keys: usize, text: Option<Text>) -> Result<Value> {
    let technician = XClient::open(scene.viewer_display())?;
    // Beside the text, so that the keys go to the window that answers them.
    technician.point(1600, 700)?;
    let stop = AtomicBool::new(false);
    let mut took = Vec::new();
    let mut missed = 0;
    std::thread::scope(|scope| -> Result<()> {
        let answering = scope.spawn(|| scene.stage.answer_keys(PATCH, COLOURS, &stop));
        let scrolling = text.map(|text| scope.spawn(|| scroll_until(text, &stop)));
        let pressed = press(scene, &technician, keys, &mut took, &mut missed);
        stop.store(true, Ordering::Relaxed);
        let answered = answering.join();
        if let Some(scrolling) = scrolling {
            let scrolled = scrolling.join();
            scrolled.map_err(|_| anyhow::anyhow!("the text panicked"))??;
        }
        pressed?;
        answered.map_err(|_| anyhow::anyhow!("the stage panicked"))?
    })?;
    took.sort_by(f64::total_cmp);
    if took.is_empty() {
        bail!("no key had an answer");
    }
    Ok(json!({
        "keys": keys,
        "missed": missed,
        "min_ms": took[0],
        "p50_ms": quantile(&took, 0.5),
        "p95_ms": quantile(&took, 0.95),
        "p99_ms": quantile(&took, 0.99),
    }))
}

fn scroll_until(mut text: Text, stop: &AtomicBool) -> Result<()> {
    let start = Instant::now();
    let mut turns = 0;
    while !stop.load(Ordering::Relaxed) {
        text.scroll()?;
        turns += 1;
        let next = start + SCROLL_EVERY * turns;
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
    }
    Ok(())
}

/// Presses keys and waits for the picture of each.
pub(super) fn press(
    scene: &Scene,
    technician: &XClient,
    keys: usize,
    took: &mut Vec<f64>,
    missed: &mut usize,
) -> Result<()> {
    let (x, y) = (PATCH.x + 12, PATCH.y + 16);
    // The window takes keys once it has the focus; the first answers are not counted.
    let warm_up = 3;
    for number in 0..keys + warm_up {
        // Pauses of different lengths, so that no clock of ours falls into step with another.
        std::thread::sleep(Duration::from_millis(120 + (number as u64 * 37) % 90));
        let other = other_colour(scene.camera.pixel(x, y)?);
        let pressed = Instant::now();
        // A letter: it goes as text, as most of what is typed does.
        technician.tap(key::M)?;
        match scene.camera.see(x, y, other, LONGEST)? {
            Some(seen) if number >= warm_up => {
                took.push(seen.duration_since(pressed).as_secs_f64() * 1000.0);
            }
            None if number >= warm_up => *missed += 1,
            Some(_) | None => {}
        }
    }
    Ok(())
}

/// Of the two colours that answer a key, the one that `shown` is further from: an answer that was
/// missed, or that changed nothing, must not make every later one look as if it had come at once.
pub(super) fn other_colour(shown: u32) -> u32 {
    let level = |colour: u32| colour.to_be_bytes().map(u32::from).iter().sum::<u32>();
    let away = |colour: &u32| level(*colour).abs_diff(level(shown));
    COLOURS.into_iter().max_by_key(away).unwrap_or(COLOURS[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_answer_has_the_other_colour_also_after_a_lossy_codec() {
        assert_eq!(other_colour(0x0020_2020), COLOURS[1]);
        assert_eq!(other_colour(0x0025_1c2a), COLOURS[1]);
        assert_eq!(other_colour(0x00d8_e8e0), COLOURS[0]);
    }
}
