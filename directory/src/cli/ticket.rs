//! `ticket`: one string that enrols devices or a relay.

use std::time::Duration;

use clap::{Args, Subcommand};
use farpane_protocol::api::Approval;
use farpane_protocol::enrolment::TicketKind;
use farpane_protocol::ids::{DeviceId, PlaceId, TenantId};
use uuid::Uuid;

use super::failure::Failure;
use super::{Context, open, output};
use crate::app::administer::{TICKET_LIFE_MOST, TICKET_USES_MOST, TicketWish};
use crate::app::caller::Caller;
use crate::app::tickets::DeviceTicket;
use crate::config::DirectoryUrl;
use crate::model::TicketRecord;
use crate::model::place::Spot;
use crate::model::ticket::{TicketTerms, networks};

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
    #[command(after_help = "Example:
  farpane-directory ticket revoke 0193b5c2-8f1e-7c3a-9d54-2b7e6a1f0c88")]
    Revoke {
        /// Its id, as `ticket list` shows it.
        id: Uuid,
    },
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  farpane-directory ticket device
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
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
    /// The customer's site or group that the devices stand in, from the outside in.
    #[arg(long, value_name = "SITE/GROUP")]
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
    /// Give this known device a new key instead of making a new device known.
    #[arg(long, value_name = "DEVICE")]
    replace: Option<DeviceId>,
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
            Self::Revoke { id } => {
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

/// The place of that name below a customer, sites and groups parted by slashes.
async fn place(
    caller: &Caller,
    tenant: TenantId,
    named: Option<&str>,
) -> Result<Option<PlaceId>, Failure> {
    let Some(named) = named else {
        return Ok(None);
    };
    let tree = caller.tree().await?;
    let mut spot = Spot::at(tenant);
    for name in named.split('/') {
        let child = tree
            .child_named(spot, name)
            .ok_or_else(|| Failure::usage(format!("the customer has no place called {named}")))?;
        spot.place = Some(child.id);
    }
    Ok(spot.place)
}

async fn for_device(context: &Context, caller: &Caller, wanted: ForDevice) -> Result<(), Failure> {
    let pin = open::identity(context)?.fingerprint();
    let tenant = match wanted.replace {
        Some(device) => caller.listed(device).await?.0.spot.tenant,
        None => caller.core.tenant(wanted.tenant.as_deref()).await?.id,
    };
    let terms = TicketTerms {
        place: place(caller, tenant, wanted.place.as_deref()).await?,
        unattended: !wanted.attended,
        tags: wanted.tags,
        networks: networks(&wanted.networks.join(" "))
            .map_err(|error| Failure::usage(error.to_string()))?,
        replaces: wanted.replace,
        note: wanted.note,
    };
    let wish = DeviceTicket {
        tenant,
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
    show(context, &ticket, &record, "farpane-host");
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
    show(context, &ticket, &record, "farpane-relay");
    Ok(())
}

fn show(
    context: &Context,
    ticket: &farpane_protocol::enrolment::Ticket,
    record: &TicketRecord,
    program: &str,
) {
    if context.json {
        output::json(&serde_json::json!({
            "id": record.id,
            "ticket": ticket.to_string(),
            "kind": ticket.kind,
            "uses": record.allowed,
            "approval": record.approval,
            "expires": record.expires,
        }));
    } else {
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
