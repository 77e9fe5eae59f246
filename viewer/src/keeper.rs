//! A process without a window that holds a text on the clipboard after the viewer has gone: on X11
//! a clipboard holds nothing by itself, and a session that ends must not empty it.

use std::io::{self, BufRead as _, Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};
use farpane_protocol::clipboard::ClipText;
use farpane_protocol::limits::CLIPBOARD_TEXT_BYTES;
use farpane_protocol::outcome::Outcome;

/// The command that makes this program such a process.
pub(crate) const COMMAND: &str = "keep-clipboard";

/// What the process says when it has the clipboard.
const READY: &str = "kept";

/// Starts the process and waits until it has the clipboard.
pub(crate) fn start(text: &ClipText) -> Result<()> {
    let program = std::env::current_exe().context("this program's file is not known")?;
    let mut child = Command::new(program)
        .arg(COMMAND)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        // A Ctrl+C in the terminal that the viewer was started from is not meant for it.
        .process_group(0)
        .spawn()
        .context("the process that keeps the clipboard does not start")?;
    let mut stdin = child.stdin.take().context("it takes no text")?;
    stdin.write_all(text.as_str().as_bytes())?;
    drop(stdin);
    let mut answer = String::new();
    let stdout = child.stdout.take().context("it says nothing")?;
    io::BufReader::new(stdout.take(READY.len() as u64 + 1)).read_line(&mut answer)?;
    anyhow::ensure!(answer.trim_end() == READY, "it does not keep the clipboard");
    Ok(())
}

/// Is that process: reads the text, takes the clipboard, and stays until another program has it.
pub(crate) fn run() -> Result<Outcome> {
    let mut bytes = Vec::new();
    let most = CLIPBOARD_TEXT_BYTES as u64 + 1;
    io::stdin().take(most).read_to_end(&mut bytes)?;
    let text = ClipText::received(bytes)?;
    farpane_clipboard::keep(None, text, || {
        // Whoever waited may be gone, which is no reason to let go of the clipboard.
        drop(writeln!(io::stdout(), "{READY}"));
        drop(io::stdout().flush());
    })?;
    Ok(Outcome::Done)
}
