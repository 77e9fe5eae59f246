//! The real programs on real displays, started and stopped by a test: an estate of one directory,
//! one relay, hosts and viewers, each in its own folder, all gone when the test ends.

pub mod display;
pub mod estate;
pub mod process;
pub mod xclient;

use std::time::{Duration, Instant};

/// How often a condition is looked at while a test waits for it.
const LOOK_EVERY: Duration = Duration::from_millis(15);

/// Waits until `look` finds something; says what was awaited when it never comes.
///
/// # Panics
/// After `longest`.
#[track_caller]
pub fn wait_for<T>(what: &str, longest: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + longest;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "waited {longest:?} in vain for {what}");
        std::thread::sleep(LOOK_EVERY);
    }
}

/// The same for a condition.
#[track_caller]
pub fn wait_until(what: &str, longest: Duration, mut holds: impl FnMut() -> bool) {
    wait_for(what, longest, || holds().then_some(()));
}
