//! The thread that turns damage into pictures, and the orders that it obeys.

use std::collections::{BTreeMap, VecDeque};
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use anyhow::{Context as _, Result};
use farpane_media::surface::view::Need;

use super::Upward;
use super::surfaces::Surfaces;
use crate::ipc::{self, FromHelper, Handled};
use crate::platform::{Capture, Waker};

mod credit;
mod plane;
mod pointer;
mod rate;
mod shown;
mod work;

use work::Work;

/// Acknowledgements that may wait for the thread, more than frames may be on their way; the later
/// ones say all that the first did.
const HANDLED: usize = 64;

/// Wishes that may wait for the thread: as many as a technician can open and close windows while
/// one picture is made.
const WISHES: usize = 8;

#[derive(Default)]
struct Orders {
    live: AtomicBool,
    /// Its number goes with every picture, so that one of an old session is not taken for the new
    /// one's.
    session: AtomicU64,
    /// Frames that the viewer has handled since the thread looked last, with when that was heard.
    handled: Mutex<VecDeque<(Handled, Instant)>>,
    /// What the viewer lacks of each surface; a later need for everything is not overwritten by a
    /// smaller one. The service names surfaces only that are there.
    needs: Mutex<BTreeMap<u32, Need>>,
    input_sequence: AtomicU64,
    /// What the display has; written by the thread.
    surfaces: Mutex<Surfaces>,
    /// The surfaces that the viewer wants to see from now on, and what it wanted before that: what it
    /// turned away from in between, it has forgotten.
    wishes: Mutex<VecDeque<Vec<u32>>>,
    over: AtomicBool,
}

impl Orders {
    fn take_needs(&self) -> BTreeMap<u32, Need> {
        std::mem::take(&mut *self.needs())
    }

    fn needs(&self) -> MutexGuard<'_, BTreeMap<u32, Need>> {
        self.needs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_wishes(&self) -> VecDeque<Vec<u32>> {
        std::mem::take(&mut *self.wishes())
    }

    fn wishes(&self) -> MutexGuard<'_, VecDeque<Vec<u32>>> {
        self.wishes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_handled(&self) -> VecDeque<(Handled, Instant)> {
        std::mem::take(&mut *self.handled())
    }

    fn handled(&self) -> MutexGuard<'_, VecDeque<(Handled, Instant)>> {
        self.handled.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn surfaces(&self) -> MutexGuard<'_, Surfaces> {
        self.surfaces.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_live(&self) -> bool {
        self.live.load(Ordering::Acquire)
    }
}

/// Stops the pictures from any thread.
pub(super) struct Brake {
    orders: Arc<Orders>,
    waker: Waker,
}

impl Brake {
    pub(super) fn pull(&self) {
        self.orders.live.store(false, Ordering::Release);
        self.waker.wake();
    }
}

/// The thread and the orders it obeys. Dropping it ends the thread.
pub(super) struct PictureThread {
    orders: Arc<Orders>,
    waker: Waker,
    thread: Option<JoinHandle<()>>,
}

impl PictureThread {
    pub(super) fn start(capture: Box<dyn Capture>, upward: Upward) -> Result<Self> {
        let orders = Arc::new(Orders::default());
        let waker = Waker::new()?;
        orders.surfaces().update(capture.monitors());
        let work = Work::new(capture, upward.clone(), orders.clone(), waker.clone());
        let run = move || {
            // Nothing of it is used afterwards: the service starts another helper.
            if panic::catch_unwind(AssertUnwindSafe(|| work.run())).is_err() {
                let sentence = "the thread that makes the pictures panicked";
                tracing::error!("{sentence}");
                upward.tell(&FromHelper::Broken(sentence.into()));
            }
        };
        let thread = std::thread::Builder::new()
            .name("picture".into())
            .spawn(run)
            .context("the system has no room for another thread")?;
        Ok(Self {
            orders,
            waker,
            thread: Some(thread),
        })
    }

    pub(super) fn surfaces(&self) -> Vec<ipc::Surface> {
        self.orders.surfaces().list()
    }

    /// The monitor that a surface is, as [`Surfaces::monitor`] says.
    pub(super) fn monitor(&self, surface: u32) -> Option<Option<String>> {
        let surfaces = self.orders.surfaces();
        let monitor = surfaces.monitor(surface)?;
        Some(monitor.map(str::to_owned))
    }

    /// The viewer wants to see these surfaces, the one that the technician works on first.
    pub(super) fn show(&self, surfaces: Vec<u32>) {
        let mut wishes = self.orders.wishes();
        if wishes.len() == WISHES {
            wishes.pop_front();
        }
        wishes.push_back(surfaces);
        drop(wishes);
        self.waker.wake();
    }

    pub(super) fn brake(&self) -> Brake {
        Brake {
            orders: self.orders.clone(),
            waker: self.waker.clone(),
        }
    }

    /// A session begins. No other had this number, and none has 0.
    pub(super) fn start_session(&self, number: u64) {
        self.orders.take_handled();
        self.orders.input_sequence.store(0, Ordering::Relaxed);
        self.orders.take_needs();
        *self.orders.wishes() = [vec![0]].into();
        self.orders.session.store(number, Ordering::Relaxed);
        self.orders.live.store(true, Ordering::Release);
        self.waker.wake();
    }

    pub(super) fn stop(&self) {
        self.orders.live.store(false, Ordering::Release);
        self.waker.wake();
    }

    pub(super) fn acknowledged(&self, frame: Handled) {
        let mut handled = self.orders.handled();
        if handled.len() == HANDLED {
            handled.pop_front();
        }
        handled.push_back((frame, Instant::now()));
        drop(handled);
        self.waker.wake();
    }

    /// The viewer's picture of this surface is broken.
    pub(super) fn refresh(&self, surface: u32, need: Need) {
        let mut waiting = self.orders.needs();
        let covers = |old: &Need| old.epoch == need.epoch && !old.video_only;
        if !waiting.get(&surface).is_some_and(covers) {
            waiting.insert(surface, need);
        }
        drop(waiting);
        self.waker.wake();
    }

    /// Input up to this sequence has been applied; the next picture says so.
    pub(super) fn applied(&self, sequence: u64) {
        self.orders
            .input_sequence
            .fetch_max(sequence, Ordering::AcqRel);
    }
}

impl Drop for PictureThread {
    fn drop(&mut self) {
        self.orders.over.store(true, Ordering::Release);
        self.waker.wake();
        if let Some(thread) = self.thread.take() {
            // A panic was told already.
            thread.join().ok();
        }
    }
}

#[cfg(test)]
mod tests;
