//! A real browser, Chromium, driven by a test through chromedriver: an empty profile that trusts
//! one directory's authority besides the usual ones, and nothing loosened.
//!
//! It keeps a list of complaints (see [`watch`]); a test that is done calls [`Browser::finish`],
//! which fails if there are any. Browser and driver end with the value, however the test ends.

pub mod axe;
pub mod look;
pub mod page;
pub mod passkey;
pub mod trust;
pub mod watch;

use std::fs;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};
use rustix::process::{Pid, Signal, getuid, kill_process_group, test_kill_process};
use thirtyfour::common::capabilities::chromium::ChromiumLikeCapabilities as _;
use thirtyfour::prelude::*;
use thirtyfour::{ChromeCapabilities, LoggingPrefsLogLevel};
use tokio::runtime::Runtime;

use super::estate::Estate;
use super::process::Process;
use super::wait_until;

/// How long Chromium and its driver may take to start on a busy machine.
const START_WAIT: Duration = Duration::from_secs(30);
/// How long one answer of the driver may take; page loads are the longest.
const ANSWER_WAIT: Duration = Duration::from_secs(60);
/// How long a page may take to show what a test waits for.
pub const PAGE_WAIT: Duration = Duration::from_secs(20);
/// How long the browser's processes may take to go.
const END_WAIT: Duration = Duration::from_secs(10);

/// What is switched off: the outside world, and what a machine without a screen lacks. Nothing
/// here loosens a check of a page or of a certificate.
const ARGUMENTS: &[&str] = &[
    "--headless",
    // Its end is the browser's end, also where nothing is left to end it: a test that was killed.
    "--remote-debugging-pipe",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--hide-scrollbars",
    "--window-size=1280,900",
];

impl Estate {
    /// Starts a browser that trusts this directory; its folder has that name.
    pub fn browser(&self, name: &str) -> Result<Browser> {
        self.browser_with(name, &[])
    }

    /// The same with further switches of Chromium.
    pub fn browser_with(&self, name: &str, switches: &[&str]) -> Result<Browser> {
        let directory = self.folder().join("directory");
        Browser::start(&self.folder().join(name), self.url(), &directory, switches)
    }
}

/// A running browser with one window.
pub struct Browser {
    driver: Option<WebDriver>,
    runtime: Runtime,
    // Before the folder that it writes into.
    _chromedriver: Process,
    chromium: Option<Pid>,
    origin: String,
    folder: PathBuf,
    complaints: Vec<String>,
    excused: Vec<String>,
}

impl Browser {
    /// Starts a browser whose profile lies in `folder`, with further switches, for the directory
    /// at `origin` whose data folder is `directory`.
    pub fn start(folder: &Path, origin: &str, directory: &Path, switches: &[&str]) -> Result<Self> {
        farpane_certs::install_provider();
        let home = folder.join("home");
        fs::create_dir_all(&home)?;
        trust::trust(&home, &trust::authority(directory)?)?;

        let mut command = Command::new("chromedriver");
        command.arg("--port=0").env("HOME", &home);
        // Chromium looks there for its settings before it looks below HOME.
        for name in ["XDG_CONFIG_HOME", "XDG_CACHE_HOME", "DISPLAY"] {
            command.env_remove(name);
        }
        let log = folder.join("chromedriver.log");
        let mut chromedriver = Process::start("chromedriver", &command, &log)?;
        let line = chromedriver.expect_line("started successfully on port", START_WAIT);
        let port = line
            .rsplit(' ')
            .next()
            .map(|word| word.trim_end_matches('.'))
            .context("chromedriver names no port")?;

        let mut wishes = ChromeCapabilities::new();
        for argument in ARGUMENTS.iter().chain(switches) {
            wishes.add_arg(argument)?;
        }
        if getuid().is_root() {
            wishes.add_arg("--no-sandbox")?; // Chromium's sandbox does not start as root
        }
        let profile = folder.join("profile");
        wishes.add_arg(&format!("--user-data-dir={}", profile.display()))?;
        wishes.set_logging_prefs("browser", LoggingPrefsLogLevel::All)?;
        wishes.set_logging_prefs("performance", LoggingPrefsLogLevel::All)?;
        // A question that a page opens stays open, so that it is noticed.
        wishes.set("unhandledPromptBehavior", "ignore")?;

        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let server = format!("http://127.0.0.1:{port}");
        let driver = runtime.block_on(
            WebDriver::builder(server, wishes)
                .request_timeout(ANSWER_WAIT)
                .connect(),
        );
        let driver = driver.context("Chromium does not start")?;
        let chromium = driver
            .capabilities()
            .get("goog:processID")
            .and_then(serde_json::Value::as_i64)
            .and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        let mut browser = Self {
            driver: Some(driver),
            runtime,
            _chromedriver: chromedriver,
            chromium,
            origin: origin.to_owned(),
            folder: folder.to_path_buf(),
            complaints: Vec::new(),
            excused: Vec::new(),
        };
        // The first window shows a page of the browser's own; what it loads is not ours.
        browser.open_url("about:blank")?;
        browser.forget_complaints();
        Ok(browser)
    }

    /// The address of the directory, without a slash at the end.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    fn driver(&self) -> &WebDriver {
        self.driver.as_ref().expect("the driver goes last")
    }

    /// Asks the driver for something and waits for the answer.
    fn ask<T>(&self, question: impl Future<Output = WebDriverResult<T>>) -> Result<T> {
        Ok(self.runtime.block_on(question)?)
    }

    /// Speaks the browser's own protocol, for what the driver has no word for.
    pub fn protocol(&self, method: &str, words: serde_json::Value) -> Result<serde_json::Value> {
        let protocol = self.driver().cdp();
        self.ask(protocol.send_raw(method, words))
    }

    /// Ends the browser; fails if it had anything to complain about.
    #[track_caller]
    pub fn finish(mut self) {
        let complaints = self.complaints();
        assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    }

    /// Keeps what the window shows in the folder that `FARPANE_SHOTS` names, if it names one.
    fn keep_shot(&self) {
        if let Some(shots) = std::env::var_os("FARPANE_SHOTS") {
            let name = self.folder.file_name().unwrap_or_default();
            let file = Path::new(&shots).join(name).with_extension("png");
            drop(self.shot(&file)); // a picture more or less does not change the result
        }
    }

    /// Writes what the window shows as a PNG.
    pub fn shot(&self, file: &Path) -> Result<()> {
        self.ask(self.driver().screenshot(file))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.keep_shot();
            eprintln!(
                "---- the browser's complaints\n{}",
                self.complaints().join("\n")
            );
        }
        if let Some(driver) = self.driver.take() {
            drop(self.runtime.block_on(driver.quit())); // what is left is killed below
        }
        // Chromium leads its own process group, so nothing else is hit.
        if let Some(chromium) = self.chromium {
            kill_process_group(chromium, Signal::KILL).ok(); // it has mostly ended already
            if !std::thread::panicking() {
                wait_until("Chromium to end", END_WAIT, || {
                    test_kill_process(chromium).is_err()
                });
            }
        }
    }
}
