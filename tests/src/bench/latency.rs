//! From a key at the technician's keyboard to its picture on the technician's display.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use serde_json::{Value, json};
use x11rb::protocol::xproto::Rectangle;

use super::quantile;
use super::scene::Scene;
use crate::rig::xclient::{XClient, key};

const PATCH: Rectangle = Rectangle {
    x: 900,
    y: 500,
    width: 24,
    height: 32,
};
const COLOURS: [u32; 2] = [0x0020_2020, 0x00e0_e0e0];
/// Longest wait for one picture; a miss is counted.
const LONGEST: Duration = Duration::from_secs(2);

/// Presses `keys` keys; the figures in milliseconds.
pub fn run(keys: usize) -> Result<Value> {
    let scene = Scene::set()?;
    let technician = XClient::open(scene.viewer_display())?;
    technician.point(960, 540)?;
    let stop = AtomicBool::new(false);
    let mut took = Vec::new();
    let mut missed = 0;
    std::thread::scope(|scope| -> Result<()> {
        let answering = scope.spawn(|| scene.stage.answer_keys(PATCH, COLOURS, &stop));
        let pressed = press(&scene, &technician, keys, &mut took, &mut missed);
        stop.store(true, Ordering::Relaxed);
        let answered = answering.join();
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

fn press(
    scene: &Scene,
    technician: &XClient,
    keys: usize,
    took: &mut Vec<f64>,
    missed: &mut usize,
) -> Result<()> {
    let (x, y) = (PATCH.x + 12, PATCH.y + 16);
    // The window takes keys once it has the focus; the first answers are not counted.
    let warm_up = 3;
    let mut on = 0;
    for number in 0..keys + warm_up {
        // Pauses of different lengths, so that no clock of ours falls into step with another.
        std::thread::sleep(Duration::from_millis(120 + (number as u64 * 37) % 90));
        on = 1 - on;
        let pressed = Instant::now();
        technician.tap(key::SPACE)?;
        match scene.camera.see(x, y, COLOURS[on], LONGEST)? {
            Some(seen) if number >= warm_up => {
                took.push(seen.duration_since(pressed).as_secs_f64() * 1000.0);
            }
            Some(_) => {}
            None if number < warm_up => on = 1 - on,
            None => *missed += 1,
        }
    }
    Ok(())
}
