//! Cleans up after a chore that was killed outright: a small shell that learns of every program's
//! process group and acts once the demo's end of a pipe closes, which no way of dying prevents.

use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use anyhow::{Context as _, Result};

/// Reads one group a line, newest first when the pipe closes; `$1` is the folder to remove. Two
/// seconds are enough for programs that release keys and close files when asked to end.
const SCRIPT: &str = r#"
groups=
while read -r group; do groups="$group $groups"; done
for group in $groups; do kill -s TERM -- "-$group" 2>/dev/null; done
sleep 2
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
if [ -n "$1" ]; then rm -rf -- "$1"; fi
"#;

/// The watching shell and our end of its pipe.
#[derive(Debug)]
pub(crate) struct Janitor {
    shell: Child,
    pipe: Option<ChildStdin>,
}

impl Janitor {
    /// Starts watching; `doomed` is removed after an unexpected end.
    pub(crate) fn hire(doomed: Option<&Path>) -> Result<Self> {
        let mut shell = Command::new("sh")
            .args(["-c", SCRIPT, "janitor"])
            .arg(doomed.unwrap_or(Path::new("")))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .context("cannot start a shell")?;
        let pipe = shell.stdin.take();
        Ok(Self { shell, pipe })
    }

    /// Notes the process group of a program that was just started.
    pub(crate) fn remember(&mut self, group: u32) -> Result<()> {
        let pipe = self.pipe.as_mut().context("the janitor has no pipe")?;
        writeln!(pipe, "{group}").context("the shell that cleans up after a crash has died")
    }

    /// Ends the watch without any act: everything was cleaned up in order.
    pub(crate) fn dismiss(&mut self) {
        // Killed before the pipe closes, or it would act on numbers that may belong to others now.
        let _ = self.shell.kill();
        let _ = self.shell.wait();
        self.pipe = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::scratch::Scratch;

    #[test]
    fn a_closed_pipe_ends_the_programs_and_removes_the_folder() {
        let scratch = Scratch::temporary().expect("made");
        let doomed = scratch.folder("doomed").expect("made");
        let mut program = Command::new("sleep")
            .arg("1000")
            .process_group(0)
            .spawn()
            .expect("started");
        let mut janitor = Janitor::hire(Some(&doomed)).expect("hired");
        janitor.remember(program.id()).expect("noted");
        // What the kernel does when the demo is killed.
        janitor.pipe = None;
        assert!(!program.wait().expect("ended").success());
        assert!(janitor.shell.wait().expect("ended").success());
        assert!(!doomed.exists());
    }

    #[test]
    fn a_dismissed_janitor_touches_nothing() {
        let scratch = Scratch::temporary().expect("made");
        let mut program = Command::new("sleep")
            .arg("1000")
            .process_group(0)
            .spawn()
            .expect("started");
        let mut janitor = Janitor::hire(Some(scratch.path())).expect("hired");
        janitor.remember(program.id()).expect("noted");
        janitor.dismiss();
        assert!(matches!(program.try_wait(), Ok(None)));
        assert!(scratch.path().exists());
        program.kill().expect("killed");
        program.wait().expect("ended");
    }
}
