//! The command line: results on standard output, everything else on standard error, exit codes
//! that scripts rely on.

mod connect;
mod devices;
mod links;
mod sign_in;

use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};
use farpane_protocol::key::Fingerprint;
use farpane_protocol::limits::REASON_BYTES;
use farpane_protocol::outcome::Outcome;
use tracing_subscriber::EnvFilter;

use crate::account::Home;
use crate::failure::{as_sentence, outcome_of};
use crate::keeper;
use crate::window::keys::Keyboard;
use crate::window::{Present, SystemKeys};

/// What is logged without `FARPANE_LOG`: winit warns about displays that are merely unusual, and
/// what eframe has to say comes as an error that is explained.
const QUIET: &str = "warn,winit=error,eframe=off";

const EXIT_CODES: &str = "\
Exit codes:
  0 ended normally       3 refused by a person or policy   6 unreachable
  1 anything else        4 nobody answered in time         7 key mismatch
  2 wrong usage          5 not allowed                     8 revoked";

/// Finds a device, asks for a session, shows and controls its screen.
///
/// Without a command it opens the start window: sign in, search, connect.
#[derive(Debug, Parser)]
#[command(name = "farpane-viewer", version, after_help = EXIT_CODES)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Args)]
struct Place {
    /// Where key, account and recent devices are kept
    /// [default: $XDG_DATA_HOME/farpane/viewer or ~/.local/share/farpane/viewer]
    #[arg(long, value_name = "DIR", global = true)]
    data: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[command(alias = "login")]
    SignIn(SignIn),
    Devices(Devices),
    Connect(Connect),
    Open(Open),
    InstallLinks(InstallLinks),
    RemoveLinks(RemoveLinks),
    /// Holds the text on standard input on the clipboard until another program puts something there
    #[command(hide = true, name = keeper::COMMAND)]
    KeepClipboard,
}

/// Shows the device of a link such as farpane://connect/ID
///
/// The start window opens with that device. Nothing connects until you press Connect.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  farpane-viewer open farpane://connect/0193b5c2-8f1e-7c3a-9d54-2b7e6a1f0c88")]
struct Open {
    /// The link
    #[arg(value_name = "LINK")]
    link: String,
}

/// Makes this viewer open the console's Connect buttons on this desktop, for you only
///
/// It writes one desktop file and makes it the default for farpane:// links.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  farpane-viewer install-links")]
struct InstallLinks {}

/// Takes that back
#[derive(Debug, Args)]
#[command(after_help = "Example:
  farpane-viewer remove-links")]
struct RemoveLinks {}

/// Signs in at a directory, through the browser, and enrols this viewer's key there
///
/// It prints an address and a code and opens the browser; there you let this viewer in. With
/// --user and --password-file it needs no browser, which works for accounts without a second factor
/// only. The key and the account are written only when signing in has worked.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  farpane-viewer sign-in --directory https://desk.example:8443 --pin SHA256:…
  farpane-viewer sign-in
  farpane-viewer sign-in --directory https://desk.example:8443 --pin SHA256:… \\
      --user anna@acme.example --password-file ~/password")]
struct SignIn {
    /// Address of the directory [default: where this viewer was signed in before]
    #[arg(long, value_name = "URL")]
    directory: Option<String>,
    /// Its fingerprint, as `farpane-directory info` prints it; without it, it is shown and asked
    #[arg(long, value_name = "FINGERPRINT")]
    pin: Option<Fingerprint>,
    /// The account, to sign in with a password
    #[arg(long, value_name = "EMAIL", requires = "password_file")]
    user: Option<String>,
    /// A file with the password in its first line
    #[arg(long, value_name = "FILE", requires = "user")]
    password_file: Option<PathBuf>,
}

/// Lists the devices of the account
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  farpane-viewer devices
  farpane-viewer devices --json till

With --json, one line: a list of objects with id, name, tenant, os, state (reachable, away, never,
pending), last_heard (microseconds since 1970, or null), access (ask, unattended, impossible), why.")]
struct Devices {
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Only devices whose name, customer or system has this in it
    #[arg(value_name = "SEARCH")]
    search: Option<String>,
}

/// Opens a session with a device in a window
///
/// In the window: rest the pointer at the top edge for the bar; F11 full screen, F10 overlay,
/// Ctrl+Alt+Shift with Q ends, F fits, 1 shows pixel for pixel, B shows the bar, the arrow keys
/// pan, I turns this machine's input method on and off, C the clipboard, K opens a menu of keys that this
/// machine would keep for itself, such as Ctrl+Alt+Del.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  farpane-viewer connect lab-ubuntu
  farpane-viewer connect lab-ubuntu --view-only --reason 'ticket 4711'")]
struct Connect {
    /// Name or id of the device
    #[arg(value_name = "DEVICE")]
    device: String,
    /// Ask for seeing only
    #[arg(long)]
    view_only: bool,
    /// Which way clipboard text may go, where the rules and the person at the device allow it
    #[arg(long, value_enum, value_name = "WAY", default_value = "both")]
    clipboard: Clipboard,
    /// Who decides what a key means
    #[arg(long, value_enum, value_name = "HOW", default_value = "letters")]
    keyboard: Keyboard,
    /// When Super, Alt+Tab and other keys of this machine's desktop go to the device
    #[arg(long, value_enum, value_name = "WHEN", default_value = "full-screen")]
    system_keys: SystemKeys,
    /// Which monitors of the device to open, each in a window of its own
    #[arg(long, value_enum, value_name = "WHICH", default_value = "primary")]
    monitors: Monitors,
    /// Fill the monitor
    #[arg(long)]
    fullscreen: bool,
    /// How pictures reach this machine's display
    #[arg(long, value_enum, value_name = "HOW", default_value = "auto")]
    present: Present,
    /// Why, shown to the person at the device and kept in the record
    #[arg(long, value_name = "TEXT", default_value = "", value_parser = reason)]
    reason: String,
    /// When the session ends, keep the window open and say why
    #[arg(long)]
    stay: bool,
    /// For measurements: write what happens and when to this file, one JSON object per line
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    trace: Option<PathBuf>,
}

/// Which monitors are opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Monitors {
    /// The primary one; the others are in the menu of the bar
    Primary,
    /// All, up to four
    All,
}

/// Which way clipboard text may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Clipboard {
    /// To the device and from it
    Both,
    /// Only what is copied here
    ToDevice,
    /// Only what is copied there
    FromDevice,
    /// None
    Off,
}

fn reason(text: &str) -> Result<String, String> {
    if text.len() > REASON_BYTES {
        return Err(format!("a reason may have at most {REASON_BYTES} bytes"));
    }
    Ok(text.to_owned())
}

/// Runs the program; its errors are one sentence on standard error.
pub fn main() -> ExitCode {
    farpane_media::h264::give_memory_back();
    farpane_certs::install_provider();
    let filter = EnvFilter::try_from_env("FARPANE_LOG").unwrap_or_else(|_| EnvFilter::new(QUIET));
    let colours = std::io::stderr().is_terminal();
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        // Where the log has no reader any more, complaining about that would panic.
        .log_internal_errors(false)
        .with_ansi(colours);
    log.with_writer(std::io::stderr).init();
    let cli = Cli::parse();
    match run(cli) {
        Ok(outcome) => outcome.into(),
        Err(error) => {
            say(&as_sentence(&format!("{error:#}")));
            outcome_of(&error).into()
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<Outcome> {
    let chosen = cli.place.data.clone();
    let home = Home::new(cli.place.data)?;
    match cli.command {
        Some(Command::SignIn(asked)) => sign_in::run(&home, &asked),
        Some(Command::Devices(devices)) => devices::run(&home, &devices),
        Some(Command::Connect(connect)) => connect::run(&home, &connect),
        Some(Command::Open(open)) => links::open(&home, &open.link),
        Some(Command::InstallLinks(InstallLinks {})) => links::install(chosen.as_deref()),
        Some(Command::RemoveLinks(RemoveLinks {})) => links::remove(),
        Some(Command::KeepClipboard) => keeper::run(),
        None => crate::start::run(&home, None),
    }
}

/// Writes a line for people. Whoever started this may be gone, which is no reason to fail.
fn say(line: &str) {
    drop(writeln!(std::io::stderr(), "{line}"));
}

/// Writes a line of the result.
fn result(line: &str) {
    drop(writeln!(std::io::stdout(), "{line}"));
}

/// A runtime for commands that ask the directory something and are done.
fn block_on<T>(future: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(future)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn data_may_stand_before_and_after_the_command() {
        for line in ["x --data /d devices --json", "x devices --json --data /d"] {
            let cli = Cli::try_parse_from(line.split(' ')).expect("parses");
            assert_eq!(cli.place.data, Some(PathBuf::from("/d")));
        }
    }

    #[test]
    fn a_reason_that_no_grant_carries_is_refused_here() {
        let long = "x".repeat(REASON_BYTES + 1);
        assert!(Cli::try_parse_from(["x", "connect", "till", "--reason", &long]).is_err());
    }
}
