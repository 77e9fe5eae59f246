//! The real programs on real displays, started and stopped by a test: an estate of one directory,
//! one relay, hosts and viewers, each in its own folder, all gone when the test ends.

pub mod browser;
pub mod clip;
pub mod disk;
pub mod display;
pub mod estate;
pub mod keyboard;
pub mod line;
pub mod monitors;
pub mod outlaw;
pub mod process;
pub mod proxy;
pub mod rogue;
pub mod room;
pub mod shot;
pub mod windows;
pub mod xclient;

use std::process::Command;
use std::sync::{Mutex, PoisonError};
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
        if Instant::now() >= end {
            keep_shots();
            panic!("waited {longest:?} in vain for {what}");
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

/// The same for a condition.
#[track_caller]
pub fn wait_until(what: &str, longest: Duration, mut holds: impl FnMut() -> bool) {
    wait_for(what, longest, || holds().then_some(()));
}

/// Displays that are photographed when a wait is in vain.
static WATCHED: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// From now on these displays are the ones to photograph.
fn watch_for_failure(displays: &[&str]) {
    let mut watched = WATCHED.lock().unwrap_or_else(PoisonError::into_inner);
    *watched = displays.iter().map(|&name| name.to_owned()).collect();
}

/// Keeps what people saw in the folder that `FARPANE_SHOTS` names, if it names one.
pub fn keep_shots() {
    let Some(folder) = std::env::var_os("FARPANE_SHOTS") else {
        return;
    };
    for (number, display) in WATCHED
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .iter()
        .enumerate()
    {
        let file = std::path::Path::new(&folder).join(format!("display-{number}.png"));
        let mut import = Command::new("import");
        import
            .args(["-display", display, "-window", "root"])
            .arg(file);
        drop(import.status()); // a picture more or less does not change the result
    }
}
