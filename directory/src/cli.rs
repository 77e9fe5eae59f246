//! The command line: one file per verb. The result is the last line of standard output, everything
//! else goes to standard error, and the exit code says how it ended.

mod account;
mod audit;
mod device;
mod failure;
mod info;
mod init;
mod open;
mod output;
mod serve;
mod session;
mod ticket;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use farpane_protocol::outcome::Outcome;

use crate::config::DataDir;
use failure::Failure;

/// Farpane's directory: the catalogue of devices, the authority behind every session, the console.
#[derive(Debug, Parser)]
#[command(
    name = "farpane-directory",
    version,
    after_help = "Examples:
  farpane-directory init --admin anna@example.org --password-file pw
  farpane-directory serve --listen 0.0.0.0:8443 --url https://rmm.example:8443
  farpane-directory ticket device --uses 20"
)]
pub struct Cli {
    /// Folder of this installation [default: /var/lib/farpane-directory for root, else
    /// $XDG_DATA_HOME/farpane/directory].
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "FARPANE_DIRECTORY_DATA"
    )]
    data: Option<PathBuf>,
    /// Print the result as one line of JSON.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Make a new installation: its keys, its database, its first administrator.
    Init(init::Init),
    /// Run the directory.
    Serve(serve::Serve),
    /// Say where the directory is and how its identity is recognised.
    Info(info::Info),
    /// Make a ticket that enrols devices or a relay.
    #[command(subcommand)]
    Ticket(ticket::Ticket),
    /// See and change devices.
    #[command(subcommand)]
    Device(device::Device),
    /// See and stop sessions.
    #[command(subcommand)]
    Session(session::Session),
    /// See, disable and enable accounts.
    #[command(subcommand)]
    Account(account::Account),
    /// Read and verify the audit chain.
    #[command(subcommand)]
    Audit(audit::Audit),
}

/// What every verb needs to know.
struct Context {
    data: DataDir,
    json: bool,
}

/// Runs the program and says how it ended.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version go to standard output, mistakes to standard error.
            error.print().ok();
            let outcome = if error.use_stderr() {
                Outcome::Usage
            } else {
                Outcome::Done
            };
            return outcome.into();
        }
    };
    let json_logs = matches!(cli.verb, Verb::Serve(_)) && !output::stderr_is_terminal();
    output::log(json_logs);
    let context = Context {
        data: DataDir::choose(cli.data.as_deref(), |name| {
            std::env::var_os(name).map(PathBuf::from)
        }),
        json: cli.json,
    };
    match run(cli.verb, &context) {
        Ok(()) => Outcome::Done.into(),
        Err(failure) => {
            output::complain(&failure);
            failure.outcome().into()
        }
    }
}

fn run(verb: Verb, context: &Context) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(Outcome::Failed, "cannot start threads").because(error))?;
    runtime.block_on(async {
        match verb {
            Verb::Init(verb) => verb.run(context).await,
            Verb::Serve(verb) => verb.run(context).await,
            Verb::Info(verb) => verb.run(context).await,
            Verb::Ticket(verb) => verb.run(context).await,
            Verb::Device(verb) => verb.run(context).await,
            Verb::Session(verb) => verb.run(context).await,
            Verb::Account(verb) => verb.run(context).await,
            Verb::Audit(verb) => verb.run(context).await,
        }
    })
}
