//! How devices become known, for programs: tickets, the queue of waiting devices, what devices say
//! about themselves.

pub mod approvals;
pub mod decide;
pub mod inventory;
pub mod make_ticket;
pub mod revoke_ticket;
pub mod tickets;
pub mod versions;

use farpane_protocol::api::Approval;
use farpane_protocol::enrolment::TicketKind;
use farpane_protocol::ids::{DeviceId, PlaceId, TenantId};
use farpane_protocol::time::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use crate::app::tickets::TicketNow;
use crate::model::TicketRecord;

/// A ticket, without its secret.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct TicketSeen {
    id: Uuid,
    kind: TicketKind,
    /// Whose devices it enrols; absent for relays.
    customer: Option<TenantId>,
    /// The site or group that its devices stand in.
    place: Option<PlaceId>,
    /// What it is for, in words.
    note: String,
    /// How often it works.
    uses: u32,
    /// How often it worked.
    used: u32,
    /// Whether what it enrols may be used at once.
    approval: Approval,
    /// Whether devices may be opened without anybody being asked, if their own rules allow it.
    unattended: bool,
    /// Tags that its devices get.
    tags: Vec<String>,
    /// Networks from which it works; none: from everywhere.
    networks: Vec<String>,
    /// The device whose key it replaces.
    replaces: Option<DeviceId>,
    created: Timestamp,
    expires: Timestamp,
    /// works, used-up, expired, revoked, or maker-gone where whoever made it was disabled or removed.
    state: &'static str,
}

impl From<TicketNow> for TicketSeen {
    fn from(now: TicketNow) -> Self {
        let TicketNow { ticket, state, .. } = now;
        let TicketRecord { terms, .. } = ticket;
        Self {
            id: ticket.id,
            kind: ticket.kind,
            customer: ticket.tenant,
            place: terms.place,
            note: terms.note,
            uses: ticket.allowed,
            used: ticket.used,
            approval: ticket.approval,
            unattended: terms.unattended,
            tags: terms.tags,
            networks: terms.networks.iter().map(ToString::to_string).collect(),
            replaces: terms.replaces,
            created: ticket.created,
            expires: ticket.expires,
            state: state.word(),
        }
    }
}
