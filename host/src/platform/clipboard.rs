//! The text clipboard of the person at the device, as every back end understands it.

use farpane_protocol::clipboard::{ClipText, NotSent};

/// Where texts go that another program put on the clipboard; called from another thread.
pub type Copied = Box<dyn FnMut(Result<ClipText, NotSent>) + Send>;

/// The clipboard of one display. It is never emptied: what was put there stays until another
/// program puts something else there.
pub trait Clipboard: Send {
    /// Puts a text there. It is not told as copied.
    fn put(&self, text: ClipText);

    /// Whether what is copied from now on is read and told; at first it is not.
    fn listen(&self, on: bool);
}
