//! The command line of `farpane-relay`.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use farpane_protocol::outcome::Outcome;

use crate::data::DataDir;

mod enroll;
mod failure;
mod serve;

use failure::Failure;

/// Joins hosts and viewers that cannot reach each other, and forwards packets that it cannot read
#[derive(Debug, Parser)]
#[command(
    name = "farpane-relay",
    version,
    after_help = "Examples:\n  \
        farpane-relay enroll farpane-ticket1.eyJr…\n  \
        farpane-relay serve --listen 0.0.0.0:443 --public relay.example:443\n\n\
        Exit codes: 0 done, 2 usage or configuration, 3 refused, 5 not allowed, 6 directory \
        unreachable,\n7 wrong key, 1 anything else."
)]
struct Arguments {
    /// Folder for key and enrolment [default: /var/lib/farpane-relay as root, else
    /// $XDG_DATA_HOME/farpane/relay or ~/.local/share/farpane/relay]
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Print the result as JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make this relay known to a directory, by a ticket of `farpane-directory ticket relay`
    Enroll(enroll::Options),
    /// Serve hosts and viewers until stopped
    Serve(serve::Options),
}

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    farpane_certs::install_provider();
    match run(arguments) {
        Ok(()) => Outcome::Done.into(),
        Err(failure) => {
            // Nobody reads it: the exit code still tells.
            drop(writeln!(io::stderr(), "{failure}"));
            failure.outcome().into()
        }
    }
}

fn run(arguments: Arguments) -> Result<(), Failure> {
    let runtime = tokio::runtime::Runtime::new().map_err(|error| {
        let sentence = format!("cannot start threads for the network ({error})");
        Failure::new(Outcome::Failed, &sentence)
    })?;
    let data = DataDir::choose(arguments.data);
    let json = arguments.json;
    runtime.block_on(async {
        match arguments.command {
            Command::Enroll(options) => enroll::run(&data, options, json).await,
            Command::Serve(options) => serve::run(&data, options, json).await,
        }
    })
}

/// Prints the result: the last line of standard output.
fn print(line: &str) {
    let mut out = io::stdout().lock();
    // A reader that went away does not make the work undone.
    drop(writeln!(out, "{line}").and_then(|()| out.flush()));
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent_and_hides_what_is_dangerous() {
        let mut command = Arguments::command();
        command.clone().debug_assert();
        let serve = command.find_subcommand_mut("serve").expect("there");
        let help = serve.render_long_help().to_string();
        assert!(
            help.contains("--public") && help.contains("Examples:"),
            "{help}"
        );
        assert!(!help.contains("dangerous"), "{help}");
    }
}
