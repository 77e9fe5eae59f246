//! The technician's clipboard in a session: read only while they are at the window, written only
//! while they look at it, and kept when the session is over.
//!
//! A hostile device must not get what was copied for another program, nor change what is about to
//! be pasted elsewhere. So the window says how present the technician is.

use farpane_clipboard::{Clipboard, Listen};
use farpane_protocol::clipboard::{ClipText, NotSent};
use farpane_protocol::scope::{Scope, ScopeSet};
use farpane_protocol::session::clipboard::Outgoing;
use tokio::sync::watch;

use crate::keeper;

/// How present the technician is at the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// They switched the clipboard off for this window.
    Off,
    /// Another window has the keyboard.
    Away,
    /// This window has the keyboard.
    Looking,
    /// It has, and they pressed a key or button for the device in this session.
    AtHand,
}

/// What another program on this machine copied, or why it is not sent.
type Copied = Option<Result<ClipText, NotSent>>;

/// The clipboard of this machine and what waits on both sides of it.
pub(super) struct Clips {
    clipboard: Option<Clipboard>,
    scopes: ScopeSet,
    presence: Presence,
    /// Came from the device while nobody looked.
    held: Option<ClipText>,
    copied: (watch::Sender<Copied>, watch::Receiver<Copied>),
    texts: watch::Sender<Option<Outgoing>>,
}

impl Clips {
    /// Nothing is opened before there is a right; texts for the device go to `texts`.
    pub(super) fn new(texts: watch::Sender<Option<Outgoing>>, presence: Presence) -> Self {
        Self {
            clipboard: None,
            scopes: ScopeSet::EMPTY,
            presence,
            held: None,
            copied: watch::channel(None),
            texts,
        }
    }

    /// The session has these rights.
    pub(super) fn start(&mut self, scopes: ScopeSet) {
        self.scopes = scopes.intersect(ScopeSet::CLIPBOARD);
        if self.scopes.is_empty() || self.clipboard.is_some() || on_wayland() {
            return;
        }
        let tell = self.copied.0.clone();
        let copied = move |copied| drop(tell.send_replace(Some(copied)));
        match Clipboard::open(None, copied) {
            Ok(clipboard) => self.clipboard = Some(clipboard),
            Err(error) => tracing::warn!(%error, "the clipboard of this machine is not shared"),
        }
        self.be(self.presence);
    }

    /// The technician came, acted or went.
    pub(super) fn be(&mut self, presence: Presence) {
        self.presence = presence;
        let Some(clipboard) = &self.clipboard else {
            return;
        };
        let reads = presence == Presence::AtHand && self.scopes.has(Scope::ClipboardIn);
        clipboard.listen(if reads {
            Listen::WithUnread
        } else {
            Listen::Off
        });
        match presence {
            Presence::Off => self.held = None,
            Presence::Away => {}
            Presence::Looking | Presence::AtHand => {
                if let Some(text) = self.held.take() {
                    clipboard.put(text);
                }
            }
        }
    }

    /// The next text that is copied on this machine while the technician is at the window.
    pub(super) async fn copied(&mut self) -> Result<ClipText, NotSent> {
        // What was read just before the technician went waits until they are back.
        while self.presence == Presence::AtHand && self.copied.1.changed().await.is_ok() {
            let copied = self.copied.1.borrow_and_update().clone();
            if let Some(copied) = copied {
                return copied;
            }
        }
        std::future::pending().await
    }

    /// Sends a text to the device, instead of one that is on its way.
    pub(super) fn send(&self, text: Outgoing) {
        self.texts.send_replace(Some(text));
    }

    /// A text came from the device.
    pub(super) fn put(&mut self, text: ClipText) {
        match (self.presence, &self.clipboard) {
            (Presence::Looking | Presence::AtHand, Some(clipboard)) => clipboard.put(text),
            (Presence::Away, Some(_)) => self.held = Some(text),
            (Presence::Off, _) | (_, None) => {}
        }
    }

    /// The session is over: what is on the clipboard stays there after this program, too.
    pub(super) async fn finish(&mut self) {
        let Some(clipboard) = self.clipboard.take() else {
            return;
        };
        let left = tokio::task::spawn_blocking(move || {
            if let Some(text) = clipboard.hand_over()
                && let Err(error) = keeper::start(&text)
            {
                tracing::warn!(%error, "the clipboard does not keep the device's text");
            }
        });
        if left.await.is_err() {
            tracing::warn!("the clipboard could not be left in order");
        }
    }
}

/// There the window system has no clipboard that this version knows.
fn on_wayland() -> bool {
    let named = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    named("WAYLAND_DISPLAY") || named("WAYLAND_SOCKET")
}
