//! Programs that copy and paste at a display: those that people have (xclip, xsel), and one that
//! marks what it copies as secret, as password managers do.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread::JoinHandle;

use anyhow::{Context as _, Result, ensure};
use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ConnectionExt as _, CreateWindowAux, EventMask, PropMode,
    SELECTION_NOTIFY_EVENT, SelectionNotifyEvent, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

/// A program that copies and pastes.
#[derive(Clone, Copy, Debug)]
pub enum Tool {
    /// Gives texts up to a megabyte in one piece.
    Xclip,
    /// Gives long texts in many pieces (INCR).
    Xsel,
}

impl Tool {
    fn command(self, display: &str, copies: bool) -> Command {
        // A program that hangs in an exchange must not hang the test.
        let mut command = Command::new("timeout");
        match self {
            Self::Xclip if copies => command.args(["0", "xclip", "-selection", "clipboard", "-i"]),
            Self::Xclip => command.args(["10", "xclip", "-selection", "clipboard", "-o"]),
            Self::Xsel if copies => command.args(["0", "xsel", "--clipboard", "--input"]),
            Self::Xsel => command.args(["10", "xsel", "--clipboard", "--output"]),
        };
        command.env("DISPLAY", display).stderr(Stdio::null());
        command
    }

    /// Copies a text; the program stays behind to give it.
    pub fn copy(self, display: &str, text: &str) -> Result<()> {
        let mut command = self.command(display, true);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()?;
        let mut stdin = child.stdin.take().context("it takes no text")?;
        stdin.write_all(text.as_bytes())?;
        drop(stdin);
        ensure!(child.wait()?.success(), "{self:?} does not copy");
        Ok(())
    }

    /// What pasting would give now.
    pub fn paste(self, display: &str) -> String {
        let output = self.command(display, false).output();
        let bytes = output.map(|output| output.stdout).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// A program that has a secret on the clipboard, until dropped.
pub struct PasswordManager {
    stop: mpsc::SyncSender<()>,
    thread: Option<JoinHandle<()>>,
}

impl PasswordManager {
    /// Copies a secret.
    pub fn copy(display: &str, secret: &str) -> Result<Self> {
        let (conn, screen) = RustConnection::connect(Some(display))?;
        let root = conn.setup().roots[screen].root;
        let window = conn.generate_id()?;
        let nothing = CreateWindowAux::new();
        conn.create_window(
            0,
            window,
            root,
            0,
            0,
            1,
            1,
            0,
            WindowClass::INPUT_ONLY,
            x11rb::COPY_FROM_PARENT,
            &nothing,
        )?;
        let atom = |name: &str| -> Result<Atom> {
            Ok(conn.intern_atom(false, name.as_bytes())?.reply()?.atom)
        };
        let [clipboard, targets, text, hint] = [
            atom("CLIPBOARD")?,
            atom("TARGETS")?,
            atom("UTF8_STRING")?,
            atom("x-kde-passwordManagerHint")?,
        ];
        conn.set_selection_owner(window, clipboard, x11rb::CURRENT_TIME)?;
        ensure!(conn.get_selection_owner(clipboard)?.reply()?.owner == window);
        let (stop, stopped) = mpsc::sync_channel(1); // one word: stop
        let secret = secret.to_owned();
        let serve = move || -> Result<()> {
            while stopped.try_recv() == Err(mpsc::TryRecvError::Empty) {
                let Some(event) = conn.poll_for_event()? else {
                    std::thread::sleep(super::LOOK_EVERY);
                    continue;
                };
                let Event::SelectionRequest(asked) = event else {
                    continue;
                };
                let (to, into) = (asked.requestor, asked.property);
                let replace = PropMode::REPLACE;
                if asked.target == targets {
                    let forms = [targets, text, hint];
                    conn.change_property32(replace, to, into, AtomEnum::ATOM, &forms)?;
                } else if asked.target == hint {
                    conn.change_property8(replace, to, into, hint, b"secret")?;
                } else {
                    conn.change_property8(replace, to, into, text, secret.as_bytes())?;
                }
                let answer = SelectionNotifyEvent {
                    response_type: SELECTION_NOTIFY_EVENT,
                    sequence: 0,
                    time: asked.time,
                    requestor: to,
                    selection: asked.selection,
                    target: asked.target,
                    property: into,
                };
                conn.send_event(false, to, EventMask::NO_EVENT, answer)?;
                conn.flush()?;
            }
            Ok(())
        };
        // It ends with the display at the latest.
        let thread = std::thread::spawn(move || drop(serve()));
        Ok(Self {
            stop,
            thread: Some(thread),
        })
    }
}

impl Drop for PasswordManager {
    fn drop(&mut self) {
        self.stop.try_send(()).ok(); // it may have ended already
        drop(self.thread.take().map(JoinHandle::join));
    }
}
