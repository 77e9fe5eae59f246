//! The clipboard of the X display, by the engine that the viewer has, too.

use farpane_clipboard::Listen;
use farpane_protocol::clipboard::ClipText;

use super::display::socket_name;
use crate::platform::PlatformError;
use crate::platform::clipboard::{Clipboard, Copied};

/// The engine; absent only while this goes.
pub(super) struct X11Clipboard(Option<farpane_clipboard::Clipboard>);

impl X11Clipboard {
    pub(super) fn open(name: &str, copied: Copied) -> Result<Self, PlatformError> {
        let engine = farpane_clipboard::Clipboard::open(Some(&socket_name(name)?), copied)?;
        Ok(Self(Some(engine)))
    }
}

impl Clipboard for X11Clipboard {
    fn put(&self, text: ClipText) {
        if let Some(engine) = &self.0 {
            engine.put(text);
        }
    }

    fn listen(&self, on: bool) {
        let listen = if on { Listen::FromNow } else { Listen::Off };
        if let Some(engine) = &self.0 {
            engine.listen(listen);
        }
    }
}

impl Drop for X11Clipboard {
    fn drop(&mut self) {
        let left = self
            .0
            .take()
            .and_then(farpane_clipboard::Clipboard::hand_over);
        if left.is_some() {
            tracing::debug!("no clipboard manager runs; what was on the clipboard is gone");
        }
    }
}
