//! `ticket`: one string that enrols devices or a relay.

use std::time::Duration;

use clap::{Args, Subcommand};
use farpane_protocol::api::Approval;

use super::failure::Failure;
use super::{Context, open, output};
use crate::app::administer::{TICKET_LIFE_MOST, TICKET_USES_MOST, TicketWish};
use crate::audit::Actor;
use crate::config::DirectoryUrl;
use crate::model::ticket::TicketTerms;

#[derive(Debug, Subcommand)]
pub(super) enum Ticket {
    /// A ticket for devices.
    Device(ForDevice),
    /// A ticket for one relay.
    Relay(ForRelay),
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
        let pin = open::identity(context)?.fingerprint();
        let (wish, life, url, program) = match self {
            Self::Device(wanted) => {
                let tenant = core.tenant(wanted.tenant.as_deref()).await?;
                let approval = if wanted.queue {
                    Approval::Pending
                } else {
                    Approval::Approved
                };
                let wish = TicketWish::Device {
                    tenant: tenant.id,
                    uses: wanted.uses,
                    approval,
                    terms: TicketTerms::default(),
                };
                (wish, wanted.expires, wanted.url, "farpane-host")
            }
            Self::Relay(wanted) => {
                let wish = TicketWish::Relay { name: wanted.name };
                (wish, wanted.expires, wanted.url, "farpane-relay")
            }
        };
        let url = open::url(&core, url).await?;
        let made = core.make_ticket(wish, life, (&url, pin), Actor::Operator);
        let (ticket, record) = made.await?;
        if context.json {
            output::json(&serde_json::json!({
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
        Ok(())
    }
}
