//! What the host asks of the operating system: look at the screen, act on it, and talk to the
//! person in front of it. Everything goes through the traits here, so that the rest of the host
//! builds, runs and is tested on any machine.
//!
//! | back end | chosen by | screen | input | consent, banner | clipboard |
//! |---|---|---|---|---|---|
//! | `x11` | `:0`, `host:0.1`, or `$DISPLAY` | XDamage + MIT-SHM through a memfd | XTEST, text by enigo | own windows, XInput2 | `farpane-clipboard` |
//! | `x11` with `scrap` | `scrap::0`, `scrap:`; built with the feature `scrap` | XDamage + the library `scrap` | as above | as above | as above |
//! | [`headless`] | `headless` | painted by a script | recorded | answers from a script | in memory |
//! | Wayland | not yet: refused with a sentence | | | | |
//! | Windows, macOS | not yet: refused with a sentence | | | | |
//!
//! [`open`] is the only place that chooses. Every object below owns its connection to the
//! display, so each may live on its own thread and none can stall another.

use std::time::Instant;

use farpane_media::picture::BgraPicture;
use farpane_protocol::geometry::{Point, Size};

mod clipboard;
mod consent;
mod error;
pub mod folder;
pub mod headless;
mod input;
pub mod machine;
pub mod packages;
pub mod people;
mod screen;
mod survey;
mod waker;
mod window;
#[cfg(target_os = "linux")]
mod x11;

pub use clipboard::{Clipboard, Copied};
pub use consent::{
    Answer, ConsentOutcome, ConsentRequest, MAX_SCOPES, Organisation, Scope, WITHDRAWN,
};
pub use error::{InputError, PlatformError};
pub use input::{Button, Held, MAX_TEXT_CHARS, WHEEL_STEP};
pub use screen::{CursorShape, Damage, MAX_CURSOR_SIDE, MAX_DAMAGE_RECTS, Monitor, Wake};
pub use survey::{CannotAsk, MonitorInfo};
pub use waker::Waker;
pub use window::{BannerEvent, BannerHandle, ConsentHandle, NoteHandle, StopCause};

/// The name that [`open`] takes for the back end without a display.
pub const HEADLESS: &str = "headless";

/// What stands before a display's name whose pixels the library `scrap` is to read. It needs no
/// memory handed over by descriptor, which old X servers do not take, and reads the whole monitor
/// for every change.
pub const SCRAP: &str = "scrap:";

/// One screen with a person in front of it.
///
/// Each call opens what it returns afresh; nothing is shared between the objects returned.
pub trait Platform: Send + Sync {
    /// How this back end and display are called in logs and self-tests, for example `x11 :0`.
    fn name(&self) -> String;

    /// Starts to watch the primary monitor.
    fn capture(&self) -> Result<Box<dyn Capture>, PlatformError>;

    /// Prepares to press keys and buttons.
    fn injector(&self) -> Result<Box<dyn Injector>, PlatformError>;

    /// Asks the person. `answer` is called exactly once, from another thread; whatever is not a
    /// clear yes before `deadline` is a no. Dropping the handle takes the question back, which
    /// is answered with [`ConsentOutcome::Unavailable`] of [`WITHDRAWN`].
    fn ask(&self, request: ConsentRequest, deadline: Instant, answer: Answer) -> ConsentHandle;

    /// Shows `text` and a stop button on every monitor until the handle is dropped. When it
    /// returns, the banner is on the screen. `on_event` is called from another thread; after
    /// [`BannerEvent::Lost`] nobody can see that the screen is watched, so the session must end.
    fn banner(
        &self,
        text: &str,
        on_event: Box<dyn Fn(BannerEvent) + Send>,
    ) -> Result<BannerHandle, PlatformError>;

    /// Shows a small note for about eight seconds or until the handle is dropped.
    fn note(&self, text: &str) -> Result<NoteHandle, PlatformError>;

    /// Opens the text clipboard; `copied` is told what other programs put there while it listens.
    fn clipboard(&self, copied: Copied) -> Result<Box<dyn Clipboard>, PlatformError>;

    /// Every monitor, for reports; shows and starts nothing.
    fn monitors(&self) -> Result<Vec<MonitorInfo>, PlatformError>;

    /// Whether somebody could answer a question, without asking one.
    fn can_ask(&self) -> Result<(), CannotAsk>;
}

/// The pixels of the monitors that are watched, and the cursor.
pub trait Capture: Send {
    /// All monitors, the primary one first, never none; as of the last [`Capture::wait`] or
    /// [`Capture::grab`].
    fn monitors(&self) -> &[Monitor];

    /// Watches the monitors of these names from the next wait or grab on, each known by its place
    /// in this list, and the primary one for `None` or while there is no such monitor. One that was
    /// watched already goes on being so. Nothing of the others is read.
    fn watch(&mut self, monitors: &[Option<&str>]);

    /// A watched monitor's extent, as of the last [`Capture::wait`] or [`Capture::grab`].
    fn size(&self, at: usize) -> Size;

    /// Blocks until something happens, `deadline` passes (`None`: for ever) or `waker` is woken;
    /// costs nothing meanwhile. Each happening is reported once: damage is not reported again
    /// before the next [`Capture::grab`]. The first picture needs no wait.
    fn wait(&mut self, deadline: Option<Instant>, waker: &Waker) -> Result<Wake, PlatformError>;

    /// Brings the `picture` of a watched monitor up to date and says what changed since its last
    /// grab. The first grab, one after a resize, one after an error and one into a picture of another
    /// size rewrite the whole picture; in the last case the picture is replaced by one of
    /// [`Capture::size`].
    ///
    /// Pass the same picture for the same monitor every time. After an error its content is not to be
    /// used. The cursor is never in it; the alpha byte is 255 everywhere.
    fn grab(&mut self, at: usize, picture: &mut BgraPicture) -> Result<Damage, PlatformError>;

    /// Whether something changed on a watched monitor that came up while another one was grabbed: no
    /// wait tells of it any more.
    fn has_missed(&self, at: usize) -> bool;

    /// The cursor's shape if it changed since the last call; the first call always has one.
    fn cursor(&mut self) -> Result<Option<CursorShape>, PlatformError>;

    /// Where the pointer is on the first watched monitor; `None` while it is on another one.
    fn pointer(&mut self) -> Result<Option<Point>, PlatformError>;
}

/// Hands on the keyboard and the mouse, which points at one monitor.
///
/// It remembers what it holds down, so that a session that ends or stalls leaves nothing pressed.
/// Dropping it releases everything.
pub trait Injector: Send {
    /// Presses or releases a key by its Linux evdev code (position, not letter). A second press
    /// of a held key and a release of one that is not held do nothing.
    fn key(&mut self, evdev: u16, down: bool) -> Result<(), InputError>;

    /// Presses or releases a mouse button, with the same tolerance.
    fn button(&mut self, button: Button, down: bool) -> Result<(), InputError>;

    /// Moves on the monitor of that name from now on, and on the primary one for `None` or while
    /// there is no such monitor.
    fn aim(&mut self, monitor: Option<&str>);

    /// Moves the pointer; a point outside the monitor becomes the nearest one on it.
    fn motion(&mut self, to: Point) -> Result<(), InputError>;

    /// Turns the wheel in 1/120 steps: positive `dx` to the right, positive `dy` downward.
    /// What does not fill a step is kept for the next call, until the direction changes.
    fn wheel(&mut self, dx: i32, dy: i32) -> Result<(), InputError>;

    /// Types text, at most [`MAX_TEXT_CHARS`] characters, whatever the keyboard's layout is. What a
    /// hand types comes at once and in order with keys, and makes shortcuts with a held Ctrl or
    /// Alt; a longer text is typed on a thread of its own and may arrive after keys that were sent
    /// later. Line feed is Enter and tab is Tab; other control characters are left out.
    fn text(&mut self, text: &str) -> Result<(), InputError>;

    /// What is held down by this injector, oldest first.
    fn held(&self) -> Vec<Held>;

    /// Releases everything that it holds and forgets text not yet typed.
    fn release_all(&mut self) -> Result<(), InputError>;

    /// Releases what a predecessor that died left pressed, whoever pressed it.
    fn release(&mut self, left_behind: &[Held]) -> Result<(), InputError>;
}

/// Opens the display called `display`, or the one that the environment names, or
/// [`HEADLESS`]; with [`SCRAP`] before the name through that library. Checks all that the traits above will need, so that a device which cannot be
/// helped says so before anyone tries.
///
/// Open a display once per process: its question and its banner keep out of each other's way
/// through the value returned.
pub fn open(display: Option<&str>) -> Result<Box<dyn Platform>, PlatformError> {
    if display == Some(HEADLESS) {
        return Ok(Box::new(headless::Headless::open()?));
    }
    #[cfg(target_os = "linux")]
    {
        Ok(Box::new(x11::X11::open(display)?))
    }
    #[cfg(not(target_os = "linux"))]
    {
        Err(PlatformError::NotYet {
            system: std::env::consts::OS,
        })
    }
}
