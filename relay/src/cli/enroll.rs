//! `farpane-relay enroll`: makes this relay known to a directory. The key and the enrolment stay
//! only if the directory said yes.

use clap::Args;
use farpane_protocol::enrolment::{Ticket, TicketKind};
use farpane_protocol::outcome::Outcome;
use serde_json::json;

use super::failure::Failure;
use super::print;
use crate::data::{DataDir, Enrolment};
use crate::directory_link;

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  farpane-relay enroll farpane-ticket1.eyJr…\n\nThe ticket comes from \
        `farpane-directory ticket relay --name NAME`; it carries the directory's\naddress and key, \
        so nothing else is needed."
)]
pub(super) struct Options {
    /// The ticket, as the directory printed it
    ticket: String,
    /// Enrol anew where this relay is enrolled already; it keeps its key
    #[arg(long)]
    force: bool,
}

pub(super) async fn run(data: &DataDir, options: Options, json: bool) -> Result<(), Failure> {
    let ticket: Ticket = options.ticket.parse()?;
    match ticket.kind {
        TicketKind::Relay => {}
        TicketKind::Device => {
            return Err(Failure::new(
                Outcome::Usage,
                "this ticket enrols a device; make one for a relay with `farpane-directory ticket \
                 relay --name NAME`",
            ));
        }
    }
    if !options.force {
        data.must_not_be_enrolled()?;
    }
    let identity = data.identity_to_enrol()?;
    let enrolled = match directory_link::enroll(&ticket, &identity.key).await {
        Ok(enrolled) => enrolled,
        Err(error) => {
            data.discard(identity);
            return Err(error.into());
        }
    };
    let key = identity.key.public().fingerprint();
    let enrolment = Enrolment {
        relay: enrolled.relay,
        name: enrolled.name,
        directory: ticket.url,
        pin: ticket.pin,
    };
    data.keep(identity, &enrolment)?;
    let Enrolment {
        relay,
        name,
        directory,
        ..
    } = enrolment;
    if json {
        print(
            &json!({ "relay": relay, "name": name, "directory": directory, "fingerprint": key })
                .to_string(),
        );
    } else {
        print(&format!("enrolled with {directory} as {name} ({relay})"));
    }
    Ok(())
}
