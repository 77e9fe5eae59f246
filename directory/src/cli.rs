//! The command line: one file per verb. The result is the last line of standard output, everything
//! else goes to standard error, and the exit code says how it ended.

mod access;
mod audit;
mod completions;
mod customer;
mod db;
mod device;
mod failure;
mod group;
mod info;
mod init;
mod key;
mod naming;
mod open;
mod org;
mod output;
mod pick;
mod place;
mod relay;
mod request;
mod role;
mod second_person;
mod serve;
mod session;
mod sign_in;
mod ticket;
mod token;
mod user;
mod versions;
mod waiting;
mod webhook;

use std::path::{Path, PathBuf};
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
    /// Name of the organisation that is meant, where there are several [default: the first].
    #[arg(
        id = "meant_organisation",
        long = "in",
        global = true,
        value_name = "ORGANISATION"
    )]
    organisation: Option<String>,
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
    /// See, disable, enable and remove people.
    #[command(subcommand, alias = "account")]
    User(user::User),
    /// See and change what is asked of people who sign in.
    #[command(subcommand)]
    SignIn(sign_in::SignIn),
    /// See and change groups of people.
    #[command(subcommand)]
    Group(group::Group),
    /// See and change what waits for a second person.
    #[command(subcommand)]
    Request(request::Request),
    /// See and change for what a second person is asked.
    #[command(subcommand)]
    SecondPerson(second_person::SecondPerson),
    /// See and change customers.
    #[command(subcommand)]
    Customer(customer::Customer),
    /// See and change sites and groups below customers.
    #[command(subcommand)]
    Place(place::Place),
    /// See and change relays.
    #[command(subcommand)]
    Relay(relay::Relay),
    /// See and change the oldest versions that may take part.
    #[command(subcommand)]
    Versions(versions::Versions),
    /// See and change where the organisation is told what happens.
    #[command(subcommand)]
    Webhook(webhook::Webhook),
    /// See and change organisations.
    #[command(subcommand)]
    Org(org::Org),
    /// See and change roles and who holds them.
    #[command(subcommand)]
    Role(role::Role),
    /// Make, list and revoke API tokens.
    #[command(subcommand)]
    Token(token::Token),
    /// Say who may do what, and why.
    #[command(subcommand)]
    Access(access::Access),
    /// Read and verify the audit chain.
    #[command(subcommand)]
    Audit(audit::Audit),
    /// See and change the key that grants are signed with.
    #[command(subcommand)]
    Key(key::Key),
    /// Back up, restore, check and upgrade the database.
    #[command(subcommand)]
    Db(db::Db),
    /// Print the completions of a shell.
    Completions(completions::Completions),
}

/// What every verb needs to know.
struct Context {
    data: DataDir,
    json: bool,
    /// The organisation that is meant; the first one if absent.
    organisation: Option<String>,
    /// The folder as it was named, so that a hint names it as well.
    named: Option<PathBuf>,
}

impl Context {
    /// A command to type next, for the same installation.
    fn hint(&self, verb: &str) -> String {
        match &self.named {
            Some(folder) => format!("farpane-directory --data {} {verb}", shell_word(folder)),
            None => format!("farpane-directory {verb}"),
        }
    }
}

/// A path as one word of a shell.
fn shell_word(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
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
        organisation: cli.organisation,
        named: cli.data,
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
            Verb::User(verb) => verb.run(context).await,
            Verb::SignIn(verb) => verb.run(context).await,
            Verb::Group(verb) => verb.run(context).await,
            Verb::Request(verb) => verb.run(context).await,
            Verb::SecondPerson(verb) => verb.run(context).await,
            Verb::Customer(verb) => verb.run(context).await,
            Verb::Place(verb) => verb.run(context).await,
            Verb::Relay(verb) => verb.run(context).await,
            Verb::Versions(verb) => verb.run(context).await,
            Verb::Webhook(verb) => verb.run(context).await,
            Verb::Org(verb) => verb.run(context).await,
            Verb::Role(verb) => verb.run(context).await,
            Verb::Token(verb) => verb.run(context).await,
            Verb::Access(verb) => verb.run(context).await,
            Verb::Audit(verb) => verb.run(context).await,
            Verb::Key(verb) => verb.run(context).await,
            Verb::Db(verb) => verb.run(context).await,
            Verb::Completions(verb) => {
                verb.run();
                Ok(())
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    /// Every command that does something, with the words that name it.
    fn leaves(command: &clap::Command, words: &[&str]) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for below in command.get_subcommands() {
            if below.get_name() == "help" || below.is_hide_set() {
                continue;
            }
            let words = [words, &[below.get_name()]].concat();
            if below.has_subcommands() {
                found.extend(leaves(below, &words));
            } else {
                // Not the rendered help, which wraps long lines.
                let help = below.get_after_help().map(ToString::to_string);
                let help = help.unwrap_or_default();
                found.push((words.join(" "), help));
            }
        }
        found
    }

    /// The words of a line as a shell parts them, up to the first pipe or redirection.
    fn words(line: &str) -> Vec<String> {
        let mut words = vec![String::new()];
        let mut quoted = false;
        for letter in line.chars() {
            match letter {
                '\'' => quoted = !quoted,
                '|' | '>' | '#' if !quoted => break,
                ' ' if !quoted => words.push(String::new()),
                _ => words.last_mut().expect("never empty").push(letter),
            }
        }
        words.retain(|word| !word.is_empty());
        words
    }

    #[test]
    fn every_command_shows_examples_that_work() {
        for (name, help) in leaves(&Cli::command(), &["farpane-directory"]) {
            let examples: Vec<_> = help
                .lines()
                .filter(|line| line.starts_with("  farpane-directory "))
                .collect();
            let own = examples.iter().any(|line| {
                let rest = line.trim_start().strip_prefix(name.as_str());
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
            });
            assert!(own, "{name} --help shows no example of itself");
            for line in examples {
                let parsed = Cli::try_parse_from(words(line));
                assert!(parsed.is_ok(), "{name}: {line}: {:?}", parsed.err());
            }
        }
    }

    #[test]
    fn a_mistake_on_the_command_line_is_named() {
        for line in [
            "farpane-directory device undo TILL",
            "farpane-directory ticket device --uses 0",
            "farpane-directory device list --serach x",
        ] {
            let error = Cli::try_parse_from(words(line)).expect_err("refused");
            assert!(error.use_stderr());
            assert_eq!(error.exit_code(), 2);
            let wrong = line.rsplit(' ').find(|word| *word != "x").expect("a word");
            assert!(error.to_string().contains(wrong), "{error}");
        }
    }
}
