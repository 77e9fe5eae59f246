//! Takes the keyboard from this machine's desktop, so that Super, Alt+Tab and the like reach the
//! window.
//!
//! X gives a keyboard that is taken to one connection only, and the window's own offers no way to
//! take it. So it is a connection of its own, which hands every key on to the window.

use std::error::Error;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xkb::{self, BoolCtrl, ConnectionExt as _, ID, PerClientFlag};
use x11rb::protocol::xproto::{
    ClientMessageEvent, ConnectionExt as _, CreateWindowAux, EventMask, GrabMode, GrabStatus,
    KeyPressEvent, Window, WindowClass,
};
use x11rb::rust_connection::{ConnectionError, ReplyError, ReplyOrIdError, RustConnection};

/// Why the keyboard could not be taken.
#[derive(Debug, thiserror::Error)]
pub(super) enum GrabError {
    /// The display does not answer, or not as it should.
    #[error("the display did not answer")]
    Display(#[source] Box<dyn Error + Send + Sync>),
    /// Somebody else has it, a menu or a screen lock.
    #[error("another program has the keyboard")]
    Taken,
}

impl From<ConnectionError> for GrabError {
    fn from(error: ConnectionError) -> Self {
        Self::Display(error.into())
    }
}

impl From<ReplyError> for GrabError {
    fn from(error: ReplyError) -> Self {
        Self::Display(error.into())
    }
}

impl From<ReplyOrIdError> for GrabError {
    fn from(error: ReplyOrIdError) -> Self {
        Self::Display(error.into())
    }
}

/// The keyboard, taken; it is given back when this is dropped.
pub(super) struct Grab {
    connection: Arc<RustConnection>,
    /// A window that is never shown: a message to it ends the thread.
    bell: Window,
    thread: Option<JoinHandle<()>>,
}

impl Grab {
    /// Takes it for a window of this process.
    pub(super) fn take(window: Window) -> Result<Self, GrabError> {
        let (connection, screen) =
            x11rb::connect(None).map_err(|error| GrabError::Display(error.into()))?;
        // A held key repeats as presses, as it does for the window itself.
        connection.xkb_use_extension(1, 0)?.reply()?;
        let (keyboard, none) = (u16::from(ID::USE_CORE_KBD), BoolCtrl::from(0u32));
        let flag = PerClientFlag::DETECTABLE_AUTO_REPEAT;
        xkb::per_client_flags(&connection, keyboard, flag, flag, none, none, none)?.reply()?;
        let root = connection.setup().roots[screen].root;
        let bell = connection.generate_id()?;
        let (class, look) = (WindowClass::INPUT_ONLY, CreateWindowAux::new());
        connection.create_window(0, bell, root, -1, -1, 1, 1, 0, class, 0, &look)?;
        let now = x11rb::CURRENT_TIME;
        let taken = connection
            .grab_keyboard(false, window, now, GrabMode::ASYNC, GrabMode::ASYNC)?
            .reply()?
            .status;
        if taken != GrabStatus::SUCCESS {
            return Err(GrabError::Taken);
        }
        let connection = Arc::new(connection);
        let keys = connection.clone();
        let thread = thread::Builder::new()
            .name("system keys".to_owned())
            .spawn(move || hand_on(&keys, window, bell))
            .map_err(|error| GrabError::Display(error.into()))?;
        Ok(Self {
            connection,
            bell,
            thread: Some(thread),
        })
    }

    fn give_back(&self) -> Result<(), ConnectionError> {
        self.connection.ungrab_keyboard(x11rb::CURRENT_TIME)?;
        let end = ClientMessageEvent::new(8, self.bell, 1u32, [0u8; 20]);
        self.connection
            .send_event(false, self.bell, EventMask::NO_EVENT, end)?;
        self.connection.flush()
    }
}

impl Drop for Grab {
    fn drop(&mut self) {
        // Where that fails the connection is gone, and with it the grab and the thread's work.
        drop(self.give_back());
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

/// Hands keys on until told to end or the display is gone.
fn hand_on(connection: &RustConnection, window: Window, bell: Window) {
    while let Ok(event) = connection.wait_for_event() {
        if let Event::ClientMessage(message) = &event
            && message.window == bell
        {
            return;
        }
        if let Event::KeyPress(key) | Event::KeyRelease(key) = event
            && send(connection, window, key).is_err()
        {
            return;
        }
    }
}

/// Without a mask an event goes to whoever made the window: the event loop of this process.
fn send(
    connection: &RustConnection,
    window: Window,
    key: KeyPressEvent,
) -> Result<(), ConnectionError> {
    connection.send_event(false, window, EventMask::NO_EVENT, key)?;
    connection.flush()
}
