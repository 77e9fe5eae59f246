//! GET and POST: tickets for devices, and the devices that wait for approval.

pub(crate) mod decide;
pub(crate) mod revoke;

use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use farpane_protocol::api::Approval;
use farpane_protocol::enrolment::TicketKind;
use farpane_protocol::ids::{PlaceId, TenantId};
use farpane_protocol::time::Timestamp;
use serde::Deserialize;

use super::moment::{Moment, absolute};
use super::page::{Failed, Frame, Person, page};
use super::texts::{Message, Texts};
use crate::app::administer::TICKET_USES_MOST;
use crate::app::tickets::{DeviceTicket, TicketNow};
use crate::app::{App, AppError, Denied};
use crate::http::body::Form;
use crate::model::ticket::{NETWORKS_MOST, TicketState, TicketTerms, networks, tags};
use crate::policy::rights::Action;
use crate::store::enrolments::Waiting;

/// Characters of a fingerprint that are shown at once; the rest stands in the tooltip.
const SHORT_KEY: usize = 17;

/// Longest text in the field for networks, in bytes: each with room for an IPv6 one.
const NETWORKS_BYTES: usize = NETWORKS_MOST * 48;

struct Made {
    command: String,
    uses: u32,
    expires: String,
    queue: bool,
}

/// A device that waits.
struct Row {
    id: String,
    name: String,
    tenant: String,
    os: String,
    version: String,
    address: String,
    note: String,
    key: String,
    short_key: String,
    created: Moment,
    same_name: u32,
}

/// A ticket.
struct Ticket {
    revoke: String,
    whom: String,
    note: String,
    used: u32,
    allowed: u32,
    asks: Vec<Message>,
    tags: Vec<String>,
    networks: String,
    expires: String,
    look: &'static str,
    state: Message,
    works: bool,
}

/// A customer or a place below one, to choose.
struct Place {
    value: String,
    name: String,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "enrolment.html")]
struct Page {
    t: Texts,
    frame: Frame,
    made: Option<Made>,
    refused: Option<String>,
    places: Vec<Place>,
    fields: Fields,
    most: u32,
    networks_most: usize,
    pending: Vec<Row>,
    tickets: Vec<Ticket>,
}

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct Fields {
    /// A customer's id, or `customer/place`.
    #[serde(default)]
    place: String,
    uses: u32,
    hours: u32,
    #[serde(default)]
    queue: Option<String>,
    #[serde(default)]
    attended: Option<String>,
    #[serde(default)]
    tags: String,
    #[serde(default)]
    networks: String,
    #[serde(default)]
    note: String,
}

impl Default for Fields {
    fn default() -> Self {
        Self {
            place: String::new(),
            uses: 1,
            hours: 24,
            queue: None,
            attended: None,
            tags: String::new(),
            networks: String::new(),
            note: String::new(),
        }
    }
}

fn row(waiting: Waiting, now: Timestamp) -> Row {
    let device = waiting.device;
    let key = device.key.fingerprint().to_string();
    Row {
        id: device.id.to_string(),
        name: device.name,
        tenant: device.tenant_name,
        os: device.os,
        version: device.version,
        address: waiting
            .enrolment
            .map(|came| came.address)
            .unwrap_or_default(),
        note: waiting.note,
        short_key: key.chars().take(SHORT_KEY).collect(),
        key,
        created: Moment::ago(device.created, now),
        same_name: waiting.same_name,
    }
}

fn ticket(now: TicketNow, t: Texts) -> Ticket {
    let TicketNow {
        ticket,
        state,
        place,
    } = now;
    let whom = match ticket.kind {
        TicketKind::Device => place.join(" / "),
        TicketKind::Relay => ticket.name,
    };
    let (look, word) = match state {
        TicketState::Works => ("reachable", "ticket-works"),
        TicketState::UsedUp => ("away", "ticket-used-up"),
        TicketState::Expired => ("away", "ticket-expired"),
        TicketState::Revoked => ("stopped", "ticket-revoked"),
        TicketState::Orphaned => ("stopped", "ticket-maker-gone"),
    };
    let asks = [
        ("ticket-chip-queue", ticket.approval == Approval::Pending),
        (
            "ticket-chip-attended",
            !ticket.terms.unattended && ticket.kind == TicketKind::Device,
        ),
        ("ticket-chip-replaces", ticket.terms.replaces.is_some()),
    ];
    let networks: Vec<_> = ticket
        .terms
        .networks
        .iter()
        .map(ToString::to_string)
        .collect();
    Ticket {
        revoke: format!("/enrolment/tickets/{}/revoke", ticket.id),
        whom,
        note: ticket.terms.note,
        used: ticket.used,
        allowed: ticket.allowed,
        asks: asks
            .into_iter()
            .filter(|(_, said)| *said)
            .map(|(word, _)| t.msg(word))
            .collect(),
        tags: ticket.terms.tags,
        networks: networks.join(", "),
        expires: absolute(ticket.expires),
        look,
        state: t.msg(word),
        works: state == TicketState::Works,
    }
}

/// Every customer and place for which the person may make tickets.
async fn places(person: &Person, chosen: &str) -> Result<Vec<Place>, AppError> {
    let tree = person.caller.tree().await?;
    let mut all = Vec::new();
    let own = person.caller.core.tenant(None).await?.id.to_string();
    let chosen = if chosen.is_empty() { &own } else { chosen };
    let mut offer = |spot: crate::model::place::Spot| {
        let may = person
            .caller
            .rights
            .may(Action::MakeTickets, &tree.path(spot));
        if may {
            let value = match spot.place {
                Some(place) => format!("{}/{place}", spot.tenant),
                None => spot.tenant.to_string(),
            };
            all.push(Place {
                chosen: value == chosen,
                value,
                name: tree.names(spot).join(" / "),
            });
        }
    };
    for tenant in tree.tenants() {
        offer(crate::model::place::Spot::at(tenant.id));
        for branch in tree.branches(tenant.id) {
            offer(crate::model::place::Spot {
                tenant: tenant.id,
                place: Some(branch.place.id),
            });
        }
    }
    Ok(all)
}

async fn show(
    app: &App,
    person: &Person,
    made: Option<Made>,
    refused: Option<String>,
    fields: Fields,
) -> Result<Response, Failed> {
    let now = app.now();
    let pending = person.caller.waiting().await?;
    let tickets = person.caller.tickets().await?;
    Ok(page(&Page {
        t: person.t,
        frame: Frame::of(app, person, "/enrolment").await?,
        made,
        refused,
        places: places(person, &fields.place).await?,
        fields,
        most: TICKET_USES_MOST,
        networks_most: NETWORKS_BYTES,
        pending: pending.into_iter().map(|device| row(device, now)).collect(),
        tickets: tickets
            .into_iter()
            .map(|found| ticket(found, person.t))
            .collect(),
    }))
}

pub(crate) async fn get(State(app): State<Arc<App>>, person: Person) -> Result<Response, Failed> {
    show(&app, &person, None, None, Fields::default()).await
}

/// Reads `customer` or `customer/place`.
fn spot(value: &str) -> Option<(TenantId, Option<PlaceId>)> {
    let (tenant, place) = match value.split_once('/') {
        Some((tenant, place)) => (tenant, Some(place.parse().ok()?)),
        None => (value, None),
    };
    Some((tenant.parse().ok()?, place))
}

async fn make(app: &App, person: &Person, fields: &Fields) -> Result<Made, AppError> {
    let (tenant, place) = match fields.place.as_str() {
        "" => (person.caller.core.tenant(None).await?.id, None),
        value => spot(value).ok_or(Denied::NotFound("customer"))?,
    };
    let queue = fields.queue.is_some();
    let wish = DeviceTicket {
        tenant,
        uses: fields.uses,
        approval: if queue {
            Approval::Pending
        } else {
            Approval::Approved
        },
        terms: TicketTerms {
            place,
            unattended: fields.attended.is_none(),
            tags: tags(&fields.tags),
            networks: networks(&fields.networks)?,
            replaces: None,
            note: fields.note.clone(),
        },
    };
    let life = Duration::from_secs(3600 * u64::from(fields.hours));
    let at = (&app.identity.url, app.identity.fingerprint);
    let (ticket, record) = person.caller.make_device_ticket(wish, life, at).await?;
    Ok(Made {
        command: format!("farpane-host enroll {ticket}"),
        uses: record.allowed,
        expires: absolute(record.expires),
        queue,
    })
}

pub(crate) async fn post(
    State(app): State<Arc<App>>,
    person: Person,
    Form(fields): Form<Fields>,
) -> Result<Response, Failed> {
    if fields.uses == 0 || fields.uses > TICKET_USES_MOST {
        let why = person.t.msg("ticket-how-many-wrong");
        let why = why.num("most", TICKET_USES_MOST).to_string();
        return show(&app, &person, None, Some(why), fields).await;
    }
    match make(&app, &person, &fields).await {
        Ok(made) => show(&app, &person, Some(made), None, Fields::default()).await,
        // What a person can mend stays beside the form, with what they typed.
        Err(AppError::Denied(Denied::NotUnderstood(why))) => {
            let why = person.t.said(&why);
            show(&app, &person, None, Some(why), fields).await
        }
        Err(other) => Err(other.into()),
    }
}
