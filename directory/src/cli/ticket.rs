//! `ticket`: one string that enrols devices or a relay.

use std::time::Duration;

use clap::{Args, Subcommand};
use farpane_protocol::api::Approval;
use farpane_protocol::enrolment::TicketKind;
use uuid::Uuid;

use super::device::named::{device, spot, spot_in_words};
use super::failure::Failure;
use super::pick::{Choice, Kind};
use super::{Context, open, output};
use crate::app::administer::{TICKET_LIFE_MOST, TICKET_USES_MOST, TicketWish};
use crate::app::caller::Caller;
use crate::app::tickets::DeviceTicket;
use crate::config::DirectoryUrl;
use crate::model::TicketRecord;
use crate::model::place::Spot;
use crate::model::ticket::{TicketTerms, networks};

const TICKETS: Kind = Kind {
    one: "no ticket called",
    several: "tickets are called",
    list: "ticket list",
};

#[derive(Debug, Subcommand)]
pub(super) enum Ticket {
    /// A ticket for devices.
    Device(ForDevice),
    /// A ticket for one relay.
    Relay(ForRelay),
    /// List tickets, newest first, with how often each was used.
    #[command(after_help = "Examples:
  farpane-directory ticket list
  farpane-directory ticket list --json")]
    List,
    /// Take a ticket back. Devices that used it stay.
    #[command(after_help = "Examples:
  farpane-directory ticket revoke 'tills of the harbour'
  farpane-directory ticket revoke 0193b5c2-8f1e-7c3a-9d54-2b7e6a1f0c88")]
    Revoke {
        /// Its id, its note, or the relay that it is for, as `ticket list` shows them.
        ticket: String,
    },
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  farpane-directory ticket device
  farpane-directory ticket device --at 'Oslo Shops / Harbour' --note 'tills of the harbour'
  farpane-directory ticket device --uses 200 --expires 7d --queue

On the device: farpane-host enroll TICKET")]
pub(super) struct ForDevice {
    /// How many devices it enrols.
    #[arg(long, value_name = "N", default_value_t = 1,
          value_parser = clap::value_parser!(u32).range(1..=i64::from(TICKET_USES_MOST)))]
    uses: u32,
    /// How long it works, such as 30m, 24h or 7d.
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = life)]
    expires: Duration,
    /// Let each device wait until somebody approves it.
    #[arg(long)]
    queue: bool,
    /// The customer whose devices these are [default: the organisation itself].
    #[arg(long, value_name = "NAME", alias = "tenant", conflicts_with = "at")]
    customer: Option<String>,
    /// Where the devices stand: the customer, then sites and groups, with / between them.
    #[arg(long, value_name = "CUSTOMER / PLACE")]
    at: Option<String>,
    /// The older way to say that: below the customer only.
    #[arg(long, value_name = "SITE/GROUP", conflicts_with = "at", hide = true)]
    place: Option<String>,
    /// A tag that each device gets; may be said several times.
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// A network from which it works, such as 192.0.2.0/24; may be said several times
    /// [default: from everywhere].
    #[arg(long = "network", value_name = "CIDR")]
    networks: Vec<String>,
    /// Never open these devices without asking, whatever their own rules say.
    #[arg(long)]
    attended: bool,
    /// Give this known device, by id or name, a new key instead of making a new device known.
    #[arg(long, value_name = "DEVICE")]
    replace: Option<String>,
    /// What it is for, in words.
    #[arg(long, value_name = "TEXT", default_value = "")]
    note: String,
    /// Where the directory is [default: as it was last served].
    #[arg(long, value_name = "URL")]
    url: Option<DirectoryUrl>,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:
  farpane-directory ticket relay --name oslo-1

On the relay's machine: farpane-relay enroll TICKET")]
pub(super) struct ForRelay {
    /// What the relay is called. One that has this name already is replaced.
    #[arg(long, value_name = "NAME")]
    name: String,
    /// How long it works, such as 30m, 24h or 7d.
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = life)]
    expires: Duration,
    /// Where the directory is [default: as it was last served].
    #[arg(long, value_name = "URL")]
    url: Option<DirectoryUrl>,
}

fn life(text: &str) -> Result<Duration, String> {
    let life = humantime::parse_duration(text)
        .map_err(|_| "expected a time such as 30m, 24h or 7d".to_owned())?;
    if life.is_zero() || life > TICKET_LIFE_MOST {
        return Err("a ticket works for at least a moment and at most a year".into());
    }
    Ok(life)
}

impl Ticket {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failure> {
        let (core, _) = open::core(context).await?;
        let caller = Caller::operator(core);
        match self {
            Self::Device(wanted) => for_device(context, &caller, wanted).await,
            Self::Relay(wanted) => for_relay(context, &caller, wanted).await,
            Self::List => list(context, &caller).await,
            Self::Revoke { ticket } => {
                let id = named(&caller, &ticket).await?;
                let done = if caller.revoke_ticket(id).await? {
                    "revoked"
                } else {
                    "was revoked before"
                };
                if context.json {
                    output::json(&serde_json::json!({ "ticket": id, "done": done }));
                } else {
                    output::line(&format!("{id} {done}"));
                }
                Ok(())
            }
        }
    }
}

/// The id of the ticket of that id, note or relay.
async fn named(caller: &Caller, typed: &str) -> Result<Uuid, Failure> {
    let tickets = caller.tickets().await?.into_iter();
    let choices = tickets.map(|now| {
        let ticket = now.ticket;
        Choice {
            id: ticket.id,
            about: format!("{}  {}", now.place.join(" / "), now.state.word()),
            names: [ticket.terms.note, ticket.name]
                .into_iter()
                .filter(|name| !name.is_empty())
                .collect(),
            thing: ticket.id,
        }
    });
    TICKETS.one(typed, choices)
}

/// Where the devices of a ticket stand.
async fn stands(caller: &Caller, wanted: &ForDevice) -> Result<Spot, Failure> {
    let tree = caller.tree().await?;
    if let Some(at) = &wanted.at {
        return spot(&tree, at);
    }
    let customer = match &wanted.customer {
        Some(name) => spot(&tree, name)?,
        None => Spot::at(caller.core.tenant(None).await?.id),
    };
    match &wanted.place {
        Some(place) => spot(
            &tree,
            &format!("{} / {place}", spot_in_words(&tree, customer)),
        ),
        None => Ok(customer),
    }
}

async fn for_device(context: &Context, caller: &Caller, wanted: ForDevice) -> Result<(), Failure> {
    let pin = open::identity(context)?.fingerprint();
    let replaced = match &wanted.replace {
        Some(typed) => Some(device(caller, typed).await?),
        None => None,
    };
    let mut at = stands(caller, &wanted).await?;
    if let Some(replaced) = &replaced
        && at.tenant != replaced.spot.tenant
    {
        at = Spot::at(replaced.spot.tenant);
    }
    let terms = TicketTerms {
        place: at.place,
        unattended: !wanted.attended,
        tags: wanted.tags,
        networks: networks(&wanted.networks.join(" "))
            .map_err(|error| Failure::usage(error.to_string()))?,
        replaces: replaced.map(|device| device.id),
        note: wanted.note,
    };
    let wish = DeviceTicket {
        tenant: at.tenant,
        uses: wanted.uses,
        approval: if wanted.queue {
            Approval::Pending
        } else {
            Approval::Approved
        },
        terms,
    };
    let url = open::url(&caller.core, wanted.url).await?;
    let made = caller.make_device_ticket(wish, wanted.expires, (&url, pin));
    let (ticket, record) = made.await?;
    let whose = spot_in_words(&*caller.tree().await?, at);
    show(context, (&ticket, &record), &whose, "farpane-host");
    Ok(())
}

async fn for_relay(context: &Context, caller: &Caller, wanted: ForRelay) -> Result<(), Failure> {
    let pin = open::identity(context)?.fingerprint();
    let wish = TicketWish::Relay { name: wanted.name };
    let url = open::url(&caller.core, wanted.url).await?;
    let made = caller
        .core
        .make_ticket(wish, wanted.expires, (&url, pin), caller.actor());
    let (ticket, record) = made.await?;
    show(context, (&ticket, &record), &record.name, "farpane-relay");
    Ok(())
}

fn show(
    context: &Context,
    (ticket, record): (&farpane_protocol::enrolment::Ticket, &TicketRecord),
    whose: &str,
    program: &str,
) {
    if context.json {
        output::json(&serde_json::json!({
            "id": record.id,
            "ticket": ticket.to_string(),
            "kind": ticket.kind,
            "for": whose,
            "uses": record.allowed,
            "approval": record.approval,
            "expires": record.expires,
        }));
    } else {
        let what = match ticket.kind {
            TicketKind::Device => "devices of",
            TicketKind::Relay => "the relay",
        };
        output::remark(&format!("It is for {what} {whose}."));
        output::remark(&format!("Use it with: {program} enroll TICKET"));
        output::line(&ticket.to_string());
    }
}

async fn list(context: &Context, caller: &Caller) -> Result<(), Failure> {
    let tickets = caller.tickets().await?;
    if context.json {
        let rows: Vec<_> = tickets
            .iter()
            .map(|now| {
                let (ticket, terms) = (&now.ticket, &now.ticket.terms);
                serde_json::json!({
                    "id": ticket.id,
                    "kind": ticket.kind,
                    "customer": ticket.tenant,
                    "place": now.place,
                    "uses": ticket.allowed,
                    "used": ticket.used,
                    "approval": ticket.approval,
                    "unattended": terms.unattended,
                    "tags": terms.tags,
                    "networks": terms.networks.iter().map(ToString::to_string).collect::<Vec<_>>(),
                    "replaces": terms.replaces,
                    "note": terms.note,
                    "expires": ticket.expires,
                    "state": now.state.word(),
                })
            })
            .collect();
        output::json(&serde_json::Value::Array(rows));
        return Ok(());
    }
    if tickets.is_empty() {
        let hint = context.hint("ticket device");
        output::remark(&format!("No tickets. Make one with: {hint}"));
    }
    for now in tickets {
        let ticket = &now.ticket;
        let whom = match ticket.kind {
            TicketKind::Device => now.place.join(" / "),
            TicketKind::Relay => format!("relay {}", ticket.name),
        };
        output::line(&format!(
            "{}  {whom}  used {} of {}  {}  {}",
            ticket.id,
            ticket.used,
            ticket.allowed,
            now.state.word(),
            ticket.terms.note
        ));
    }
    Ok(())
}
