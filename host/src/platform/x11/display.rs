//! One connection to an X server: opening it, waiting on it, and what its failures mean to us.

use std::os::fd::AsFd as _;
use std::sync::Arc;
use std::time::Instant;

use x11rb::connection::{Connection as _, RequestConnection as _};
use x11rb::errors::{ConnectError, ConnectionError, ReplyError, ReplyOrIdError};
use x11rb::protocol::Event;
use x11rb::protocol::randr::ConnectionExt as _;
use x11rb::protocol::xproto::{ConnectionExt as _, ImageOrder, Screen, VisualClass};
use x11rb::rust_connection::RustConnection;

use crate::platform::waker::wait_readable;
use crate::platform::{PlatformError, Waker};

/// Cuts a connection's life from everything else that the process does.
pub(super) struct Display {
    pub(super) conn: Arc<RustConnection>,
    /// Its name in the form that means its Unix socket only.
    #[cfg(feature = "scrap")]
    pub(super) socket: String,
    screen: usize,
}

/// Why [`Display::next`] returned.
pub(super) enum Next {
    /// The server sent this.
    Event(Event),
    /// The waker was rung.
    Woken,
    /// The deadline passed.
    Deadline,
}

impl Display {
    /// Connects to a display of this machine: `:0`, `:0.1`, `unix:0`.
    pub(super) fn open(name: &str) -> Result<Self, PlatformError> {
        let socket = socket_name(name)?;
        let (conn, screen) =
            x11rb::connect(Some(&socket)).map_err(|error| unreachable(name, error))?;
        Ok(Self {
            conn: Arc::new(conn),
            #[cfg(feature = "scrap")]
            socket,
            screen,
        })
    }

    pub(super) fn screen(&self) -> &Screen {
        // x11rb refuses to connect to a screen that does not exist.
        &self.conn.setup().roots[self.screen]
    }

    pub(super) fn screen_number(&self) -> usize {
        self.screen
    }

    pub(super) fn root(&self) -> u32 {
        self.screen().root
    }

    pub(super) fn has(&self, extension: &'static str) -> Result<bool, PlatformError> {
        Ok(self.conn.extension_information(extension)?.is_some())
    }

    /// Fails with a sentence when an extension is missing.
    pub(super) fn require(
        &self,
        extension: &'static str,
        what: &'static str,
        fix: &'static str,
    ) -> Result<(), PlatformError> {
        if self.has(extension)? {
            Ok(())
        } else {
            Err(PlatformError::Missing { what, fix })
        }
    }

    /// Below Wayland an X server shows only its own windows: sharing that would look like a
    /// working session with a black screen.
    pub(super) fn refuse_wayland(&self, name: &str) -> Result<(), PlatformError> {
        let wayland = || PlatformError::Wayland {
            name: name.to_owned(),
        };
        if self.has("XWAYLAND")? {
            return Err(wayland());
        }
        if self.has(x11rb::protocol::randr::X11_EXTENSION_NAME)? {
            // Servers older than that extension still call their outputs so.
            let monitors = self
                .conn
                .randr_get_monitors(self.root(), true)?
                .reply()?
                .monitors;
            for monitor in monitors {
                let name = self.conn.get_atom_name(monitor.name)?.reply()?.name;
                if name.starts_with(b"XWAYLAND") {
                    return Err(wayland());
                }
            }
        }
        Ok(())
    }

    /// Pictures and windows are copied as 32-bit little-endian BGRX; anything else is refused
    /// rather than shown in wrong colours.
    pub(super) fn check_pixels(&self) -> Result<(), PlatformError> {
        let setup = self.conn.setup();
        let screen = self.screen();
        let depth = screen.root_depth;
        let format = setup
            .pixmap_formats
            .iter()
            .find(|format| format.depth == depth);
        let bits = format.map_or(0, |format| format.bits_per_pixel);
        let visuals = screen
            .allowed_depths
            .iter()
            .flat_map(|depth| &depth.visuals);
        let bgrx = visuals
            .filter(|visual| visual.visual_id == screen.root_visual)
            .any(|visual| {
                visual.class == VisualClass::TRUE_COLOR
                    && (visual.red_mask, visual.green_mask, visual.blue_mask)
                        == (0x00ff_0000, 0xff00, 0xff)
            });
        let order = setup.image_byte_order == ImageOrder::LSB_FIRST;
        if bits == 32 && bgrx && order && cfg!(target_endian = "little") {
            return Ok(());
        }
        Err(PlatformError::PixelFormat { bits, depth })
    }

    /// The next event, or the waker, or the deadline; the last two go first, so that no flood
    /// of events can hold them up.
    pub(super) fn next(
        &self,
        deadline: Option<Instant>,
        waker: &Waker,
    ) -> Result<Next, PlatformError> {
        loop {
            if waker.take() {
                return Ok(Next::Woken);
            }
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return Ok(Next::Deadline);
            }
            if let Some(event) = self.conn.poll_for_event()? {
                return Ok(Next::Event(event));
            }
            self.block(deadline, waker)?;
        }
    }

    /// Blocks until bytes come from the server, the waker rings or the deadline passes. Only to
    /// be called when no event is queued on our side.
    pub(super) fn block(
        &self,
        deadline: Option<Instant>,
        waker: &Waker,
    ) -> Result<(), PlatformError> {
        self.conn.flush()?;
        wait_readable([self.conn.stream().as_fd(), waker.as_fd()], deadline)
            .map_err(PlatformError::Resources)
    }
}

/// Whether an event is the error of a request whose reply nobody awaits; noted for the log.
pub(super) fn is_error(event: &Event) -> bool {
    if let Event::Error(error) = event {
        tracing::debug!(?error, "the X server refused a request");
        return true;
    }
    false
}

/// The display's name in the form that means its Unix socket only. Of `:0`, x11rb would also try
/// a TCP port on this machine, where any user may listen; and what lies across a network cannot
/// share memory with us, whoever forwards it.
pub(super) fn socket_name(name: &str) -> Result<String, PlatformError> {
    if name.starts_with('/') || name.starts_with("unix:/") {
        return Ok(name.to_owned()); // The path of a socket.
    }
    match name.split_once(':') {
        Some(("" | "unix" | "unix/", number)) => Ok(format!("unix/:{number}")),
        Some(_) => Err(PlatformError::Missing {
            what: "shared memory, because it is reached over a network",
            fix: "start the host in a session on this machine's own screen",
        }),
        None => Ok(name.to_owned()), // Not a display's name; x11rb says so.
    }
}

fn unreachable(name: &str, error: ConnectError) -> PlatformError {
    PlatformError::Unreachable {
        name: name.to_owned(),
        source: Box::new(error),
    }
}

impl From<ConnectionError> for PlatformError {
    fn from(error: ConnectionError) -> Self {
        Self::Lost(Box::new(error))
    }
}

impl From<ReplyError> for PlatformError {
    fn from(error: ReplyError) -> Self {
        match error {
            ReplyError::ConnectionError(error) => error.into(),
            refused @ ReplyError::X11Error(_) => Self::Refused(Box::new(refused)),
        }
    }
}

impl From<ReplyOrIdError> for PlatformError {
    fn from(error: ReplyOrIdError) -> Self {
        match error {
            ReplyOrIdError::ConnectionError(error) => error.into(),
            refused @ (ReplyOrIdError::IdsExhausted | ReplyOrIdError::X11Error(_)) => {
                Self::Refused(Box::new(refused))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_of_this_machine_is_reached_by_its_socket_alone() {
        for (name, socket) in [
            (":5.1", "unix/:5.1"),
            ("unix:0", "unix/:0"),
            ("/x/0", "/x/0"),
        ] {
            assert_eq!(socket_name(name).expect("local"), socket);
        }
        for forwarded in ["localhost:10.0", "[::1]:60000", "far/unix:0", "tcp/:0"] {
            assert!(socket_name(forwarded).is_err(), "{forwarded}");
        }
        assert!(matches!(
            Display::open("screen"),
            Err(PlatformError::Unreachable { .. })
        ));
    }
}
