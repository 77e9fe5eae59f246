//! The text clipboard of an X display, as host and viewer share it: puts text there and tells when
//! another program did.
//!
//! On X11 a clipboard is no place but a program that answers: whoever "has" it is asked by those
//! who paste. So this crate is both sides of the Inter-Client Communication Conventions (ICCCM,
//! section 2): `owner` answers, `reader` asks, and XFixes tells of changes, so nothing polls.
//! What password managers mark as secret (`x-kde-passwordManagerHint`) is never read.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use farpane_protocol::clipboard::{ClipText, NotSent};

mod atoms;
mod engine;
mod line;
mod owner;
mod reader;

pub use line::ClipboardError;

use engine::{Engine, Over};
use line::Waker;

/// Which changes are read and told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listen {
    /// None; that there was one is remembered.
    Off,
    /// Those that come from now on.
    FromNow,
    /// Those too that were not read yet.
    WithUnread,
}

/// What the owner wants next; the newest wish of each kind counts, so nothing queues up.
#[derive(Debug, Default)]
struct Wishes {
    put: Option<ClipText>,
    listen: Option<Listen>,
    end: Option<End>,
}

/// How the thread is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// At once.
    Now,
    /// After a clipboard manager took over what is here, where one runs.
    HandingOver,
}

#[derive(Debug)]
struct Shared {
    wishes: Mutex<Wishes>,
    waker: Waker,
}

impl Shared {
    fn wishes(&self) -> MutexGuard<'_, Wishes> {
        self.wishes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The clipboard of one display. What it put there stays until another program puts something
/// else there or this value goes.
#[derive(Debug)]
pub struct Clipboard {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<Option<ClipText>>>,
}

impl Clipboard {
    /// Opens it; [`Listen::Off`] at first. `tell` is called from another thread with each text
    /// that another program put there, or with why it is not sent.
    ///
    /// # Errors
    /// If the display cannot be reached or lacks XFixes.
    pub fn open(
        display: Option<&str>,
        tell: impl FnMut(Result<ClipText, NotSent>) + Send + 'static,
    ) -> Result<Self, ClipboardError> {
        let shared = Arc::new(Shared {
            wishes: Mutex::default(),
            waker: Waker::new()?,
        });
        let mut engine = Engine::open(display, shared.clone(), Box::new(tell))?;
        let thread = std::thread::Builder::new()
            .name("clipboard".into())
            .spawn(move || match engine.run() {
                Ok(Over::Kept(text)) => Some(text),
                Ok(Over::Nothing) => None,
                Err(error) => {
                    tracing::warn!(%error, "the clipboard cannot be used any more");
                    None
                }
            })
            .map_err(ClipboardError::Resources)?;
        Ok(Self {
            shared,
            thread: Some(thread),
        })
    }

    fn wish(&self, change: impl FnOnce(&mut Wishes)) {
        change(&mut self.shared.wishes());
        self.shared.waker.wake();
    }

    /// Puts a text there. It is not told as a change.
    pub fn put(&self, text: ClipText) {
        self.wish(|wishes| wishes.put = Some(text));
    }

    /// Which changes are read and told from now on.
    pub fn listen(&self, listen: Listen) {
        self.wish(|wishes| wishes.listen = Some(listen));
    }

    /// Ends it. Where a clipboard manager runs, it takes over what is there; otherwise the text
    /// that would be gone is returned, for [`keep`] in a process that stays.
    pub fn hand_over(mut self) -> Option<ClipText> {
        self.wish(|wishes| wishes.end = Some(End::HandingOver));
        // A panic of that thread is reported by it; then there is nothing to keep.
        self.thread.take()?.join().ok().flatten()
    }
}

impl Drop for Clipboard {
    fn drop(&mut self) {
        self.wish(|wishes| wishes.end = Some(End::Now));
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the clipboard's thread panicked");
        }
    }
}

/// Holds a text on the clipboard of a display until another program puts something else there, or
/// the display is gone. `ready` is called once the text is there.
///
/// # Errors
/// If the display cannot be reached or lacks XFixes.
pub fn keep(
    display: Option<&str>,
    text: ClipText,
    ready: impl FnOnce(),
) -> Result<(), ClipboardError> {
    let shared = Arc::new(Shared {
        wishes: Mutex::default(),
        waker: Waker::new()?,
    });
    let mut engine = Engine::open(display, shared, Box::new(|_| {}))?;
    engine.put(text)?;
    ready();
    engine.run_until_taken()
}
