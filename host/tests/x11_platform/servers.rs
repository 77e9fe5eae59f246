//! Starts X servers for one test and ends them with it.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use farpane_host::platform::{Platform, open};

use crate::client::Client;

/// A running X server.
pub(crate) struct Server {
    child: Child,
    pub(crate) display: String,
}

impl Server {
    /// A bare screen of 1280×800.
    pub(crate) fn xvfb() -> Self {
        Self::xvfb_with(&["-screen", "0", "1280x800x24"])
    }

    /// A bare screen of that size.
    pub(crate) fn xvfb_of(width: u32, height: u32) -> Self {
        Self::xvfb_with(&["-screen", "0", &format!("{width}x{height}x24")])
    }

    /// One that lacks an extension.
    pub(crate) fn xvfb_without(extension: &str) -> Self {
        Self::xvfb_with(&["-screen", "0", "1280x800x24", "-extension", extension])
    }

    /// One with fewer colours.
    pub(crate) fn xvfb_with_depth(depth: u8) -> Self {
        Self::xvfb_with(&["-screen", "0", &format!("1280x800x{depth}")])
    }

    fn xvfb_with(arguments: &[&str]) -> Self {
        let mut command = Command::new("Xvfb");
        command
            .args(arguments)
            .args(["-nolisten", "tcp", "-noreset"]);
        Self::start(command, "xvfb")
    }

    fn start(mut command: Command, package: &str) -> Self {
        command
            .args(["-displayfd", "1"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().unwrap_or_else(|error| {
            panic!("{command:?} does not start ({error}): install the package {package}")
        });
        let stdout = child.stdout.take().expect("piped");
        let mut number = String::new();
        BufReader::new(stdout)
            .read_line(&mut number)
            .expect("the server's output");
        assert!(!number.is_empty(), "{command:?} ended before it was ready");
        Self {
            child,
            display: format!(":{}", number.trim()),
        }
    }

    pub(crate) fn platform(&self) -> Box<dyn Platform> {
        open(Some(&self.display)).expect("the display opens")
    }

    #[cfg(feature = "scrap")]
    pub(crate) fn platform_by_scrap(&self) -> Box<dyn Platform> {
        let name = format!("{}{}", farpane_host::platform::SCRAP, self.display);
        open(Some(&name)).expect("the display opens")
    }

    pub(crate) fn client(&self) -> Client {
        Client::connect(&self.display)
    }

    /// Ends it now, as a crash would.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ran");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have been killed already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An X server in a window of another one: what XTEST does outside is a person's hand inside.
pub(crate) struct Nested {
    pub(crate) inner: Server,
    outer: Server,
    pub(crate) hand: Client,
}

impl Nested {
    /// An inner screen of 1024×700 in the upper left corner of the outer one.
    pub(crate) fn start() -> Self {
        let outer = Server::xvfb();
        let mut command = Command::new("Xephyr");
        command.env("DISPLAY", &outer.display).args([
            "-screen",
            "1024x700",
            "-resizeable",
            "-no-host-grab",
            "-nolisten",
            "tcp",
            "-noreset",
        ]);
        let inner = Server::start(command, "xserver-xephyr");
        let hand = outer.client();
        let nested = Self { inner, outer, hand };
        nested.hand.move_to(1, 1);
        nested
    }

    /// Gives the inner server's window another extent, as dragging its frame would.
    pub(crate) fn resize_window(&self, width: u32, height: u32) {
        let client = self.outer.client();
        let window = client
            .children()
            .into_iter()
            .next()
            .expect("the inner server's window");
        client.resize(window, width, height);
    }
}
