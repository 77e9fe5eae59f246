//! The clipboard in the helper: opened by the first session that may use it, kept as long as the
//! helper lives so that what was put there stays, and closed to both directions between sessions.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use farpane_protocol::clipboard::{ClipText, NotSent};

use super::Upward;
use crate::ipc::{FromHelper, Shared};
use crate::platform::{Clipboard, Platform};

/// The person's clipboard and what the session may do with it.
#[derive(Default)]
pub(super) struct Clips {
    clipboard: Option<Box<dyn Clipboard>>,
    /// Whether the session may put text there.
    into: bool,
    /// Whether the session may read what is copied; shared with the thread that reads.
    out: Arc<AtomicBool>,
}

impl Clips {
    /// A session begins, with these rights. What was copied before it is not read.
    pub(super) fn start(&mut self, platform: &dyn Platform, upward: &Upward, shared: Shared) {
        self.into = shared.into;
        self.out.store(shared.out, Ordering::Release);
        if !shared.into && !shared.out {
            return;
        }
        if self.clipboard.is_none() {
            let (upward, out) = (upward.clone(), self.out.clone());
            let copied = move |copied| tell(&upward, &out, copied);
            match platform.clipboard(Box::new(copied)) {
                Ok(clipboard) => self.clipboard = Some(clipboard),
                // The session is worth having without it.
                Err(error) => tracing::warn!(%error, "the clipboard cannot be shared"),
            }
        }
        if let Some(clipboard) = &self.clipboard {
            clipboard.listen(shared.out);
        }
    }

    /// Puts a text of the viewer on the clipboard, if the session may.
    pub(super) fn put(&self, text: ClipText) {
        if let Some(clipboard) = self.clipboard.as_ref().filter(|_| self.into) {
            clipboard.put(text);
        }
    }

    /// Stops reading at once, from any thread.
    pub(super) fn brake(&self) -> Arc<AtomicBool> {
        self.out.clone()
    }

    /// The session is over. The clipboard keeps what it has.
    pub(super) fn stop(&mut self) {
        self.into = false;
        self.out.store(false, Ordering::Release);
        if let Some(clipboard) = &self.clipboard {
            clipboard.listen(false);
        }
    }
}

fn tell(upward: &Upward, out: &AtomicBool, copied: Result<ClipText, NotSent>) {
    if !out.load(Ordering::Acquire) {
        return;
    }
    match copied {
        Ok(text) => upward.tell(&FromHelper::Copied(text)),
        Err(NotSent::TooLong { bytes }) => upward.tell(&FromHelper::CopiedTooLong(bytes)),
        Err(NotSent::Empty) => {}
    }
}
