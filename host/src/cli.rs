//! The host's command line.

mod output;
mod report;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result, anyhow};
use clap::{Args, Parser, Subcommand, ValueEnum};
use farpane_protocol::api::{Approval, DeviceEnrolled, EnrollDevice, path};
use farpane_protocol::enrolment::{Ticket, TicketKind};
use farpane_protocol::grant::PolicyFloor;
use farpane_protocol::limits::NAME_BYTES;
use farpane_protocol::outcome::Outcome;
use farpane_protocol::revocation::Memory;
use farpane_protocol::scope::{Scope, ScopeSet};
use farpane_transport::congestion::Congestion;
use farpane_transport::directory::{DirectoryClient, DirectoryError};
use serde_json::json;

use crate::data::{Counters, Data, Enrolment};
use crate::inventory::{ReportRules, machine};
use crate::service::{self, Screen};
use crate::{helper, platform, rotation};

/// Shares this device's screen, by grant and with the consent of the person in front of it.
#[derive(Debug, Parser)]
#[command(name = "farpane-host", version, propagate_version = true)]
struct Cli {
    /// Folder for the key, the enrolment and the rules of this device
    /// [default: ~/.local/share/farpane/host, as root /var/lib/farpane-host]
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make this device known to a directory
    #[command(
        after_help = "Example:\n  farpane-host enroll farpane-ticket1.eyJrIjo… --name till-07"
    )]
    Enroll(Enroll),
    /// Share this screen when somebody is allowed to see it
    #[command(after_help = "Example:\n  farpane-host run --display :0")]
    Run(Run),
    /// Show or change the rules of this device
    #[command(after_help = "Example:\n  farpane-host policy unattended --directory-alone")]
    Policy {
        #[command(subcommand)]
        rule: Rule,
    },
    /// Give this device a new key, signed by the old one
    #[command(after_help = "Example:\n  farpane-host rotate-key")]
    RotateKey,
    /// Say whether this device could be helped right now, and why not
    Status(report::Look),
    /// Print what this device tells its directory about itself
    Inventory(report::Look),
    /// The screen's part of a report; started by `run`
    #[command(hide = true)]
    Probe(report::ForService),
    /// The session helper; started by `run`
    #[command(hide = true)]
    Session(Session),
}

#[derive(Debug, Args)]
struct Enroll {
    /// The ticket from the console or from `farpane-directory ticket device`
    ticket: String,
    /// What to call this device [default: its host name]
    #[arg(long)]
    name: Option<String>,
    /// Allow access without anybody being asked, decided by the directory alone
    #[arg(long)]
    unattended: bool,
    /// Enrol again although this device is enrolled already
    #[arg(long)]
    force: bool,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Run {
    /// The X display to share [default: $DISPLAY]; "scrap::0" reads display :0 through the library
    /// scrap, where that is built in
    #[arg(long, value_name = ":N")]
    display: Option<String>,
    /// How pictures share the path with others; for comparisons
    #[arg(long, value_enum, default_value_t, hide = true)]
    congestion: Sharing,
}

/// What [`Congestion`] is called on the command line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Sharing {
    #[default]
    Delay,
    Cubic,
    NewReno,
    Bbr,
}

impl From<Sharing> for Congestion {
    fn from(named: Sharing) -> Self {
        match named {
            Sharing::Delay => Self::Delay,
            Sharing::Cubic => Self::Cubic,
            Sharing::NewReno => Self::NewReno,
            Sharing::Bbr => Self::Bbr,
        }
    }
}

#[derive(Debug, Subcommand)]
enum Rule {
    /// Somebody at the device must agree to every session
    Attended,
    /// Sessions may start without anybody being asked
    Unattended {
        /// Say that you understand: the directory alone can then open this device
        #[arg(long, required = true)]
        directory_alone: bool,
    },
    /// Which way text on the clipboard may go in a session
    Clipboard {
        /// To this device, from it, both, or not at all
        #[arg(value_enum)]
        way: Way,
    },
    /// Whether the names of the people who are logged on may be reported to the directory
    ReportPeople {
        /// They may, or they may not
        #[arg(value_enum)]
        allowed: OnOff,
    },
    /// Print the rules
    Show {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum OnOff {
    On,
    Off,
}

#[derive(Debug, Args)]
struct Session {
    #[arg(long)]
    socket: PathBuf,
    #[arg(long)]
    display: Option<String>,
}

/// An error that knows how the command exits.
#[derive(Debug, thiserror::Error)]
#[error("{sentence}")]
struct Ends {
    outcome: Outcome,
    sentence: String,
}

fn ends(outcome: Outcome, sentence: impl Into<String>) -> anyhow::Error {
    Ends {
        outcome,
        sentence: sentence.into(),
    }
    .into()
}

fn outcome(error: &anyhow::Error) -> Outcome {
    if let Some(ends) = error.downcast_ref::<Ends>() {
        return ends.outcome;
    }
    error
        .downcast_ref::<DirectoryError>()
        .map_or(Outcome::Failed, DirectoryError::outcome)
}

/// Reads the command line, does what it says, and tells in the exit code how it ended.
pub fn main() -> ExitCode {
    farpane_media::h264::give_memory_back();
    let cli = Cli::parse(); // exits with 2 and a sentence by itself
    start_log();
    farpane_certs::install_provider();
    let data = Data::at(cli.data);
    let result = match cli.command {
        Command::Enroll(args) => block_on(enroll(&data, args)),
        Command::Run(args) => run(data, args),
        Command::Policy { rule } => policy(&data, &rule),
        Command::RotateKey => block_on(rotate_key(&data)),
        Command::Status(look) => report::status(&data, &look),
        Command::Inventory(look) => report::inventory(&data, &look),
        Command::Probe(args) => args.run(),
        Command::Session(args) => helper::run(&args.socket, args.display.as_deref()),
    };
    match result {
        Ok(()) => Outcome::Done.into(),
        Err(error) => {
            eprintln!("farpane-host: {error:#}");
            outcome(&error).into()
        }
    }
}

fn start_log() {
    use std::io::IsTerminal as _;
    use tracing_subscriber::filter::{Directive, EnvFilter, LevelFilter};
    // enigo logs what it types; that goes into no log, whatever RUST_LOG asks for.
    let quiet: Directive = "enigo=off".parse().expect("a directive");
    let filter = EnvFilter::builder()
        .with_default_directive(LevelFilter::INFO.into())
        .from_env_lossy()
        .add_directive(quiet);
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        // Where the log has no reader any more, complaining about that would panic.
        .log_internal_errors(false)
        .with_ansi(std::io::stderr().is_terminal())
        .with_env_filter(filter)
        .init();
}

fn block_on(work: impl Future<Output = Result<()>>) -> Result<()> {
    // One thread for the network: with a second one every packet wakes both.
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .context("cannot start the runtime")?
        .block_on(work)
}

fn run(data: Data, args: Run) -> Result<()> {
    if !data.is_enrolled() {
        return Err(ends(
            Outcome::Usage,
            "this device is not enrolled; get a ticket from the console and run farpane-host \
             enroll TICKET",
        ));
    }
    data.enrolment()?;
    // Said here and now, not in a log after the first technician has tried.
    platform::open(args.display.as_deref())?;
    let program = std::env::current_exe().context("cannot find this program")?;
    let screen = Screen {
        display: args.display,
        program,
        congestion: args.congestion.into(),
    };
    block_on(service::run(data, screen))
}

async fn enroll(data: &Data, args: Enroll) -> Result<()> {
    let ticket: Ticket = args
        .ticket
        .parse()
        .map_err(|error| ends(Outcome::Usage, format!("{error}")))?;
    if ticket.kind != TicketKind::Device {
        return Err(ends(
            Outcome::Usage,
            "this ticket is for a relay; get one for a device from the console",
        ));
    }
    if data.is_enrolled() && !args.force {
        return Err(ends(
            Outcome::Usage,
            "this device is enrolled already; add --force to enrol it anew",
        ));
    }
    let name = match args.name {
        Some(name) => name,
        None => host_name(),
    };
    if name.trim().is_empty() || name.len() > NAME_BYTES {
        return Err(ends(
            Outcome::Usage,
            format!("the name must have 1 to {NAME_BYTES} bytes; give another with --name"),
        ));
    }
    data.create()?;
    // Enrolling writes the rules anew, so it is bound by the same lock as `policy`.
    let Some(_rules) = data.lock_rules()? else {
        return Err(ends(Outcome::NotAllowed, RULES_LOCKED));
    };
    let key = data.key()?;
    let client = DirectoryClient::new(&ticket.url, ticket.pin)?;
    let proof = client.challenge(&key).await?;
    let request = EnrollDevice {
        secret: ticket.secret.clone(),
        key: key.public(),
        proof,
        name,
        os: operating_system(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        unattended: args.unattended,
        machine: machine::print(ticket.pin),
    };
    let enrolled = introduce(data, &client, request).await?;
    let mut floor = PolicyFloor::attended();
    floor.unattended_directory_alone = args.unattended;
    data.keep_policy(&floor)?;
    // What another directory said and counted means nothing to this one.
    if data
        .enrolment()
        .map_or(true, |before| before.pin != ticket.pin)
    {
        data.keep_memory(&Memory::default())?;
        let counters = data.counters()?;
        data.keep_counters(&Counters {
            envelope: 0,
            ..counters
        })?;
    }
    data.keep_enrolment(&Enrolment {
        url: ticket.url.clone(),
        pin: ticket.pin,
        device: enrolled.device,
        name: enrolled.name.clone(),
        org_name: enrolled.org_name.clone(),
        tenant_name: enrolled.tenant_name.clone(),
        directory_keys: enrolled.directory_keys,
    })?;
    if args.unattended {
        eprintln!("{DIRECTORY_ALONE}");
    }
    if enrolled.approval == Approval::Pending {
        eprintln!("An administrator has to approve this device in the console before it is used.");
    }
    if args.json {
        let approved = enrolled.approval == Approval::Approved;
        output::line(json!({"id": enrolled.device, "name": enrolled.name, "approved": approved}));
    } else {
        let folder = data.path("");
        let folder = folder.display();
        eprintln!(
            "Enrolled as {}. Now start: farpane-host --data {folder} run",
            enrolled.name
        );
        output::line(enrolled.device);
    }
    Ok(())
}

/// Enrols; an installation that was copied from another machine, key and all, gets a key of its
/// own first.
async fn introduce(
    data: &Data,
    client: &DirectoryClient,
    request: EnrollDevice,
) -> Result<DeviceEnrolled, anyhow::Error> {
    match client.post(path::ENROLL_DEVICE, &request).await {
        Err(DirectoryError::Problem(problem)) if problem.kind == "device-copied" => {
            let key = data.another_key()?;
            let proof = client.challenge(&key).await?;
            let again = EnrollDevice {
                key: key.public(),
                proof,
                ..request
            };
            eprintln!("This machine was made from a copy of another one: it gets its own key.");
            Ok(client.post(path::ENROLL_DEVICE, &again).await?)
        }
        other => Ok(other?),
    }
}

async fn rotate_key(data: &Data) -> Result<()> {
    let enrolment = data.enrolment()?;
    let Some(_running) = data.lock_running()? else {
        return Err(ends(
            Outcome::NotAllowed,
            "the host runs with this key; stop it, change the key, and start it again",
        ));
    };
    let key = rotation::rotate(data, &enrolment).await?;
    output::line(key.public().fingerprint());
    Ok(())
}

const RULES_LOCKED: &str =
    "the rules cannot change while somebody controls this device; end the session first";

const DIRECTORY_ALONE: &str = "Unattended access is on: the directory alone can open this device.";

/// Which way clipboard text may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Way {
    /// To this device and from it
    Both,
    /// Others may put text here
    ToDevice,
    /// Others may read what is copied here
    FromDevice,
    /// Neither
    Off,
}

impl Way {
    fn scopes(self) -> ScopeSet {
        match self {
            Self::Both => ScopeSet::CLIPBOARD,
            Self::ToDevice => ScopeSet::of(&[Scope::ClipboardIn]),
            Self::FromDevice => ScopeSet::of(&[Scope::ClipboardOut]),
            Self::Off => ScopeSet::EMPTY,
        }
    }
}

fn policy(data: &Data, rule: &Rule) -> Result<()> {
    let mut floor = data.policy()?;
    if let Rule::Show { json } = rule {
        if *json {
            output::line(serde_json::to_string(&floor)?);
        } else if floor.unattended_directory_alone {
            output::line(format_args!(
                "unattended: the directory alone can open this device ({})",
                floor.scopes
            ));
        } else {
            output::line(format_args!(
                "attended: somebody at the device must agree ({})",
                floor.scopes
            ));
        }
        return Ok(());
    }
    data.create()?;
    if let Rule::ReportPeople { allowed } = rule {
        let people = *allowed == OnOff::On;
        data.keep_report_rules(&ReportRules { people })?;
        output::line(format_args!(
            "report-people {}",
            if people { "on" } else { "off" }
        ));
        return Ok(());
    }
    let Some(_rules) = data.lock_rules()? else {
        return Err(ends(Outcome::NotAllowed, RULES_LOCKED));
    };
    match rule {
        Rule::Attended => floor.unattended_directory_alone = false,
        Rule::Unattended { directory_alone } => {
            floor.unattended_directory_alone = *directory_alone;
        }
        Rule::Clipboard { way } => {
            let others = floor.scopes.without(ScopeSet::CLIPBOARD);
            floor.scopes = others.union(way.scopes());
        }
        Rule::Show { .. } | Rule::ReportPeople { .. } => return Err(anyhow!("done above")),
    }
    data.keep_policy(&floor)?;
    if !data.is_enrolled() {
        eprintln!("No device is enrolled in this folder yet; the rule will hold for the next one.");
    }
    if let Rule::Clipboard { .. } = rule {
        output::line(format_args!("rights: {}", floor.scopes));
    } else if floor.unattended_directory_alone {
        eprintln!("{DIRECTORY_ALONE}");
        output::line("unattended");
    } else {
        output::line("attended");
    }
    Ok(())
}

fn host_name() -> String {
    rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned()
}

/// The system's own name for itself, such as `Debian GNU/Linux 12 (bookworm)`.
fn operating_system() -> String {
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    let pretty = release
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="));
    let name = pretty.map_or("Linux", |name| name.trim_matches('"'));
    name.chars().take(100).collect()
}
