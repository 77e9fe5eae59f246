//! Pictures per second, bytes and processor time for a still desktop, typing, scrolling text, a
//! dragged window, and full-screen video.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::Result;
use serde_json::{Value, json};
use x11rb::protocol::xproto::Rectangle;

use super::cpu::{Account, Used};
use super::quantile;
use super::scene::Scene;
use super::text::Text;

/// Pictures of the film; it is played round and round.
const FILM: usize = 24;
/// Time after a change of workload before anything is counted.
const SETTLE: Duration = Duration::from_secs(3);

/// A window of text that scrolls.
pub(super) const SCROLLED: Rectangle = Rectangle {
    x: 40,
    y: 60,
    width: 1200,
    height: 900,
};

/// A window of text that is dragged.
const DRAGGED: Rectangle = Rectangle {
    x: 600,
    y: 300,
    width: 640,
    height: 400,
};

/// Runs the workloads, each for that long.
pub fn run(span: Duration) -> Result<Value> {
    let scene = Scene::set()?;
    let first = first_picture_ms(&scene);
    let idle = measure(&scene, span, 1, &mut |_| Ok(()))?;
    let typing = measure(&scene, span, 12, &mut |turn| type_one(&scene, turn))?;
    let scroll = {
        let mut text = Text::on(scene.device_display(), SCROLLED)?;
        measure(&scene, span, 30, &mut |_| text.scroll())?
    };
    let drag = {
        let text = Text::on(scene.device_display(), DRAGGED)?;
        measure(&scene, span, 60, &mut |turn| text.drag(turn))?
    };
    let film = scene.stage.film(FILM)?;
    let video = measure(&scene, span, 30, &mut |turn| {
        scene.stage.show(film[usize::try_from(turn)? % FILM])
    })?;
    Ok(json!({
        "first_picture_ms": first,
        "idle": idle,
        "typing_12_per_s": typing,
        "scroll_30_per_s": scroll,
        "drag_60_per_s": drag,
        "video_30_fps": video,
    }))
}

/// From the person's consent (here: the device's own rule) to the first picture on the display.
pub(super) fn first_picture_ms(scene: &Scene) -> Option<f64> {
    let events = scene.session.events();
    let at = |name: &str, value: &str| {
        events
            .iter()
            .find(|e| e["event"] == name && e["step"] == value)?["at_us"]
            .as_u64()
    };
    let from = at("step", "waiting_for_picture")?;
    let to = events.iter().find(|e| e["event"] == "presented")?["at_us"].as_u64()?;
    Some(to.saturating_sub(from) as f64 / 1000.0)
}

fn type_one(scene: &Scene, letter: u64) -> Result<()> {
    let x = i16::try_from(100 + (letter % 150) * 9)?;
    let y = i16::try_from(100 + (letter / 150 % 40) * 18)?;
    scene.stage.fill(
        Rectangle {
            x,
            y,
            width: 7,
            height: 13,
        },
        0x00d0_d0d0,
    )
}

fn measure(
    scene: &Scene,
    span: Duration,
    per_second: u32,
    turn: &mut dyn FnMut(u64) -> Result<()>,
) -> Result<Value> {
    let tick = Duration::from_secs(1) / per_second;
    let processes = scene.processes();
    play(SETTLE, tick, turn, 0)?;
    let (before, seen, carried) = (
        Account::look(&processes),
        scene.presented().len(),
        scene.carried(),
    );
    play(span, tick, turn, 1 << 20)?;
    let used = before.until(&Account::look(&processes));
    let presented = scene.presented();
    let rate = carried
        .zip(scene.carried())
        .map(|((from_us, before), (to_us, after))| {
            (after - before) as f64 * 8000.0 / to_us.saturating_sub(from_us).max(1) as f64
        });
    Ok(report(&used, &presented[seen.min(presented.len())..], rate))
}

fn play(
    span: Duration,
    tick: Duration,
    turn: &mut dyn FnMut(u64) -> Result<()>,
    first: u64,
) -> Result<()> {
    let start = Instant::now();
    let mut number = 0;
    while start.elapsed() < span {
        turn(first + number)?;
        number += 1;
        let next = start + tick * u32::try_from(number)?;
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
    }
    Ok(())
}

fn report(used: &Used, presented_us: &[u64], kbit_per_s: Option<f64>) -> Value {
    let mut gaps: Vec<f64> = presented_us
        .windows(2)
        .map(|pair| (pair[1] - pair[0]) as f64 / 1000.0)
        .collect();
    gaps.sort_by(f64::total_cmp);
    let round = |map: &BTreeMap<String, f64>| -> BTreeMap<String, f64> {
        map.iter()
            .map(|(name, value)| (name.clone(), (value * 10.0).round() / 10.0))
            .collect()
    };
    json!({
        "seconds": used.wall,
        "pictures": presented_us.len(),
        "fps": presented_us.len() as f64 / used.wall,
        "gap_p50_ms": quantile(&gaps, 0.5),
        "gap_p99_ms": quantile(&gaps, 0.99),
        "kbit_per_s": kbit_per_s,
        "cpu_percent": round(&used.cpu),
        "wakes_per_s": round(&used.wakes),
    })
}
