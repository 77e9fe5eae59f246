//! A program that a test started: its output in a file, its end with the test's.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use rustix::process::{Pid, Signal, kill_process};

use super::wait_for;

/// Where the product's programs are: `FARPANE_BIN_DIR`, or beside the running test.
pub fn programs() -> PathBuf {
    if let Some(folder) = std::env::var_os("FARPANE_BIN_DIR") {
        return folder.into();
    }
    let me = std::env::current_exe().expect("a running program has a path");
    let folder = me.parent().expect("a program lies in a folder");
    let folder = if folder.ends_with("deps") {
        folder.parent().unwrap_or(folder)
    } else {
        folder
    };
    folder.to_path_buf()
}

/// A product's program by its name.
pub fn program(name: &str) -> PathBuf {
    programs().join(name)
}

/// How a program that was run to its end ended.
#[derive(Debug)]
pub struct Ended {
    /// Exit code; -1 when a signal ended it.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Ended {
    /// The result: the last line of standard output.
    pub fn result(&self) -> &str {
        self.stdout.trim_end().lines().last().unwrap_or("")
    }

    /// The result of a program that must have ended well.
    #[track_caller]
    pub fn expect_done(&self) -> &str {
        assert_eq!(self.code, 0, "{}", self.stderr);
        self.result()
    }
}

/// Runs a program to its end.
pub fn run(mut command: Command) -> Ended {
    let output = command.stdin(Stdio::null()).output();
    let output = output.unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
    Ended {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// A program that runs beside the test; killed when this value goes.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts it; its output goes to `log`. It also dies when the test is killed.
    pub fn start(name: &str, command: &Command, log: &Path) -> Result<Self> {
        let file = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
        let mut wrapped = Command::new("setpriv");
        wrapped
            .args(["--pdeathsig", "KILL"])
            .arg(command.get_program())
            .args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => wrapped.env(name, value),
                None => wrapped.env_remove(name),
            };
        }
        let child = wrapped
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        Ok(Self {
            name: name.to_owned(),
            child,
            log: log.to_path_buf(),
        })
    }

    /// What it printed so far.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        if let Some(pid) = pid {
            kill_process(pid, signal).ok(); // it may have ended already
        }
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits for a line in its output that contains `text`.
    #[track_caller]
    pub fn expect_line(&mut self, text: &str, longest: Duration) -> String {
        let found = wait_for(&format!("\"{text}\" from {}", self.name), longest, || {
            let log = self.log();
            let line = log
                .lines()
                .find(|line| line.contains(text))
                .map(str::to_owned);
            if line.is_none() && !self.is_running() {
                return Some(Err(anyhow!("{} ended:\n{log}", self.name)));
            }
            line.map(Ok)
        });
        found.unwrap_or_else(|error| panic!("{error:#}"))
    }

    /// Waits for its end.
    #[track_caller]
    pub fn expect_end(&mut self, longest: Duration) -> ExitStatus {
        wait_for(&format!("the end of {}", self.name), longest, || {
            self.child.try_wait().ok().flatten()
        })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().ok(); // it may have ended already
        drop(self.child.wait());
        if std::thread::panicking() {
            eprintln!(
                "---- {} ({})\n{}",
                self.name,
                self.log.display(),
                self.log()
            );
        }
    }
}
