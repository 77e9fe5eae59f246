//! A session's own process: started with this very program, listened to until it ends.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};
use farpane_media::paint::printable;
use farpane_protocol::ids::DeviceId;
use farpane_protocol::outcome::Outcome;

use crate::account::Home;

/// Most that is read of what a session's process says, in bytes; the rest is passed over.
const SAID_BYTES: u64 = 256 * 1024;

/// What a session is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Which device.
    pub device: DeviceId,
    /// Only see.
    pub view_only: bool,
    /// Why; may be empty.
    pub reason: String,
}

fn command(home: &Home, wish: &Wish) -> Result<Command> {
    let program = std::env::current_exe().context("Cannot find this program's own file")?;
    let mut command = Command::new(program);
    command.args(["connect", &wish.device.to_string(), "--stay"]);
    if wish.view_only {
        command.arg("--view-only");
    }
    // As one word, so that a reason that begins with a dash stays a reason.
    command.arg(format!("--reason={}", wish.reason));
    command.arg("--data").arg(home.folder());
    Ok(command)
}

/// Opens a session in its own window and waits until that is closed. The sentence with which it
/// failed, if it did.
pub(super) fn run(home: &Home, wish: &Wish) -> Option<String> {
    let failed = |error: anyhow::Error| Some(format!("{error:#}."));
    let spawned = command(home, wish).and_then(|mut command| {
        let quiet = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        quiet
            .spawn()
            .context("Cannot start a window for the session")
    });
    let mut child = match spawned {
        Ok(child) => child,
        Err(error) => return failed(error),
    };
    let mut said = String::new();
    if let Some(stderr) = child.stderr.take() {
        let mut reader = BufReader::new(stderr);
        said = last_line(reader.by_ref().take(SAID_BYTES));
        // A process that says more must not wait for a reader.
        drop(std::io::copy(&mut reader, &mut std::io::sink()));
    }
    match child.wait() {
        Ok(status) if status.code() == Some(Outcome::Done.code().into()) => None,
        Ok(_) if !said.is_empty() => Some(said),
        Ok(status) => Some(format!(
            "The session's window stopped unexpectedly ({status})."
        )),
        Err(error) => failed(error.into()),
    }
}

fn last_line(stderr: impl std::io::Read) -> String {
    let lines = BufReader::new(stderr).lines().map_while(Result::ok);
    let last = lines
        .filter(|line| !line.trim().is_empty())
        .last()
        .unwrap_or_default();
    printable(last.trim()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_said_is_the_sentence() {
        let said = b"WARN something\n\nNobody answered.\x1b[0m\n\n";
        assert_eq!(last_line(&said[..]), "Nobody answered.\u{fffd}[0m");
        assert_eq!(last_line(&b""[..]), "");
    }

    #[test]
    fn a_reason_cannot_become_an_option() {
        let wish = Wish {
            device: "00000000-0000-0000-0000-000000000001"
                .parse()
                .expect("an id"),
            view_only: true,
            reason: "--data /elsewhere".into(),
        };
        let home = Home::new(Some("/d".into())).expect("chosen");
        let command = command(&home, &wish).expect("this program has a file");
        let words: Vec<_> = command
            .get_args()
            .map(|word| word.to_string_lossy())
            .collect();
        let id = wish.device.to_string();
        let expected = [
            "connect",
            &id,
            "--stay",
            "--view-only",
            "--reason=--data /elsewhere",
            "--data",
            "/d",
        ];
        assert_eq!(words, expected);
    }
}
