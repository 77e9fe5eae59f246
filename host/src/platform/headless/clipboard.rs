//! A clipboard in memory: a script copies, and looks at what was put there.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use farpane_protocol::clipboard::{ClipText, NotSent};

use crate::platform::clipboard::{Clipboard, Copied};

/// What a script and the host share.
#[derive(Default)]
pub(super) struct Desk {
    holds: Option<String>,
    listener: Option<Copied>,
    listening: bool,
}

/// The clipboard; clones are the same one.
#[derive(Clone, Default)]
pub(super) struct HeadlessClipboard(Arc<Mutex<Desk>>);

impl HeadlessClipboard {
    fn lock(&self) -> MutexGuard<'_, Desk> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells `copied` from now on, instead of whoever was told before.
    pub(super) fn tell(&self, copied: Copied) {
        self.lock().listener = Some(copied);
    }

    /// A program of the script copies that.
    pub(super) fn copy(&self, text: &str) {
        let mut desk = self.lock();
        desk.holds = Some(text.to_owned());
        let listening = desk.listening;
        if let Some(listener) = desk.listener.as_mut().filter(|_| listening) {
            let copied: Result<ClipText, NotSent> = ClipText::of(text);
            listener(copied);
        }
    }

    /// What is there.
    pub(super) fn holds(&self) -> Option<String> {
        self.lock().holds.clone()
    }
}

impl Clipboard for HeadlessClipboard {
    fn put(&self, text: ClipText) {
        self.lock().holds = Some(text.as_str().to_owned());
    }

    fn listen(&self, on: bool) {
        self.lock().listening = on;
    }
}
