//! Handles of our own windows: each owns the thread that serves its window and ends it when
//! dropped.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use super::{PlatformError, Waker};

/// What the banner has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BannerEvent {
    /// The person wants the session to end. May come more than once.
    Stop(StopCause),
    /// The banner is gone; the text says why. Nothing follows.
    Lost(String),
}

/// How the person stopped a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopCause {
    /// The button.
    Click,
    /// Ctrl+Alt+Pause.
    Key,
}

/// A question on the screen; dropping it closes the window. If no answer was given yet, it is
/// given before the drop returns, so hold no lock that the answer's callback takes.
#[derive(Debug)]
#[must_use = "dropping the handle takes the question back"]
pub struct ConsentHandle(
    #[expect(
        dead_code,
        reason = "held for its Drop; none when no thread could be had"
    )]
    Option<WindowThread>,
);

/// A banner on the screen; dropping it takes the banner away.
#[derive(Debug)]
#[must_use = "dropping the handle hides the banner"]
pub struct BannerHandle(#[expect(dead_code, reason = "held for its Drop")] WindowThread);

/// A note on the screen; dropping it closes the note.
#[derive(Debug)]
#[must_use = "dropping the handle closes the note"]
pub struct NoteHandle(#[expect(dead_code, reason = "held for its Drop")] WindowThread);

impl ConsentHandle {
    pub(super) fn new(thread: Option<WindowThread>) -> Self {
        Self(thread)
    }
}

impl BannerHandle {
    pub(super) fn new(thread: WindowThread) -> Self {
        Self(thread)
    }
}

impl NoteHandle {
    pub(super) fn new(thread: WindowThread) -> Self {
        Self(thread)
    }
}

/// Tells a window's thread that its owner is done with it.
#[derive(Clone, Debug)]
pub(super) struct StopSignal {
    stopped: Arc<AtomicBool>,
    /// Rung when `stopped` becomes true; the thread waits on it beside its display.
    pub(super) waker: Waker,
}

impl StopSignal {
    pub(super) fn stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }
}

/// A thread that lives at most as long as this value.
#[derive(Debug)]
pub(super) struct WindowThread {
    signal: StopSignal,
    thread: Option<JoinHandle<()>>,
}

impl WindowThread {
    /// Starts `work`, which returns soon after its signal is rung. When no thread can be had,
    /// `work` is dropped and with it whatever it would have reported to.
    pub(super) fn spawn(
        name: &str,
        work: impl FnOnce(StopSignal) + Send + 'static,
    ) -> Result<Self, PlatformError> {
        let signal = StopSignal {
            stopped: Arc::new(AtomicBool::new(false)),
            waker: Waker::new()?,
        };
        let theirs = signal.clone();
        let thread = thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || work(theirs))
            .map_err(PlatformError::Resources)?;
        Ok(Self {
            signal,
            thread: Some(thread),
        })
    }
}

impl Drop for WindowThread {
    fn drop(&mut self) {
        self.signal.stopped.store(true, Ordering::Release);
        self.signal.waker.wake();
        let Some(thread) = self.thread.take() else {
            return;
        };
        // A callback that runs on the window's thread may drop the handle: it cannot wait for
        // itself, and the thread ends on its own when the callback returns.
        if thread.thread().id() != thread::current().id() && thread.join().is_err() {
            tracing::error!("a window's thread panicked");
        }
    }
}
