//! A long run: hours of mixed work over bad lines, with resizes and broken paths, in which nothing
//! may grow and the picture must be exact whenever the screen is quiet.
//!
//! The run is a row of phases, drawn by chance from a seed: a size of the device's screen, a work
//! and a line. After each the screen is left alone until the viewer shows the same pixels. Once a
//! minute everything that the programs hold is written down. A limit on what is asked of the
//! machine is part of it: pictures are few, so that hours of it can run beside other work.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use serde_json::{Value, json};

pub mod census;
pub mod table;
pub mod verdict;
pub mod work;

use census::Census;
use work::{Work, Worker};

use super::exact::{Both, Difference};
use super::road::Road;
use super::scene::{Camera, HEIGHT, Scene, WIDTH};
use crate::rig::proxy::Conditions;
use crate::rig::xclient::XClient;

/// Sizes that the device's screen has, in turn.
const SIZES: [(u16, u16); 4] = [(WIDTH, HEIGHT), (1600, 900), (1680, 1050), (1280, 720)];
/// Phases of one size.
const PHASES_OF_A_SIZE: usize = 3;
/// How often what the programs hold is written down.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// Share of the run that is not counted for growth: caches fill, the allocator finds its size.
const WARM_UP: f64 = 0.25;
/// How long a picture may take to be exact before that is written down as never: many times what
/// the slowest line here needs for a full screen of film (about 4 MB at 4 Mbit/s), so that it tells
/// what is wrong from what is slow.
const EXACT_WITHIN: Duration = Duration::from_secs(120);
/// How often both sides are compared meanwhile.
const COMPARE_EVERY: Duration = Duration::from_millis(100);
/// Pictures that differ and are kept; the first ones say most.
const KEPT: usize = 10;
/// How often the counting thread looks up.
const TURN: Duration = Duration::from_millis(200);
/// Attempts to connect again after a session was lost.
const ATTEMPTS: usize = 5;

/// What to do.
#[derive(Clone, Debug)]
pub struct Options {
    /// How long.
    pub span: Duration,
    /// How long one phase works before it is quiet.
    pub phase: Duration,
    /// Chance: the same seed draws the same phases.
    pub seed: u64,
    /// Where the report is written once a minute, and pictures that differ are kept.
    pub keep: Option<PathBuf>,
}

/// What was found out so far.
#[derive(Default)]
struct Findings {
    checks: Vec<Value>,
    exact_ms: Vec<f64>,
    inexact: usize,
    sessions_lost: usize,
    /// Of sessions that are over; the traces start anew with each.
    asked: usize,
    contact_lost: usize,
}

/// Runs for that long.
pub fn run(options: &Options) -> Result<Value> {
    let mut scene = Scene::set_on_line(Conditions::default(), options.seed, &[])?;
    let device = Camera::before(scene.device_display())?;
    let person = XClient::open(scene.device_display())?;
    let mut worker = Worker::on(&scene)?;
    worker.show_actual_size()?;
    if let Some(folder) = &options.keep {
        fs::create_dir_all(folder)?;
    }
    let started = Instant::now();
    let processes = Mutex::new(scene.processes());
    let census = Mutex::new(Census::default());
    let stop = AtomicBool::new(false);
    let stopped_ms = AtomicU64::new(0);
    std::thread::scope(|scope| {
        // Also when what follows panics: the scope waits for the thread.
        let _at_the_end = Stop(&stop);
        scope.spawn(|| count_until(&stop, &processes, &census, &stopped_ms));
        let mut findings = Findings::default();
        let mut phases = Phases::new(options.seed);
        let mut report = Value::Null;
        let mut size = (WIDTH, HEIGHT);
        let mut each = || -> Result<()> {
            let mut number = 0;
            while started.elapsed() < options.span {
                let (work, road) = phases.next();
                if number > 0 && number % PHASES_OF_A_SIZE == 0 {
                    size = SIZES[number / PHASES_OF_A_SIZE % SIZES.len()];
                    person.set_mode(size.0.into(), size.1.into())?;
                }
                number += 1;
                road.begin(scene.line());
                play(&mut worker, &scene, (work, road), size, options.phase)?;
                let found = compare(&device, &scene.camera, size)?;
                let stopped = stopped_ms.swap(0, Ordering::Relaxed);
                findings.add(&found, (work, road), size, started.elapsed(), stopped);
                if let (Some(folder), Some(_)) = (&options.keep, &found.difference) {
                    keep(folder, findings.inexact, &found.both)?;
                }
                scene.line().take_waits();
                if !scene.session.process.is_running() {
                    findings.session_lost(&scene);
                    Road::Good.begin(scene.line());
                    let again = (0..ATTEMPTS).any(|_| scene.reconnect().is_ok());
                    ensure!(again, "the device cannot be reached any more");
                    worker.show_actual_size()?;
                }
                ensure!(scene.host_is_running(), "the host ended");
                *processes.lock().unwrap_or_else(PoisonError::into_inner) = scene.processes();
                let census = census.lock().unwrap_or_else(PoisonError::into_inner);
                report = tell(options, &scene, &findings, &census, started.elapsed());
                if let Some(folder) = &options.keep {
                    fs::write(folder.join("report.json"), format!("{report:#}"))?;
                }
            }
            Ok(())
        };
        let ran = each();
        if let Some(folder) = &options.keep {
            keep_logs(folder, scene.folder())?;
        }
        ran.map(|()| report)
    })
}

/// Draws phases: every work and every line once before any comes again, in an order of chance.
struct Phases {
    chance: StdRng,
    works: Vec<Work>,
    roads: Vec<Road>,
}

impl Phases {
    fn new(seed: u64) -> Self {
        Self {
            chance: StdRng::seed_from_u64(seed),
            works: Vec::new(),
            roads: Vec::new(),
        }
    }

    fn next(&mut self) -> (Work, Road) {
        if self.works.is_empty() {
            self.works = Work::ALL.to_vec();
            self.works.shuffle(&mut self.chance);
        }
        if self.roads.is_empty() {
            self.roads = Road::ALL.to_vec();
            self.roads.shuffle(&mut self.chance);
        }
        let work = self.works.pop().unwrap_or(Work::Idle);
        let road = self.roads.pop().unwrap_or(Road::Good);
        (work, road)
    }
}

fn play(
    worker: &mut Worker,
    scene: &Scene,
    (work, road): (Work, Road),
    size: (u16, u16),
    span: Duration,
) -> Result<()> {
    let corner = ((WIDTH - size.0) / 2, (HEIGHT - size.1) / 2);
    worker.prepare(scene, work, corner)?;
    worker.work(scene, work, span / 2)?;
    let broken = road.turn(scene.line());
    worker.work(scene, work, broken)?;
    road.after_break(scene.line());
    worker.work(scene, work, span / 2)
}

/// What a look at both sides came to.
struct Found {
    took: Duration,
    /// The last difference, if they never were the same.
    difference: Option<Difference>,
    both: Both,
}

/// Waits until both sides are the same.
fn compare(device: &Camera, viewer: &Camera, size: (u16, u16)) -> Result<Found> {
    let quiet = Instant::now();
    loop {
        let took = quiet.elapsed();
        let both = Both::look(device, viewer, size)?;
        let difference = both.difference();
        if difference.is_none() || took > EXACT_WITHIN {
            return Ok(Found {
                took,
                difference,
                both,
            });
        }
        std::thread::sleep(COMPARE_EVERY);
    }
}

impl Findings {
    fn add(
        &mut self,
        found: &Found,
        what: (Work, Road),
        size: (u16, u16),
        at: Duration,
        stopped_ms: u64,
    ) {
        let ms = (found.took.as_secs_f64() * 1000.0).round();
        match found.difference {
            None => self.exact_ms.push(ms),
            Some(_) => self.inexact += 1,
        }
        self.checks.push(json!({
            "at_s": at.as_secs(),
            "work": what.0.name(),
            "line": what.1.name(),
            "size": format!("{}x{}", size.0, size.1),
            "exact": found.difference.is_none(),
            "ms": ms,
            "pixels": found.difference.map_or(0, |d| d.pixels),
            "bounds": found.difference.map(|d| d.bounds),
            // The machine's doing: other work on it, and when nothing ran at all.
            "load": load(),
            "stopped_ms": stopped_ms,
        }));
    }

    fn session_lost(&mut self, scene: &Scene) {
        self.sessions_lost += 1;
        self.asked += scene.session.count("asked");
        self.contact_lost += scene.session.count_step("lost");
    }
}

/// Tells the counting thread to end when it goes.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The machine's load in the last minute.
fn load() -> Option<f64> {
    let text = fs::read_to_string("/proc/loadavg").ok()?;
    text.split(' ').next()?.parse().ok()
}

/// Writes down what the processes hold, until told to stop, and for how long at most this thread
/// did not come to run: as long, nothing else did.
fn count_until(
    stop: &AtomicBool,
    processes: &Mutex<Vec<(String, u32)>>,
    census: &Mutex<Census>,
    stopped_ms: &AtomicU64,
) {
    let mut due = Instant::now();
    while !stop.load(Ordering::Relaxed) {
        if Instant::now() >= due {
            due += LOOK_EVERY;
            let now = processes
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone();
            let mut census = census.lock().unwrap_or_else(PoisonError::into_inner);
            census.look(&now);
        }
        let before = Instant::now();
        std::thread::sleep(TURN);
        let over = before.elapsed().saturating_sub(TURN).as_millis();
        let over = u64::try_from(over).unwrap_or(u64::MAX);
        stopped_ms.fetch_max(over, Ordering::Relaxed);
    }
}

fn tell(
    options: &Options,
    scene: &Scene,
    findings: &Findings,
    census: &Census,
    ran: Duration,
) -> Value {
    let mut sorted = findings.exact_ms.clone();
    sorted.sort_by(f64::total_cmp);
    let counts = scene.line().counts();
    json!({
        "seed": options.seed,
        "minutes": (ran.as_secs_f64() / 6.0).round() / 10.0,
        "held": census.report(options.span.mul_f64(WARM_UP)),
        "checks": findings.checks.len(),
        "exact": findings.exact_ms.len(),
        "until_exact_ms": {
            "p50": super::quantile(&sorted, 0.5),
            "p95": super::quantile(&sorted, 0.95),
            "max": sorted.last(),
        },
        "exact_at_the_end": findings.checks.last().map(|last| last["exact"].clone()),
        "asked_anew": findings.asked + scene.session.count("asked"),
        "contact_lost": findings.contact_lost + scene.session.count_step("lost"),
        "sessions_lost": findings.sessions_lost,
        "stopped_most_ms": findings
            .checks
            .iter()
            .filter_map(|check| check["stopped_ms"].as_u64())
            .max(),
        "packets": {
            "offered": counts.offered,
            "lost": counts.lost,
            "overflowed": counts.overflowed,
            "corrupted": counts.corrupted,
            "duplicated": counts.duplicated,
            "reordered": counts.reordered,
        },
        "each_check": findings.checks,
    })
}

/// Keeps both sides of a difference as pictures.
fn keep(folder: &Path, number: usize, both: &Both) -> Result<()> {
    if number > KEPT {
        return Ok(());
    }
    for (side, pixels) in [("device", &both.device), ("viewer", &both.viewer)] {
        let path = folder.join(format!("difference-{number}-{side}.ppm"));
        fs::write(&path, both.ppm(pixels))
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// Keeps what the programs said.
fn keep_logs(folder: &Path, from: &Path) -> Result<()> {
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == "log")
            && let Some(name) = path.file_name()
        {
            fs::copy(&path, folder.join(name))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_draws_the_same_phases_and_leaves_out_none() {
        let (mut one, mut same, mut other) = (Phases::new(1), Phases::new(1), Phases::new(2));
        let draw = |phases: &mut Phases| -> Vec<_> { (0..56).map(|_| phases.next()).collect() };
        let drawn = draw(&mut one);
        assert_eq!(drawn, draw(&mut same));
        assert_ne!(drawn, draw(&mut other));
        for work in Work::ALL {
            assert_eq!(drawn.iter().filter(|drawn| drawn.0 == work).count(), 8);
        }
        for road in Road::ALL {
            assert_eq!(drawn.iter().filter(|drawn| drawn.1 == road).count(), 7);
        }
    }
}
