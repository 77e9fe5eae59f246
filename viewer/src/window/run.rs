//! Opens the window of a session and stays until it is closed; every way of failing is a sentence.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use anyhow::Result;
use farpane_protocol::outcome::Outcome;
use farpane_protocol::scope::ScopeSet;
use winit::error::EventLoopError;
use winit::event_loop::EventLoop;

use super::app::App;
use super::keys::Keyboard;
use super::present::Present;
use super::system_keys::SystemKeys;
use crate::failure::Failure;
use crate::session::input::InputQueue;
use crate::session::shared::Shared;
use crate::session::{Ending, Handle};
use crate::trace::Trace;

/// What the window shows before anything is known, and how it behaves.
#[derive(Clone, Debug)]
pub struct Options {
    /// What the device is called here.
    pub name: String,
    /// Rights that are asked for.
    pub asked: ScopeSet,
    /// Open every monitor of the device, each in a window of its own.
    pub all_monitors: bool,
    /// Fill the monitor from the start.
    pub full_screen: bool,
    /// Who decides what a key means.
    pub keyboard: Keyboard,
    /// When Super, Alt+Tab and the like go to the device.
    pub system_keys: SystemKeys,
    /// How pictures reach the display.
    pub present: Present,
    /// Stay when the session ends, and say why; without it the window closes at once.
    pub stay: bool,
}

/// A session that was started for the window.
pub struct Running {
    /// What the window shows.
    pub shared: Arc<Shared>,
    /// Where its input goes.
    pub input: Arc<InputQueue>,
    /// How it is left; absent for a picture without a session behind it.
    pub handle: Option<Handle>,
}

/// Wakes the window from any thread.
pub type Wake = Box<dyn Fn() + Send + Sync>;

/// Starts a session, and another one when the first failed and the technician tries again.
pub type Starter = Box<dyn FnMut(Wake) -> Result<Running>>;

/// Something new is in the shared state.
#[derive(Clone, Copy, Debug)]
pub(super) struct Woken;

/// Shows the window until the session is over or it is closed; returns how it ended.
///
/// # Errors
/// A sentence where there is no display, or it cannot be drawn on.
pub fn run(options: Options, start: Starter, trace: Arc<Trace>) -> Result<Ending> {
    let event_loop = event_loop()?;
    let proxy = event_loop.create_proxy();
    let mut app = App::new(options, start, trace, proxy, Instant::now());
    event_loop
        .run_app(&mut app)
        .map_err(|error| no_display(&error))?;
    app.finish()
}

/// The reason that there is nowhere to show a window, found before anything is started; none is
/// found where a display is named.
pub fn check_display() -> Result<(), Failure> {
    let named = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if named("DISPLAY") || named("WAYLAND_DISPLAY") || named("WAYLAND_SOCKET") {
        return Ok(());
    }
    Err(Failure::new(
        Outcome::Failed,
        "No display: neither DISPLAY nor WAYLAND_DISPLAY is set. \
         Run this in a desktop session, or set DISPLAY to one.",
    ))
}

fn event_loop() -> Result<EventLoop<Woken>, Failure> {
    check_display()?;
    without_panic(|| EventLoop::with_user_event().build())?.map_err(|error| no_display(&error))
}

/// The sentence for a display that is named but cannot be used.
pub(crate) fn no_display(error: &EventLoopError) -> Failure {
    let display = std::env::var("DISPLAY").unwrap_or_default();
    tracing::debug!(%error, "the event loop failed");
    let sentence = format!(
        "No display: cannot open a window on \"{display}\". Check that DISPLAY names a running \
         display that this user may use, and that libX11, libXcursor, libXi and libxkbcommon-x11 \
         are installed."
    );
    Failure::new(Outcome::Failed, sentence)
}

/// Libraries for windows panic when a system library is missing; here that is a sentence too.
pub(crate) fn without_panic<T>(start: impl FnOnce() -> T) -> Result<T, Failure> {
    let loud = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let result = catch_unwind(AssertUnwindSafe(start));
    std::panic::set_hook(loud);
    result.map_err(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("no reason");
        let sentence = format!(
            "Cannot open a window, most likely because a system library is missing ({text}). \
             Install libx11-6, libx11-xcb1, libxcursor1, libxi6, libxrandr2, libxkbcommon0, \
             libxkbcommon-x11-0 and libgl1."
        );
        Failure::new(Outcome::Failed, sentence)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_of_a_window_library_is_a_sentence() {
        let failure = without_panic(|| panic!("libxkbcommon not found")).expect_err("panics");
        assert_eq!(failure.outcome(), Outcome::Failed);
        assert!(failure.sentence().contains("libxkbcommon not found"));
    }
}
