//! What the session's threads tell the windows: a snapshot of the state, and the newest picture of
//! each monitor with everything that changed since its window last looked.
//!
//! It is state, not a queue of events: however much a device sends, there is one snapshot and one
//! picture of each monitor, and at most one wake-up under way.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use farpane_media::surface::shown::{Conversion, Shown};
use farpane_protocol::geometry::{Rect, Size};
use farpane_protocol::latency::SessionLatency;
use farpane_protocol::limits::FRAME_RECTS;
use farpane_protocol::scope::ScopeSet;
use farpane_protocol::session::viewer::Step;
use farpane_protocol::wire::message::CursorShape;

use super::ending::Ending;
use super::latency::Counted;
use super::monitors::Monitor;

/// Frames that may be merged into one presentation and still be told apart in the trace.
const FRAMES_TOLD: usize = 32;

/// How the pointer looks over the picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PointerLook {
    /// The system's arrow: nothing else is known yet.
    #[default]
    Arrow,
    /// The device hides it.
    Hidden,
    /// As the device draws it.
    Shape(Arc<CursorShape>),
}

/// Where the session stands.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The step, as the session machine says.
    pub step: Step,
    /// When it began.
    pub since: Instant,
    /// Position of the furthest step so far; where it failed, if it did.
    pub reached: usize,
    /// Time spent in the four steps before this one, and in it until `since`.
    pub spent: [Duration; 4],
    /// What may be done; empty before the session started.
    pub scopes: ScopeSet,
    /// The device's name, once the directory told it. Comes from another machine.
    pub device: Option<String>,
    /// The relay's name, once the directory told it. Comes from another machine.
    pub relay: Option<String>,
    /// Extent of the device's primary monitor.
    pub surface: Option<Size>,
    /// All monitors that can be shown, in the order of their numbers.
    pub monitors: Vec<Monitor>,
    /// How the pointer looks.
    pub pointer: PointerLook,
    /// Something that did not happen, in a sentence, and since when that is to be read.
    pub note: Option<(String, Instant)>,
    /// Why it is over.
    pub ending: Option<Ending>,
}

impl Snapshot {
    fn new(now: Instant) -> Self {
        Self {
            step: Step::Asking,
            since: now,
            reached: 0,
            spent: [Duration::ZERO; 4],
            scopes: ScopeSet::EMPTY,
            device: None,
            relay: None,
            surface: None,
            monitors: Vec::new(),
            pointer: PointerLook::Arrow,
            note: None,
            ending: None,
        }
    }

    /// Time spent in each of the four steps, with what has passed of the present one.
    pub fn spent_at(&self, now: Instant) -> [Duration; 4] {
        let mut spent = self.spent;
        if let Some(current) = self.step.position().and_then(|at| spent.get_mut(at)) {
            *current += now.saturating_duration_since(self.since);
        }
        spent
    }
}

/// About one decoded frame.
#[derive(Clone, Copy, Debug)]
pub struct FrameFacts {
    /// Its number.
    pub sequence: u64,
    /// Number of the last input that the device had applied.
    pub input_sequence: u64,
    /// Length as coded, in bytes.
    pub bytes: usize,
    /// What capturing took at the device.
    pub capture: Duration,
    /// What encoding took at the device.
    pub encode: Duration,
    /// When its first byte came.
    pub first_byte: Instant,
    /// When its last byte came.
    pub whole: Instant,
    /// When its pixels were ready.
    pub decoded: Instant,
    /// When the device captured it, in microseconds of its own clock.
    pub captured_us: u64,
}

/// The newest picture and what changed since it was last taken.
#[derive(Debug)]
pub struct Picture {
    /// The number of the monitor that the newest of them is of.
    pub surface: u32,
    /// The pixels; the size of the last announced surface that a frame came for.
    pub pixels: Shown,
    /// Parts that changed since the window last took them.
    pub damage: Vec<Rect>,
    /// The frames that changed them, oldest first.
    pub frames: Vec<FrameFacts>,
}

impl Picture {
    /// Adds what a frame changed.
    pub fn add(&mut self, rects: &[Rect], facts: FrameFacts) {
        self.damage.extend_from_slice(rects);
        if self.damage.len() > FRAME_RECTS {
            let all = self.damage.drain(..).fold(Rect::default(), Rect::union);
            self.damage.push(all);
        }
        if self.frames.len() == FRAMES_TOLD {
            self.frames.remove(0);
        }
        self.frames.push(facts);
    }
}

/// What the network measures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// Round trip to the device.
    pub rtt: Duration,
    /// Bytes received since the start.
    pub received_bytes: u64,
}

type Measure = Box<dyn Fn() -> Network + Send>;

/// Where the newest picture of one monitor is.
#[derive(Default)]
struct Slot {
    picture: Mutex<Option<Picture>>,
    /// The number of the last frame that went into it.
    newest: AtomicU64,
    /// The window converts what the video brings.
    converts: AtomicBool,
}

/// What is the same for all monitors.
struct Common {
    snapshot: Mutex<Snapshot>,
    /// By the number of the monitor. Frames of no more than a host may have come this far.
    slots: Mutex<BTreeMap<u32, Arc<Slot>>>,
    measure: Mutex<Option<Measure>>,
    counted: Mutex<Counted>,
    waking: AtomicBool,
    wake: Box<dyn Fn() + Send + Sync>,
}

/// The state that the threads of a session and its windows share, with the picture of one monitor.
#[derive(Clone)]
pub struct Shared {
    common: Arc<Common>,
    slot: Arc<Slot>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    /// A session that was just asked for, with the picture of the primary monitor; `wake` is called from other threads when there is
    /// something new, not again before [`Self::woken`].
    pub fn new(now: Instant, wake: impl Fn() + Send + Sync + 'static) -> Self {
        let common = Common {
            snapshot: Mutex::new(Snapshot::new(now)),
            slots: Mutex::default(),
            measure: Mutex::new(None),
            counted: Mutex::default(),
            waking: AtomicBool::new(false),
            wake: Box::new(wake),
        };
        let slot = lock(&common.slots).entry(0).or_default().clone();
        Self {
            common: Arc::new(common),
            slot,
        }
    }

    /// The same with the picture of another monitor, which has one of the numbers that a host may
    /// give.
    #[must_use]
    pub fn of(&self, surface: u32) -> Self {
        let slot = lock(&self.common.slots).entry(surface).or_default().clone();
        Self {
            common: self.common.clone(),
            slot,
        }
    }

    /// The number of the last frame that went into the picture; nought before the first.
    pub fn newest(&self) -> u64 {
        self.slot.newest.load(Ordering::Acquire)
    }

    /// The number of the last frame that went into any picture.
    pub fn newest_of_all(&self) -> u64 {
        let slots = lock(&self.common.slots);
        let newest = slots.values().map(|one| one.newest.load(Ordering::Acquire));
        newest.max().unwrap_or(0)
    }

    /// The picture of a monitor is given up, unless a window shows it.
    pub fn forget(&self, surface: u32) {
        let mut slots = lock(&self.common.slots);
        // Who shows it holds it, too.
        if slots
            .get(&surface)
            .is_some_and(|slot| Arc::strong_count(slot) == 1)
        {
            slots.remove(&surface);
        }
    }

    fn notify(&self) {
        if !self.common.waking.swap(true, Ordering::AcqRel) {
            (self.common.wake)();
        }
    }

    /// A window is about to look: whatever comes from now on wakes it again.
    pub fn woken(&self) {
        self.common.waking.store(false, Ordering::Release);
    }

    /// Where the session stands.
    pub fn snapshot(&self) -> Snapshot {
        lock(&self.common.snapshot).clone()
    }

    /// Changes the state and wakes the windows.
    pub fn update(&self, change: impl FnOnce(&mut Snapshot)) {
        change(&mut lock(&self.common.snapshot));
        self.notify();
    }

    /// Works on the picture; `None` before the first.
    pub fn with_picture<R>(&self, act: impl FnOnce(&mut Option<Picture>) -> R) -> R {
        act(&mut lock(&self.slot.picture))
    }

    /// Changes the picture and wakes the windows.
    pub fn update_picture(&self, change: impl FnOnce(&mut Option<Picture>)) {
        let newest = self.with_picture(|picture| {
            change(picture);
            picture.as_ref()?.frames.last().map(|last| last.sequence)
        });
        if let Some(newest) = newest {
            self.slot.newest.store(newest, Ordering::Release);
        }
        self.notify();
    }

    /// A picture was presented; `count` counts how long it took.
    pub fn count_picture(&self, now: Instant, count: impl FnOnce(&mut SessionLatency)) {
        lock(&self.common.counted).picture(now, count);
    }

    /// Whether no window has shown the effect of this input, or of a later one, before.
    pub fn is_first_to_show(&self, input: u64) -> bool {
        lock(&self.common.counted).is_first_to_show(input)
    }

    pub(super) fn counted<R>(&self, act: impl FnOnce(&mut Counted) -> R) -> R {
        act(&mut lock(&self.common.counted))
    }

    /// When the window wants the video to become pixels, from now on.
    pub fn set_conversion(&self, when: Conversion) {
        let converts = when == Conversion::Later;
        self.slot.converts.store(converts, Ordering::Relaxed);
    }

    /// When the video is to become pixels.
    pub fn conversion(&self) -> Conversion {
        if self.slot.converts.load(Ordering::Relaxed) {
            Conversion::Later
        } else {
            Conversion::Now
        }
    }

    /// How to ask what the network measures, from when there is one.
    pub fn set_measure(&self, measure: Option<Measure>) {
        *lock(&self.common.measure) = measure;
    }

    /// What the network measures now; `None` while there is no connection.
    pub fn network(&self) -> Option<Network> {
        lock(&self.common.measure).as_ref().map(|measure| measure())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    #[test]
    fn many_changes_wake_the_window_once_until_it_looks() {
        let wakes = Arc::new(AtomicUsize::new(0));
        let counted = wakes.clone();
        let shared = Shared::new(Instant::now(), move || {
            counted.fetch_add(1, Ordering::Relaxed);
        });
        for _ in 0..1000 {
            shared.update(|state| state.device = Some("till".into()));
        }
        assert_eq!(wakes.load(Ordering::Relaxed), 1);
        shared.woken();
        shared.update_picture(|_| {});
        assert_eq!(wakes.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn a_flood_of_frames_keeps_damage_and_facts_bounded() {
        let size = Size::new(640, 480).expect("valid");
        let mut picture = Picture {
            surface: 0,
            pixels: Shown::new(size),
            damage: Vec::new(),
            frames: Vec::new(),
        };
        let now = Instant::now();
        for sequence in 0..500 {
            let facts = FrameFacts {
                sequence,
                input_sequence: 0,
                bytes: 1,
                capture: Duration::ZERO,
                encode: Duration::ZERO,
                first_byte: now,
                whole: now,
                decoded: now,
                captured_us: 0,
            };
            let x = (sequence % 10) as u32 * 64;
            picture.add(
                &[Rect {
                    x,
                    y: 0,
                    width: 64,
                    height: 64,
                }],
                facts,
            );
        }
        assert!(picture.damage.len() <= FRAME_RECTS);
        let all = picture
            .damage
            .iter()
            .fold(Rect::default(), |a, b| a.union(*b));
        assert_eq!(
            all,
            Rect {
                x: 0,
                y: 0,
                width: 640,
                height: 64
            }
        );
        assert_eq!(picture.frames.len(), FRAMES_TOLD);
        assert_eq!(picture.frames.last().map(|facts| facts.sequence), Some(499));
    }
}
