//! The same work with other remote desktop programs, in one run on one machine: latency of a key,
//! pictures per second, bytes and processor time.
//!
//! Everything runs in a network namespace of its own, so that the bytes on its loopback device are
//! those of the stack that is measured and nobody else's.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use x11rb::protocol::xproto::Window;

use super::cpu::Account;
use super::latency::other_colour;
use super::scene::{Camera, WIDTH};
use super::{pace, quantile};
use crate::rig::wait_until;
use crate::rig::xclient::{XClient, key};

pub mod likeness;
pub mod stack;
pub mod table;
pub mod watch;
pub mod workload;

use stack::{Role, Running, Stack};
use workload::{BODY, PATCH, Player, Strip, Workload};

/// How long a stack may take until its picture is there.
const START_WAIT: Duration = Duration::from_secs(40);
/// Time after a change of workload before anything is counted.
const SETTLE: Duration = Duration::from_secs(2);
/// Pictures of a film that are compared with the original, and the time between them.
const PHOTOS: usize = 5;
const PHOTO_EVERY: Duration = Duration::from_millis(370);
/// Longest wait for one key's picture; a miss is counted.
const LONGEST: Duration = Duration::from_secs(2);
/// Set in the environment of the process that runs in the namespace.
const INSIDE: &str = "FARPANE_BENCH_INSIDE";

/// What to measure.
#[derive(Clone, Debug)]
pub struct Options {
    /// Time per workload.
    pub span: Duration,
    /// Keys per load.
    pub keys: usize,
    /// Names of the stacks; all if there are none.
    pub only: Vec<String>,
    /// Cap of the line in Mbit/s, if there is one.
    pub mbit: Option<u32>,
}

/// Runs this program again in a network namespace of its own, with the same words; `None` if this
/// is that one already.
pub fn in_namespace() -> Result<Option<std::process::ExitStatus>> {
    if std::env::var_os(INSIDE).is_some() {
        return Ok(None);
    }
    let mut inside = Command::new("unshare");
    inside.args([
        "--net",
        "--",
        "sh",
        "-c",
        "ip link set lo up && exec \"$0\" \"$@\"",
    ]);
    inside
        .arg(std::env::current_exe()?)
        .args(std::env::args_os().skip(1));
    let status = inside.env(INSIDE, "1").status();
    Ok(Some(status.context("unshare is missing")?))
}

/// Measures every stack once. Fails if ours does.
pub fn run(options: &Options) -> Result<Value> {
    let known = Stack::ALL.map(Stack::name);
    if let Some(unknown) = options.only.iter().find(|o| !known.contains(&o.as_str())) {
        bail!(
            "no stack is called {unknown}; there are {}",
            known.join(", ")
        );
    }
    if let Some(mbit) = options.mbit {
        cap(mbit)?;
    }
    let mut report = serde_json::Map::new();
    for stack in Stack::ALL {
        let name = stack.name();
        if !options.only.is_empty() && !options.only.iter().any(|only| only == name) {
            continue;
        }
        eprintln!("   {name}");
        let figures = match missing(stack) {
            Some(program) => json!({ "missing": program }),
            None => attempt(|| measure(stack, options))
                .or_else(|failure| again(stack, options, &failure))
                .unwrap_or_else(|failure| {
                    eprintln!("   {name} failed: {failure}");
                    json!({ "failed": failure })
                }),
        };
        if stack == Stack::Farpane && figures.get("failed").is_some() {
            bail!("{}", figures["failed"]);
        }
        report.insert(name.to_owned(), figures);
    }
    Ok(Value::Object(report))
}

/// A second attempt with another stack, some of which start badly now and then; ours has
/// to start the first time. One that fails twice is reported, and the rest measured all the same.
fn again(stack: Stack, options: &Options, failure: &str) -> Result<Value, String> {
    if stack == Stack::Farpane {
        return Err(failure.to_owned());
    }
    eprintln!("   {} failed, once more: {failure}", stack.name());
    let mut figures = attempt(|| measure(stack, options))?;
    figures["failed_before"] = json!(failure);
    Ok(figures)
}

/// What it comes to, or in words why it came to nothing: waits end in a panic.
fn attempt(work: impl FnOnce() -> Result<Value>) -> Result<Value, String> {
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
    match outcome {
        Ok(figures) => figures.map_err(|error| format!("{error:#}")),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
            Err(text.unwrap_or("it panicked").to_owned())
        }
    }
}

fn missing(stack: Stack) -> Option<&'static str> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<_> = std::env::split_paths(&path).collect();
    let is_there = |name: &&str| folders.iter().any(|folder| folder.join(name).exists());
    stack
        .programs()
        .iter()
        .copied()
        .find(|name| !is_there(name))
}

/// Caps the namespace's loopback device: both directions and all legs share it. Its packets become
/// those of an Ethernet: of 64 KiB, as they are here, the cap would let none through, and a stack
/// over TCP shows nothing.
fn cap(mbit: u32) -> Result<()> {
    let mut ip = Command::new("ip");
    ip.args(["link", "set", "dev", "lo", "mtu", "1500"]);
    if !ip.status().context("ip is missing")?.success() {
        bail!("the line's packets cannot be made those of an Ethernet");
    }
    let rate = format!("{mbit}mbit");
    let words = [
        "qdisc", "replace", "dev", "lo", "root", "tbf", "rate", &rate,
    ];
    let mut tc = Command::new("tc");
    tc.args(words).args(["burst", "32k", "latency", "50ms"]);
    if !tc.status().context("tc is missing")?.success() {
        bail!("the line cannot be capped");
    }
    Ok(())
}

fn measure(stack: Stack, options: &Options) -> Result<Value> {
    let folder = tempfile::Builder::new().prefix("peers").tempdir()?;
    let running = Running::start(stack, folder.path())?;
    let mut player = Player::on(running.device())?;
    let camera = Camera::before(running.technician())?;
    wait_until("the first picture", START_WAIT, || {
        watch::read(&camera, Strip::CHANGE).is_ok_and(|number| number.is_some())
    });
    let technician = XClient::open(running.technician())?;
    technician.point(960, 1060)?;
    std::thread::sleep(SETTLE);

    let mut report = serde_json::Map::new();
    let window = player.window();
    let keyboard = if stack.carries_input() {
        technician
    } else {
        XClient::open(running.device())?
    };
    let keys = Keys {
        device: running.device().to_owned(),
        window,
        keyboard,
        camera: Camera::before(running.technician())?,
        count: options.keys,
    };
    report.insert("key, idle".into(), with_pace(|| keys.press())?);
    for workload in Workload::ALL {
        let figures = with_pace(|| {
            work(
                stack,
                &running,
                &mut player,
                &camera,
                workload,
                options.span,
            )
        })?;
        report.insert(workload.name().into(), figures);
        if workload == Workload::Scroll {
            let figures = with_pace(|| keys.press_during(&mut player, workload))?;
            report.insert("key, while text scrolls".into(), figures);
        }
    }
    Ok(Value::Object(report))
}

/// Measures, and adds how fast the cores were: the mean of a look before and one after.
fn with_pace(measure: impl FnOnce() -> Result<Value>) -> Result<Value> {
    let before = pace::piece_ms();
    let mut figures = measure()?;
    let mean = f64::midpoint(before, pace::piece_ms());
    figures["piece_ms"] = json!((mean * 100.0).round() / 100.0);
    Ok(figures)
}

/// Keys pressed at the technician's display, and their pictures there.
struct Keys {
    device: String,
    window: Window,
    keyboard: XClient,
    camera: Camera,
    count: usize,
}

impl Keys {
    fn press(&self) -> Result<Value> {
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let answering = scope.spawn(|| workload::answer_keys(&self.device, self.window, &stop));
            let figures = self.press_all();
            stop.store(true, Ordering::Relaxed);
            let answered = answering.join();
            answered.map_err(|_| anyhow::anyhow!("the device's program panicked"))??;
            figures
        })
    }

    fn press_during(&self, player: &mut Player, workload: Workload) -> Result<Value> {
        let stop = AtomicBool::new(false);
        player.begin(workload)?;
        std::thread::scope(|scope| {
            let playing = scope.spawn(|| player.play(workload, Duration::MAX, &stop));
            let figures = self.press();
            stop.store(true, Ordering::Relaxed);
            let played = playing.join();
            played.map_err(|_| anyhow::anyhow!("the workload panicked"))??;
            figures
        })
    }

    fn press_all(&self) -> Result<Value> {
        let (x, y) = (PATCH.x + 16, PATCH.y + 8);
        let mut took = Vec::new();
        let mut missed = 0;
        // The first answers, until the window has the keys, are not counted.
        let warm_up = 3;
        for number in 0..self.count + warm_up {
            // Pauses of different lengths, so that no clock falls into step with another.
            std::thread::sleep(Duration::from_millis(120 + (number as u64 * 37) % 90));
            let other = other_colour(self.camera.pixel(x, y)?);
            let pressed = Instant::now();
            // A letter: it goes as text, as most of what is typed does.
            self.keyboard.tap(key::M)?;
            match self.camera.see(x, y, other, LONGEST)? {
                Some(seen) if number >= warm_up => {
                    took.push(seen.duration_since(pressed).as_secs_f64() * 1000.0);
                }
                None if number >= warm_up => missed += 1,
                Some(_) | None => {}
            }
        }
        took.sort_by(f64::total_cmp);
        Ok(json!({
            "p50_ms": quantile(&took, 0.5),
            "p95_ms": quantile(&took, 0.95),
            "p99_ms": quantile(&took, 0.99),
            "missed": missed,
            "keys": self.count,
        }))
    }
}

fn work(
    stack: Stack,
    running: &Running,
    player: &mut Player,
    camera: &Camera,
    workload: Workload,
    span: Duration,
) -> Result<Value> {
    let forever = AtomicBool::new(false);
    player.begin(workload)?;
    player.play(workload, SETTLE, &forever)?;
    let processes = running.processes();
    let named: Vec<_> = processes
        .iter()
        .map(|(role, id)| (format!("{role:?} {id}"), *id))
        .collect();
    let stop = AtomicBool::new(false);
    let (shown, seen, used, bytes) = std::thread::scope(|scope| -> Result<_> {
        let watching = scope.spawn(|| watch::watch(camera, workload.strip(), &stop));
        let (before, carried) = (Account::look(&named), carried()?);
        let shown = player.play(workload, span, &forever);
        let used = before.until(&Account::look(&named));
        let bytes = carried_since(carried)?;
        // What was drawn last is still on its way.
        std::thread::sleep(Duration::from_millis(300));
        stop.store(true, Ordering::Relaxed);
        let seen = watching.join();
        let seen = seen.map_err(|_| anyhow::anyhow!("the watcher panicked"))??;
        Ok((shown?, seen, used, bytes))
    })?;
    let figures = watch::figures(&shown, &seen, span);
    let likeness = if workload.strip() == Strip::FILM {
        likeness_of_film(player, camera, workload)?
    } else {
        None
    };
    let of = |role: Role, figures: &BTreeMap<String, f64>| -> f64 {
        let of_role = figures
            .iter()
            .filter(|(name, _)| name.starts_with(&format!("{role:?} ")));
        of_role.map(|(_, figure)| figure).sum()
    };
    let cpu = |role| of(role, &used.cpu);
    let round = |value: f64| (value * 10.0).round() / 10.0;
    Ok(json!({
        "shown_per_s": round(shown.len() as f64 / span.as_secs_f64()),
        "per_s": round(figures.per_second),
        "latency_p50_ms": round(figures.latency.0),
        "latency_p95_ms": round(figures.latency.1),
        "gap_ms": round(figures.gap),
        "ssim": likeness,
        "kB_per_s": round(bytes as f64 / 1000.0 / span.as_secs_f64() / stack.hops()),
        "server_wakes": round(of(Role::Server, &used.wakes)),
        "server_cpu": round(cpu(Role::Server)),
        "between_cpu": round(cpu(Role::Between)),
        "viewer_cpu": round(cpu(Role::Viewer)),
        "display_cpu": round(cpu(Role::DeviceDisplay)),
    }))
}

/// How like their originals the pictures of a film are while it plays: the median of some photos
/// of the technician's display, each compared with the picture whose number it shows.
fn likeness_of_film(
    player: &mut Player,
    camera: &Camera,
    workload: Workload,
) -> Result<Option<f64>> {
    let stop = AtomicBool::new(false);
    let photos = std::thread::scope(|scope| -> Result<Vec<Vec<u32>>> {
        let playing = scope.spawn(|| player.play(workload, Duration::MAX, &stop));
        let photos: Result<Vec<_>> = (0..PHOTOS)
            .map(|_| {
                std::thread::sleep(PHOTO_EVERY);
                camera.photo(WIDTH, BODY)
            })
            .collect();
        stop.store(true, Ordering::Relaxed);
        let played = playing.join();
        played.map_err(|_| anyhow::anyhow!("the film panicked"))??;
        photos
    })?;
    let mut found: Vec<f64> = photos.iter().filter_map(|photo| compare(photo)).collect();
    found.sort_by(f64::total_cmp);
    let median = (!found.is_empty()).then(|| quantile(&found, 0.5));
    Ok(median.map(|value| (value * 10_000.0).round() / 10_000.0))
}

/// A photo beside the film's picture that it shows; `None` if its number cannot be read.
fn compare(photo: &[u32]) -> Option<f64> {
    let width = usize::from(WIDTH);
    let strip = Strip::FILM;
    let row = usize::from(strip.top.unsigned_abs() + Strip::SIDE / 2) * width;
    let from = row + usize::from(strip.left.unsigned_abs());
    let cells = photo.get(from..from + usize::from(strip.cells() * Strip::SIDE))?;
    let number = watch::number_of(cells, strip)?;
    let pixels = (0..BODY).flat_map(|y| (0..WIDTH).map(move |x| (x, y)));
    let original = pixels.map(|(x, y)| likeness::brightness(workload::film(x, y, number)));
    let shown = photo.iter().map(|&pixel| likeness::brightness(pixel));
    likeness::ssim(
        &original.collect::<Vec<_>>(),
        &shown.collect::<Vec<_>>(),
        width,
    )
}

/// Bytes that the namespace's loopback device has carried.
fn carried() -> Result<u64> {
    let text = std::fs::read_to_string("/proc/self/net/dev")?;
    let lo = text
        .lines()
        .find_map(|line| line.trim().strip_prefix("lo:"));
    let first = lo.and_then(|numbers| numbers.split_whitespace().next());
    first
        .context("there is no loopback device")?
        .parse()
        .context("its account is not a number")
}

fn carried_since(before: u64) -> Result<u64> {
    Ok(carried()?.saturating_sub(before))
}
