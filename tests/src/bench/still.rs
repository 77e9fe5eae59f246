//! How long after its last change a screen is exact at the technician's, pixel by pixel: a page
//! after scrolling, a window after a drag, a film that stops, a picture that appears.
//!
//! The time is that of the last change on the technician's display, once both sides were found to
//! be the same: nothing is compared, and so nothing disturbed, while it is measured.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use x11rb::protocol::xproto::{Pixmap, Rectangle};

use super::exact::Both;
use super::quantile;
use super::road::Road;
use super::scene::{Camera, HEIGHT, Scene, WIDTH};
use super::text::Text;

/// Pictures of the film.
const FILM: usize = 24;
/// Pictures that appear once, none of them in the film; neighbours in their row differ.
const PICTURES: usize = 3;
/// How long each thing moves before it stands still.
const MOVES: Duration = Duration::from_millis(700);
/// Then nothing is touched for so long.
const STANDS: Duration = Duration::from_millis(1800);
/// What is not exact after that is looked at until then.
const LONGEST: Duration = Duration::from_secs(60);
/// How often it is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Chance of the line, the same in every run.
const SEED: u64 = 0x57;
/// A page of text.
const PAGE: Rectangle = Rectangle {
    x: 40,
    y: 60,
    width: 1200,
    height: 900,
};
/// A window of text.
const WINDOW: Rectangle = Rectangle {
    x: 600,
    y: 300,
    width: 640,
    height: 400,
};
/// A film in a corner.
const CORNER: Rectangle = Rectangle {
    x: 1200,
    y: 600,
    width: 640,
    height: 360,
};

/// What stands still at the end.
#[derive(Clone, Copy, Debug)]
enum Case {
    Page,
    Window,
    Corner,
    Film,
    Picture,
}

impl Case {
    const ALL: [Self; 5] = [
        Self::Page,
        Self::Window,
        Self::Corner,
        Self::Film,
        Self::Picture,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Page => "page of text after scrolling",
            Self::Window => "window of text after a drag",
            Self::Corner => "film of 640x360 that stops",
            Self::Film => "full-screen film that stops",
            Self::Picture => "full-screen picture that appears",
        }
    }

    fn per_second(self) -> u32 {
        match self {
            Self::Page | Self::Corner | Self::Film => 30,
            Self::Window => 60,
            // Once in all.
            Self::Picture => 1,
        }
    }
}

/// One round: what it took.
struct Round {
    exact_ms: f64,
    frames: f64,
    kilobytes: f64,
    /// Time that the device spent on capturing and coding these frames.
    device_ms: f64,
    late: bool,
}

/// Measures each case so often, over a line of that kind.
pub fn run(rounds: usize, road: Road) -> Result<Value> {
    let scene = match road {
        Road::Good => Scene::set()?,
        Road::Lossy
        | Road::Bursty
        | Road::Unsteady
        | Road::Spoilt
        | Road::Shrinking
        | Road::Rebound
        | Road::Broken => Scene::set_on_line(road.before(), SEED, &[])?,
    };
    let device = Camera::before(scene.device_display())?;
    let film = scene.stage.film(FILM + PICTURES)?;
    let mut report = serde_json::Map::new();
    for case in Case::ALL {
        let mut text = match case {
            Case::Page => Some(Text::on(scene.device_display(), PAGE)?),
            Case::Window => Some(Text::on(scene.device_display(), WINDOW)?),
            Case::Corner | Case::Film | Case::Picture => None,
        };
        let mut done = Vec::with_capacity(rounds);
        for round in 0..rounds {
            done.push(one(&scene, &device, &film, text.as_mut(), case, round)?);
        }
        report.insert(case.name().into(), figures(&done));
    }
    Ok(Value::Object(report))
}

fn figures(rounds: &[Round]) -> Value {
    let sorted = |pick: fn(&Round) -> f64| {
        let mut all: Vec<f64> = rounds.iter().map(pick).collect();
        all.sort_by(f64::total_cmp);
        all
    };
    let tenths = |value: f64| (value * 10.0).round() / 10.0;
    let exact = sorted(|round| round.exact_ms);
    json!({
        "rounds": rounds.len(),
        "exact_p50_ms": tenths(quantile(&exact, 0.5)),
        "exact_p95_ms": tenths(quantile(&exact, 0.95)),
        "exact_max_ms": tenths(quantile(&exact, 1.0)),
        "frames_p50": quantile(&sorted(|round| round.frames), 0.5),
        "kB_p50": tenths(quantile(&sorted(|round| round.kilobytes), 0.5)),
        "device_p50_ms": tenths(quantile(&sorted(|round| round.device_ms), 0.5)),
        "late": rounds.iter().filter(|round| round.late).count(),
    })
}

fn one(
    scene: &Scene,
    device: &Camera,
    film: &[Pixmap],
    text: Option<&mut Text>,
    case: Case,
    round: usize,
) -> Result<Round> {
    let stop = AtomicBool::new(false);
    let last_paint = Mutex::new(None);
    let (still, still_us, late) = std::thread::scope(|scope| -> Result<_> {
        let watching = scope.spawn(|| watch(&scene.camera, &stop, &last_paint));
        let moved = play(scene, film, text, case, round);
        std::thread::sleep(STANDS);
        stop.store(true, Ordering::Relaxed);
        let watched = watching.join();
        let (still, still_us) = moved?;
        watched.map_err(|_| anyhow::anyhow!("the watcher panicked"))??;
        let mut late = None;
        while let Some(difference) =
            Both::look(device, &scene.camera, (WIDTH, HEIGHT))?.difference()
        {
            late = Some(Instant::now());
            let name = case.name();
            ensure!(still.elapsed() < LONGEST, "{name}: {difference:?}");
            std::thread::sleep(LOOK_EVERY);
        }
        Ok((still, still_us, late))
    })?;
    let painted = last_paint
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    // The last change differs from all before it, so a round without a paint measured nothing.
    let seen = painted.filter(|at| *at >= still);
    let exact = late
        .or(seen)
        .with_context(|| format!("{}: nothing was seen of the last change", case.name()))?;
    let exact_us = still_us + u64::try_from((exact - still).as_micros())?;
    let (frames, bytes, device_us) = sent(scene, still_us, exact_us);
    Ok(Round {
        exact_ms: exact.saturating_duration_since(still).as_secs_f64() * 1000.0,
        frames,
        kilobytes: bytes / 1000.0,
        device_ms: device_us / 1000.0,
        late: late.is_some(),
    })
}

/// Moves what moves; when its last change began, also in microseconds since 1970.
fn play(
    scene: &Scene,
    film: &[Pixmap],
    mut text: Option<&mut Text>,
    case: Case,
    round: usize,
) -> Result<(Instant, u64)> {
    let start = Instant::now();
    let steps = match case {
        Case::Page | Case::Window | Case::Corner | Case::Film => {
            case.per_second() * u32::try_from(MOVES.as_millis())? / 1000
        }
        Case::Picture => 1,
    };
    let mut last = (start, 0);
    for step in 0..steps {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH)?;
        last = (Instant::now(), u64::try_from(since_1970.as_micros())?);
        // Rounds end differently, so that none finds the picture of the one before.
        let turn = round * 7 + usize::try_from(step)?;
        let picture = match case {
            Case::Page | Case::Window | Case::Corner | Case::Film => film[turn % FILM],
            Case::Picture => film[FILM + turn % PICTURES],
        };
        match (case, &mut text) {
            (Case::Page, Some(text)) => text.scroll()?,
            (Case::Window, Some(text)) => text.drag(turn as u64)?,
            (Case::Corner, _) => scene.stage.show_part(picture, CORNER)?,
            (Case::Film | Case::Picture, _) => scene.stage.show(picture)?,
            (Case::Page | Case::Window, None) => anyhow::bail!("there is no text to move"),
        }
        let next = start + Duration::from_secs(1) * (step + 1) / case.per_second();
        if step + 1 < steps {
            std::thread::sleep(next.saturating_duration_since(Instant::now()));
        }
    }
    Ok(last)
}

/// Notes when the technician's display changed last, until told to stop.
fn watch(camera: &Camera, stop: &AtomicBool, last: &Mutex<Option<Instant>>) -> Result<()> {
    camera.take_damage()?;
    while !stop.load(Ordering::Relaxed) {
        let end = Instant::now() + LOOK_EVERY;
        if camera.changed_by(end)? {
            *last.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
            camera.take_damage()?;
        }
    }
    Ok(())
}

/// Frames that the viewer presented between two moments: how many, their bytes, and the
/// microseconds that the device spent on them.
fn sent(scene: &Scene, from_us: u64, to_us: u64) -> (f64, f64, f64) {
    // A frame that was presented a little after the display had changed.
    const LATE_US: u64 = 5_000;
    let mut sum = (0.0, 0.0, 0.0);
    for event in scene.session.events() {
        let at = event["at_us"].as_u64().unwrap_or(0);
        if event["event"] == "presented" && at >= from_us && at <= to_us + LATE_US {
            let field = |name: &str| event[name].as_f64().unwrap_or(0.0);
            sum.0 += 1.0 + field("merged");
            sum.1 += field("bytes");
            sum.2 += field("capture_us") + field("encode_us");
        }
    }
    sum
}
