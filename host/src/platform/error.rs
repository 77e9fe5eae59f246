//! What can go wrong between the host and the display, in words that a person can act on.

use std::error::Error;

/// A cause that only a log needs.
type Cause = Box<dyn Error + Send + Sync>;

/// The display cannot be used, or not any longer.
#[derive(Debug, thiserror::Error)]
pub enum PlatformError {
    /// Neither an argument nor the environment says where the screen is.
    #[error(
        "no display is named: start the host inside a graphical session, or name one with \
         --display :0"
    )]
    NoDisplay,
    /// Nothing answers there, or it refuses this user.
    #[error(
        "display {name} cannot be reached: check that an X server runs there and that this user \
         may use it (XAUTHORITY)"
    )]
    Unreachable {
        /// The display as it was named.
        name: String,
        /// What the connection said.
        source: Cause,
    },
    /// The X server is only the compatibility layer of a Wayland session.
    #[error(
        "display {name} belongs to a Wayland session, which cannot be shared yet: log in to an \
         X11 session (often called \"on Xorg\" at the login screen)"
    )]
    Wayland {
        /// The display as it was named.
        name: String,
    },
    /// There is no back end for this operating system.
    #[error("{system} cannot be shared yet: this version works on Linux with X11")]
    NotYet {
        /// The operating system's name.
        system: &'static str,
    },
    /// The X server lacks something that we cannot do without.
    #[error("the X server lacks {what}: {fix}")]
    Missing {
        /// The extension and its version.
        what: &'static str,
        /// What the person can do.
        fix: &'static str,
    },
    /// Pixels are not stored as 32-bit little-endian BGRX.
    #[error(
        "the screen uses {bits} bits per pixel at depth {depth}: only 32-bit true colour can be \
         shared; set the X server's depth to 24"
    )]
    PixelFormat {
        /// Bits that one pixel takes in memory.
        bits: u8,
        /// Bits that carry colour.
        depth: u8,
    },
    /// A monitor is larger than any peer would accept.
    #[error("the monitor has {width} by {height} pixels, more than can be shared")]
    TooLarge {
        /// Pixels from left to right.
        width: u32,
        /// Pixels from top to bottom.
        height: u32,
    },
    /// The display was named with `scrap:` before it.
    #[error(
        "this program was built without the capture library scrap: name the display alone \
         ({display}), or build farpane-host with --features scrap"
    )]
    WithoutScrap {
        /// The name without what stands before it.
        display: String,
    },
    /// Another user could have read the screen, or the X server could not.
    #[error(
        "the memory that the library scrap shares with the X server cannot be kept from other \
         users of this device: name the display without \"scrap:\""
    )]
    Exposed(#[source] std::io::Error),
    /// The memory shared with the X server could not be made.
    #[error("memory to share with the X server could not be had")]
    Memory(#[source] std::io::Error),
    /// A thread or a wake-up handle could not be made.
    #[error("the system has no room for another thread or handle")]
    Resources(#[source] std::io::Error),
    /// The clipboard cannot be shared.
    #[error("the clipboard cannot be shared")]
    Clipboard(#[from] farpane_clipboard::ClipboardError),
    /// The X server answered a request with an error.
    #[error("the X server refused a request")]
    Refused(#[source] Cause),
    /// The connection ended.
    #[error("the connection to the display ended")]
    Lost(#[source] Cause),
    /// A window of ours was destroyed by another program.
    #[error("another program closed the window")]
    WindowClosed,
    /// The scripted back end was told to fail.
    #[error("the headless screen was told to fail: {0}")]
    Scripted(String),
}

/// A key, button or text could not be sent.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// The display cannot name that key.
    #[error("key {0} is outside the range that this display knows")]
    UnknownKey(u16),
    /// More text at once than anyone types.
    #[error("text of {0} characters is too long to be typed at once")]
    TextTooLong(usize),
    /// Typing is slow and the queue is full.
    #[error("earlier text is still being typed")]
    TextBusy,
    /// The display has no spare keys to type text with, or typing failed before.
    #[error("text cannot be typed on this display")]
    TextUnavailable,
    /// The display failed.
    #[error(transparent)]
    Platform(#[from] PlatformError),
}
