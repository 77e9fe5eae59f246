//! The connection to the display: opening it, waiting on it beside a bell, and its clock.

use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::io::Errno;
use x11rb::connection::{Connection as _, RequestConnection as _};
use x11rb::errors::{ConnectError, ConnectionError, ReplyError, ReplyOrIdError};
use x11rb::protocol::Event;
use x11rb::protocol::xfixes::{self, ConnectionExt as _, SelectionEventMask};
use x11rb::protocol::xproto::{
    AtomEnum, ConnectionExt as _, CreateWindowAux, EventMask, PropMode, Timestamp, Window,
    WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use crate::atoms::Atoms;

/// How long the server may take to tell its time before "now" has to do.
const CLOCK_WAIT: Duration = Duration::from_secs(2);

/// Why the clipboard cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ClipboardError {
    /// There is no such display, or it lets nobody in.
    #[error("the display cannot be reached")]
    Unreachable(#[source] Box<ConnectError>),
    /// It cannot tell when the clipboard changes.
    #[error("the display lacks the XFixes extension")]
    NoXFixes,
    /// It was there and is gone.
    #[error("the display is gone")]
    Lost(#[source] Box<ConnectionError>),
    /// It refused a request.
    #[error("the display refused a request")]
    Refused(#[source] Box<ReplyError>),
    /// The system gave no handle or thread.
    #[error("the system gave no handle or thread")]
    Resources(#[source] io::Error),
}

impl From<ConnectionError> for ClipboardError {
    fn from(error: ConnectionError) -> Self {
        Self::Lost(Box::new(error))
    }
}

impl From<ReplyError> for ClipboardError {
    fn from(error: ReplyError) -> Self {
        match error {
            ReplyError::ConnectionError(error) => error.into(),
            refused @ ReplyError::X11Error(_) => Self::Refused(Box::new(refused)),
        }
    }
}

impl From<ReplyOrIdError> for ClipboardError {
    fn from(error: ReplyOrIdError) -> Self {
        match error {
            ReplyOrIdError::ConnectionError(error) => error.into(),
            ReplyOrIdError::X11Error(error) => ReplyError::X11Error(error).into(),
            ReplyOrIdError::IdsExhausted => {
                Self::Resources(io::Error::other("no window number is left"))
            }
        }
    }
}

/// A bell that any thread may ring.
#[derive(Clone, Debug)]
pub(crate) struct Waker(Arc<OwnedFd>);

impl Waker {
    pub(crate) fn new() -> Result<Self, ClipboardError> {
        let fd = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)
            .map_err(|errno| ClipboardError::Resources(errno.into()))?;
        Ok(Self(Arc::new(fd)))
    }

    pub(crate) fn wake(&self) {
        // The only failure is a counter at its maximum, and then it is rung already.
        let _ = rustix::io::write(&*self.0, &1u64.to_ne_bytes());
    }

    fn take(&self) -> bool {
        rustix::io::read(&*self.0, &mut [0u8; 8]).is_ok()
    }
}

/// Why [`Line::next`] returned.
pub(crate) enum Next {
    /// The server sent this.
    Event(Box<Event>),
    /// The bell was rung.
    Woken,
    /// The deadline passed.
    Deadline,
}

/// A connection with a window that is never shown, which owns and asks.
pub(crate) struct Line {
    pub(crate) conn: RustConnection,
    pub(crate) atoms: Atoms,
    pub(crate) window: Window,
    /// Events that came while the time was awaited.
    early: VecDeque<Event>,
}

impl Line {
    pub(crate) fn open(display: Option<&str>) -> Result<Self, ClipboardError> {
        let (conn, screen) = x11rb::connect(display)
            .map_err(|error| ClipboardError::Unreachable(Box::new(error)))?;
        if conn
            .extension_information(xfixes::X11_EXTENSION_NAME)?
            .is_none()
        {
            return Err(ClipboardError::NoXFixes);
        }
        conn.xfixes_query_version(5, 0)?.reply()?;
        conn.prefetch_maximum_request_bytes();
        let atoms = Atoms::new(&conn)?.reply()?;
        let root = conn.setup().roots[screen].root;
        let mut line = Self {
            conn,
            atoms,
            window: root,
            early: VecDeque::new(),
        };
        line.window = line.new_window(root)?;
        let changes = SelectionEventMask::SET_SELECTION_OWNER;
        line.conn
            .xfixes_select_selection_input(line.window, atoms.CLIPBOARD, changes)?;
        line.conn.flush()?;
        Ok(line)
    }

    /// A window that is never shown and tells when its properties change.
    pub(crate) fn new_window(&self, parent: Window) -> Result<Window, ClipboardError> {
        let window = self.conn.generate_id()?;
        let settings = CreateWindowAux::new().event_mask(EventMask::PROPERTY_CHANGE);
        self.conn.create_window(
            0,
            window,
            parent,
            0,
            0,
            1,
            1,
            0,
            WindowClass::INPUT_ONLY,
            x11rb::COPY_FROM_PARENT,
            &settings,
        )?;
        Ok(window)
    }

    /// The server's time. The conventions want real ones, so that of two programs that take the
    /// clipboard at once the later one has it.
    pub(crate) fn server_time(&mut self) -> Result<Timestamp, ClipboardError> {
        let (window, mark) = (self.window, self.atoms.FARPANE_TIME);
        self.conn
            .change_property8(PropMode::APPEND, window, mark, AtomEnum::STRING, &[])?;
        let until = Instant::now() + CLOCK_WAIT;
        while Instant::now() < until {
            match self.conn.poll_for_event()? {
                Some(Event::PropertyNotify(event))
                    if event.window == window && event.atom == mark =>
                {
                    return Ok(event.time);
                }
                Some(other) => self.early.push_back(other),
                None => self.block(Some(until), None)?,
            }
        }
        Ok(x11rb::CURRENT_TIME)
    }

    /// The bell, the deadline, or the next event; in this order, so that no flood of events holds
    /// up the others.
    pub(crate) fn next(
        &mut self,
        deadline: Option<Instant>,
        waker: &Waker,
    ) -> Result<Next, ClipboardError> {
        loop {
            if waker.take() {
                return Ok(Next::Woken);
            }
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return Ok(Next::Deadline);
            }
            let event = match self.early.pop_front() {
                Some(event) => Some(event),
                None => self.conn.poll_for_event()?,
            };
            match event {
                // Of a window whose program is gone: its transfer ends by its deadline.
                Some(Event::Error(error)) => tracing::debug!(?error, "a request was refused"),
                Some(event) => return Ok(Next::Event(Box::new(event))),
                None => self.block(deadline, Some(waker))?,
            }
        }
    }

    fn block(
        &self,
        deadline: Option<Instant>,
        waker: Option<&Waker>,
    ) -> Result<(), ClipboardError> {
        self.conn.flush()?;
        let stream = self.conn.stream().as_fd();
        let mut polled = vec![PollFd::from_borrowed_fd(stream, PollFlags::IN)];
        if let Some(waker) = waker {
            polled.push(PollFd::from_borrowed_fd(waker.0.as_fd(), PollFlags::IN));
        }
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let timeout = left.map(|left| Timespec {
            tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: left.subsec_nanos().into(),
        });
        match poll(&mut polled, timeout.as_ref()) {
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(errno) => Err(ClipboardError::Resources(errno.into())),
        }
    }
}
