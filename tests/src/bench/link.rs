//! Sessions over bad lines: a narrow one, one that becomes narrow while a film plays, one that
//! loses packets while somebody types, and films over lines that lose, delay or reorder packets.
//!
//! Host and viewer reach the relay through a [`crate::rig::proxy`], which knows for every packet
//! how long it waits for the bottleneck. A round trip passes the line four times, so each passage
//! takes a quarter of it; a packet is lost on its way to the relay only, so each direction loses
//! the share that is named.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use serde_json::{Value, json};

use super::latency::{self, COLOURS, PATCH};
use super::quantile;
use super::scene::Scene;
use crate::rig::line::{Condition, Loss, Rate, Reorder};
use crate::rig::proxy::{Conditions, Wait};
use crate::rig::xclient::XClient;

pub mod film;

use film::{Film, play_watched};

/// The round trip of the lines that have one.
const ROUND_TRIP: Duration = Duration::from_millis(40);
/// What waits at the bottleneck: 100 ms of 20 Mbit/s, half a second of 4.
const QUEUE_BYTES: usize = 250_000;
/// Before and after the drop, in Mbit/s.
const WIDE: u64 = 20;
const NARROW: u64 = 4;
/// A wait that is felt.
const FELT: Duration = Duration::from_millis(30);
/// Time of one rate before and after each drop.
const BETWEEN: Duration = Duration::from_secs(4);
const SETTLE: Duration = Duration::from_secs(3);
/// Pictures per second of the film.
const FPS: u32 = 30;
/// How long a packet is held back where packets overtake each other: a dozen at 20 Mbit/s.
const HELD: Duration = Duration::from_millis(6);
/// Chance of the line, the same in every run.
const SEED: u64 = 0x1a7;

/// What to measure.
#[derive(Clone, Debug)]
pub struct Options {
    /// Time of the film on the narrow line.
    pub span: Duration,
    /// Drops of the rate.
    pub drops: u32,
    /// Keys per share of loss.
    pub keys: usize,
    /// Names of the parts; all if there are none.
    pub only: Vec<String>,
    /// Further options for `farpane-host run`.
    pub host: Vec<String>,
}

fn line(mbit: Option<u64>, round_trip: Duration, loss: f64) -> Conditions {
    let every = Condition {
        delay: round_trip / 4,
        ..Condition::default()
    };
    let to_relay = Condition {
        loss: if loss > 0.0 {
            Loss::Random(loss)
        } else {
            Loss::Never
        },
        rate: mbit.map(|mbit| Rate {
            bits_per_second: mbit * 1_000_000,
            queue_bytes: QUEUE_BYTES,
        }),
        ..every
    };
    Conditions {
        to_relay,
        from_relay: every,
    }
}

/// Wide lines of 40 ms that do one thing to packets on their way to the relay: lose each
/// twentieth, lose four in a row (2 of 100 in all), let times vary by half a round trip, or hold
/// some back so that a dozen others overtake them.
fn rough() -> [(&'static str, Conditions); 4] {
    let wide = line(Some(WIDE), ROUND_TRIP, 0.0);
    let to_relay = |change: &dyn Fn(&mut Condition)| {
        let mut conditions = wide;
        change(&mut conditions.to_relay);
        conditions
    };
    [
        ("lossy", line(Some(WIDE), ROUND_TRIP, 0.05)),
        (
            "bursts",
            to_relay(&|condition| {
                condition.loss = Loss::Bursts {
                    begin: 0.005,
                    end: 0.25,
                };
            }),
        ),
        (
            "jitter",
            to_relay(&|condition| condition.jitter = ROUND_TRIP / 2),
        ),
        (
            "reorder",
            to_relay(&|condition| {
                condition.reorder = Reorder {
                    share: 0.02,
                    held: HELD,
                };
            }),
        ),
    ]
}

/// Parts whose lines are not [`rough`].
const PARTS: [&str; 4] = ["cap", "cap-far", "drop", "typing"];

/// Runs the parts.
///
/// # Errors
/// If there is no part of one of the names, before anything is measured, or one fails.
pub fn run(options: &Options) -> Result<Value> {
    let known: Vec<_> = PARTS
        .into_iter()
        .chain(rough().map(|(name, _)| name))
        .collect();
    if let Some(unknown) = options.only.iter().find(|o| !known.contains(&o.as_str())) {
        bail!(
            "no part is called {unknown}; there are {}",
            known.join(", ")
        );
    }
    let mut report = serde_json::Map::new();
    let wanted = |name: &str| options.only.is_empty() || options.only.iter().any(|o| o == name);
    let host: Vec<&str> = options.host.iter().map(String::as_str).collect();
    for (name, round_trip) in [("cap", Duration::ZERO), ("cap-far", ROUND_TRIP)] {
        if wanted(name) {
            let scene = Scene::set_on_line(line(Some(WIDE), round_trip, 0.0), SEED, &host)?;
            report.insert(name.into(), film_on(&scene, options.span)?);
        }
    }
    if wanted("drop") {
        let scene = Scene::set_on_line(line(Some(WIDE), ROUND_TRIP, 0.0), SEED, &host)?;
        report.insert("drop".into(), drops(&scene, options.drops)?);
    }
    if wanted("typing") {
        let scene = Scene::set_on_line(line(None, ROUND_TRIP, 0.0), SEED, &host)?;
        report.insert("typing".into(), typing(&scene, options.keys)?);
    }
    for (name, conditions) in rough() {
        if wanted(name) {
            let scene = Scene::set_on_line(conditions, SEED, &host)?;
            report.insert(name.into(), film_on(&scene, options.span)?);
        }
    }
    Ok(Value::Object(report))
}

/// Milliseconds from drawing to being seen, sorted.
fn latencies(seen: &[(Instant, Instant)]) -> Vec<f64> {
    let mut all: Vec<f64> = seen.iter().map(|(from, to)| ms(*to - *from)).collect();
    all.sort_by(f64::total_cmp);
    all
}

fn ms(span: Duration) -> f64 {
    span.as_secs_f64() * 1000.0
}

fn round(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// The waits of whoever sent most: the host.
fn of_host(waits: &[Wait]) -> Vec<Wait> {
    let bytes = |client| -> usize {
        let of = waits.iter().filter(|wait| wait.client == client);
        of.map(|wait| wait.bytes).sum()
    };
    let clients = waits.iter().map(|wait| wait.client + 1).max().unwrap_or(0);
    let host = (0..clients).max_by_key(|&client| bytes(client));
    let of_host = waits.iter().filter(|wait| Some(wait.client) == host);
    of_host.copied().collect()
}

fn figures(seen: &[(Instant, Instant)], waits: &[Wait], span: Duration) -> Value {
    let latency = latencies(seen);
    let waits = of_host(waits);
    let bytes: usize = waits.iter().map(|wait| wait.bytes).sum();
    let mut wait: Vec<f64> = waits.iter().map(|wait| ms(wait.wait)).collect();
    wait.sort_by(f64::total_cmp);
    json!({
        "per_s": round(seen.len() as f64 / span.as_secs_f64()),
        "p50_ms": round(quantile(&latency, 0.5)),
        "p95_ms": round(quantile(&latency, 0.95)),
        "p99_ms": round(quantile(&latency, 0.99)),
        "wait_p50_ms": round(quantile(&wait, 0.5)),
        "wait_p99_ms": round(quantile(&wait, 0.99)),
        "kB_per_s": round(bytes as f64 / 1000.0 / span.as_secs_f64()),
    })
}

/// From the person's consent (here: the device's own rule) to the first picture on the display.
fn first_picture(scene: &Scene) -> Option<f64> {
    super::picture::first_picture_ms(scene)
}

/// How often the viewer had to ask for a new beginning.
fn asked(scene: &Scene) -> usize {
    let events = scene.session.events();
    events
        .iter()
        .filter(|event| event["event"] == "asked")
        .count()
}

fn film_on(scene: &Scene, span: Duration) -> Result<Value> {
    let mut film = Film::on(&scene.stage)?;
    film.play(SETTLE, FPS)?;
    scene.line().take_waits();
    let counts = scene.line().counts();
    let seen = play_watched(&mut film, &scene.camera, |film| film.play(span, FPS))?;
    let mut report = figures(&seen, &scene.line().take_waits(), span);
    let lost = scene.line().counts().lost - counts.lost;
    report["first_picture_ms"] = json!(first_picture(scene));
    report["lost_packets"] = json!(lost);
    report["asked_anew"] = json!(asked(scene));
    Ok(report)
}

fn drops(scene: &Scene, drops: u32) -> Result<Value> {
    let mut film = Film::on(&scene.stage)?;
    film.play(SETTLE, FPS)?;
    let (mut until_quiet, mut longest, mut narrow) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..drops {
        scene.line().set(line(Some(WIDE), ROUND_TRIP, 0.0));
        film.play(BETWEEN, FPS)?;
        scene.line().take_waits();
        let dropped = Instant::now();
        scene.line().set(line(Some(NARROW), ROUND_TRIP, 0.0));
        let seen = play_watched(&mut film, &scene.camera, |film| film.play(BETWEEN, FPS))?;
        let waits = of_host(&scene.line().take_waits());
        let felt = waits.iter().rev().find(|wait| wait.wait >= FELT);
        until_quiet.push(felt.map_or(0.0, |wait| ms(wait.at - dropped)));
        let most = waits.iter().map(|wait| wait.wait).max();
        longest.push(most.map_or(0.0, ms));
        // What follows the first second is the steady state of the narrow line.
        let later = dropped + Duration::from_secs(1);
        let seen: Vec<_> = seen.into_iter().filter(|(at, _)| *at > later).collect();
        let waits: Vec<_> = waits.into_iter().filter(|wait| wait.at > later).collect();
        narrow.push(figures(&seen, &waits, BETWEEN - Duration::from_secs(1)));
    }
    let counts = scene.line().counts();
    let each: Vec<f64> = until_quiet.iter().copied().map(round).collect();
    until_quiet.sort_by(f64::total_cmp);
    longest.sort_by(f64::total_cmp);
    let medians = narrow[0].as_object().map(|figures| {
        let median = |name: &str| {
            let mut all: Vec<f64> = narrow.iter().filter_map(|f| f[name].as_f64()).collect();
            all.sort_by(f64::total_cmp);
            json!(quantile(&all, 0.5))
        };
        let named = figures.keys().map(|name| (name.clone(), median(name)));
        named.collect::<serde_json::Map<_, _>>()
    });
    Ok(json!({
        "until_quiet_ms": round(quantile(&until_quiet, 0.5)),
        "until_quiet_each_ms": each,
        "longest_wait_ms": round(quantile(&longest, 0.5)),
        "overflowed": counts.overflowed,
        "asked_anew": asked(scene),
        "narrow": medians,
    }))
}

fn typing(scene: &Scene, keys: usize) -> Result<Value> {
    let technician = XClient::open(scene.viewer_display())?;
    technician.point(1600, 700)?;
    let mut report = serde_json::Map::new();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| -> Result<()> {
        let answering = scope.spawn(|| scene.stage.answer_keys(PATCH, COLOURS, &stop));
        let mut each = || -> Result<()> {
            for (name, loss) in [("no loss", 0.0), ("1 % lost", 0.01), ("5 % lost", 0.05)] {
                scene.line().set(line(None, ROUND_TRIP, loss));
                let (mut took, mut missed) = (Vec::new(), 0);
                latency::press(scene, &technician, keys, &mut took, &mut missed)?;
                took.sort_by(f64::total_cmp);
                if took.is_empty() {
                    bail!("no key had an answer");
                }
                let figures = json!({
                    "p50_ms": round(quantile(&took, 0.5)),
                    "p95_ms": round(quantile(&took, 0.95)),
                    "p99_ms": round(quantile(&took, 0.99)),
                    "keys": keys,
                    "missed": missed,
                });
                report.insert(name.into(), figures);
            }
            Ok(())
        };
        let pressed = each();
        stop.store(true, Ordering::Relaxed);
        let answered = answering.join();
        pressed?;
        answered.map_err(|_| anyhow::anyhow!("the stage panicked"))?
    })?;
    report.insert("first_picture_ms".into(), json!(first_picture(scene)));
    report.insert("asked_anew".into(), json!(asked(scene)));
    Ok(Value::Object(report))
}
