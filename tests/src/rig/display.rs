//! X displays for tests: virtual ones, and nested ones at which a person can sit.
//!
//! Input that a test sends by XTEST to the display *around* a nested one arrives inside as input
//! of a real device, which is what tells a person from a program.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use super::process::Process;
use super::wait_for;

/// How long an X server may take to start.
const START_WAIT: Duration = Duration::from_secs(15);

/// A running X server.
#[derive(Debug)]
pub struct Display {
    name: String,
    server: Process,
}

impl Display {
    /// A virtual display of that size.
    pub fn virtual_one(folder: &Path, width: u32, height: u32) -> Result<Self> {
        let screen = format!("{width}x{height}x24");
        let mut command = Command::new("Xvfb");
        command.args(["-screen", "0", &screen]);
        Self::start(folder, "xvfb", command)
    }

    /// A display in a window that fills the display around it.
    pub fn nested_in(outer: &Self, folder: &Path, width: u32, height: u32) -> Result<Self> {
        let screen = format!("{width}x{height}");
        let mut command = Command::new("Xephyr");
        command
            .args(["-screen", &screen, "-no-host-grab"])
            .env("DISPLAY", &outer.name);
        Self::start(folder, "xephyr", command)
    }

    fn start(folder: &Path, kind: &str, mut command: Command) -> Result<Self> {
        let number = folder.join(format!("{kind}.number"));
        // The server writes its number when it is ready; a shell gives it the file to write to.
        let mut shell = Command::new("sh");
        shell
            .args(["-c", "exec 3>\"$0\"; exec \"$@\" -displayfd 3"])
            .arg(&number);
        command.args(["-nolisten", "tcp", "-noreset", "-ac"]);
        shell.arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            shell.env(name, value.unwrap_or_default());
        }
        let server = Process::start(kind, &shell, &folder.join(format!("{kind}.log")))?;
        let name = wait_for(&format!("{kind} to start"), START_WAIT, || {
            let text = fs::read_to_string(&number).ok()?;
            text.ends_with('\n').then(|| format!(":{}", text.trim()))
        });
        Ok(Self { name, server })
    }

    /// The process id of the server.
    pub fn id(&self) -> u32 {
        self.server.id()
    }

    /// Its name, such as `:99`.
    pub fn name(&self) -> &str {
        &self.name
    }
}
