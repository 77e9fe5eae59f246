//! The console in a real browser: every page as people meet it, and what they do there from end to
//! end, against the real programs.
//!
//! Each test starts its own directory and its own Chromium. Browsers are heavy on two cores, so the
//! tests take turns. With `FARPANE_SHOTS=folder` a failing test leaves a picture there.

mod browser {
    pub(crate) mod access;
    pub(crate) mod device;
    pub(crate) mod door;
    pub(crate) mod hands;
    pub(crate) mod lies;
    pub(crate) mod outlets;
    pub(crate) mod person;
    pub(crate) mod proof;
    pub(crate) mod tour;
    pub(crate) mod walk;

    use std::sync::{Mutex, MutexGuard, PoisonError};

    static TURN: Mutex<()> = Mutex::new(());

    /// One test at a time; one that failed does not stop the others.
    pub(crate) fn turn() -> MutexGuard<'static, ()> {
        TURN.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
