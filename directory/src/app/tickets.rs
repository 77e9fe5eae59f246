//! Tickets as people make and take them back, and the queue of devices that wait for somebody to
//! let them in.

use std::time::Duration;

use farpane_protocol::api::Approval;
use farpane_protocol::enrolment::Ticket;
use farpane_protocol::ids::{DeviceId, TenantId};
use farpane_protocol::key::Fingerprint;
use uuid::Uuid;

use super::administer::{TICKET_USES_MOST, TicketWish};
use super::caller::Caller;
use super::{AppError, Denied};
use crate::audit::{Event, Personal};
use crate::config::DirectoryUrl;
use crate::model::TicketRecord;
use crate::model::place::{Spot, Tree};
use crate::model::said::Said;
use crate::model::ticket::{BadTerms, TicketState, TicketTerms};
use crate::policy::rights::{Action, Path};
use crate::store::enrolments::Waiting;

/// Tickets that are listed: those of half a year where a few are made a day.
const TICKETS_SHOWN: u32 = 500;

/// Waiting devices that are listed; more come up as these are decided.
pub const WAITING_SHOWN: u32 = 500;

/// Most devices that are decided at once: each is a record of its own.
pub const DECIDED_AT_ONCE: usize = 500;

const UNKNOWN: Denied = Denied::NotFound("ticket");

/// A ticket and whether it works.
#[derive(Clone, Debug)]
pub struct TicketNow {
    /// The ticket.
    pub ticket: TicketRecord,
    /// Whether it works.
    pub state: TicketState,
    /// Whose devices it enrols, and into which place, from the outside in; empty for relays.
    pub place: Vec<String>,
}

/// What came of deciding about many devices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Decided {
    /// How many were let in.
    pub approved: u32,
    /// How many were turned away.
    pub refused: u32,
    /// How many did not wait any more, or are not for these eyes.
    pub left: u32,
}

impl From<BadTerms> for AppError {
    fn from(bad: BadTerms) -> Self {
        Denied::NotUnderstood(bad.sentence()).into()
    }
}

/// A customer and the terms of a ticket for its devices.
#[derive(Clone, Debug)]
pub struct DeviceTicket {
    /// Whose devices.
    pub tenant: TenantId,
    /// How many.
    pub uses: u32,
    /// Whether each has to be approved.
    pub approval: Approval,
    /// What else.
    pub terms: TicketTerms,
}

fn spot_of(ticket: &TicketRecord) -> Option<Spot> {
    Some(Spot {
        tenant: ticket.tenant?,
        place: ticket.terms.place,
    })
}

impl Caller {
    fn may_handle(&self, tree: &Tree, ticket: &TicketRecord) -> Result<(), Denied> {
        match spot_of(ticket) {
            Some(spot) => self.check(Action::MakeTickets, &tree.path(spot), "ticket"),
            None => self.check(Action::ManageRelays, &Path::ORG, "ticket"),
        }
    }

    /// Makes a ticket for devices. The answer is the only place where its secret appears.
    pub async fn make_device_ticket(
        &self,
        wish: DeviceTicket,
        life: Duration,
        place: (&DirectoryUrl, Fingerprint),
    ) -> Result<(Ticket, TicketRecord), AppError> {
        let tree = self.tree().await?;
        let mut terms = wish.terms.checked()?;
        let spot = Spot {
            tenant: wish.tenant,
            place: terms.place,
        };
        let path = self.known_spot(&tree, spot)?;
        self.check(Action::MakeTickets, &path, "place")?;
        if wish.uses == 0 || wish.uses > TICKET_USES_MOST || life.is_zero() {
            let why =
                Said::new("A ticket enrols 1 to {most} devices and works for at least a moment.");
            return Err(Denied::NotUnderstood(why.number("most", TICKET_USES_MOST)).into());
        }
        // Such a ticket is as good as letting a device in that nobody sees before it is opened.
        let unseen = wish.approval == Approval::Approved && terms.unattended;
        if unseen || terms.replaces.is_some() {
            self.confirmed()?;
        }
        let (mut uses, mut approval) = (wish.uses, wish.approval);
        if let Some(replaced) = terms.replaces {
            let (listed, tree) = self.listed(replaced).await?;
            let path = tree.path(listed.spot);
            self.check(Action::EditDevices, &path, "device")?;
            if listed.spot.tenant != wish.tenant {
                return Err(Denied::NotFound("device").into());
            }
            // What comes is that device, where it stands, and nobody looked at it yet.
            terms.place = listed.spot.place;
            if !self.rights.may(Action::ApproveDevices, &path) {
                approval = Approval::Pending;
            }
            uses = 1;
        }
        let wish = TicketWish::Device {
            tenant: wish.tenant,
            uses,
            approval,
            terms,
        };
        self.core.make_ticket(wish, life, place, self.actor()).await
    }

    /// The tickets that the caller may handle, newest first.
    pub async fn tickets(&self) -> Result<Vec<TicketNow>, AppError> {
        let tree = self.tree().await?;
        let now = self.core.clock.now();
        let kept = self
            .core
            .store
            .tickets(self.core.org.id, TICKETS_SHOWN)
            .await?;
        let own = kept
            .into_iter()
            .filter(|ticket| self.may_handle(&tree, ticket).is_ok());
        let with_state = |ticket: TicketRecord| TicketNow {
            state: ticket.state(now),
            place: spot_of(&ticket)
                .map(|spot| tree.names(spot).into_iter().map(str::to_owned).collect())
                .unwrap_or_default(),
            ticket,
        };
        Ok(own.map(with_state).collect())
    }

    /// Takes a ticket back. False if that was done before.
    pub async fn revoke_ticket(&self, id: Uuid) -> Result<bool, AppError> {
        let (store, org) = (&self.core.store, self.core.org.id);
        let ticket = store.ticket_by_id(org, id).await?.ok_or(UNKNOWN)?;
        let tree = self.tree().await?;
        self.may_handle(&tree, &ticket)?;
        let event = Event::TicketRevoked { ticket: id };
        let mut entry = self.core.entry(self.actor(), event);
        entry.tenant = ticket.tenant;
        let now = self.core.clock.now();
        Ok(store.revoke_ticket(org, id, now, &entry).await?)
    }

    /// The devices that wait and that the caller may decide about, oldest first.
    pub async fn waiting(&self) -> Result<Vec<Waiting>, AppError> {
        let tree = self.tree().await?;
        let org = self.core.org.id;
        let waiting = self.core.store.waiting(org, WAITING_SHOWN).await?;
        let decides = |waiting: &Waiting| {
            let spot = Spot {
                tenant: waiting.device.tenant,
                place: waiting.place,
            };
            self.rights.may(Action::ApproveDevices, &tree.path(spot))
        };
        Ok(waiting.into_iter().filter(decides).collect())
    }

    /// Lets devices in and turns others away, each with a record of its own.
    pub async fn decide(
        &self,
        approve: &[DeviceId],
        refuse: &[DeviceId],
    ) -> Result<Decided, AppError> {
        if approve.len() + refuse.len() > DECIDED_AT_ONCE {
            let why = Said::new("At most {most} devices are decided at once.");
            return Err(Denied::NotUnderstood(why.number("most", DECIDED_AT_ONCE)).into());
        }
        let mut decided = Decided::default();
        for (ids, yes) in [(approve, true), (refuse, false)] {
            for id in ids {
                match self.decide_one(*id, yes).await {
                    Ok(true) if yes => decided.approved += 1,
                    Ok(true) => decided.refused += 1,
                    Ok(false) | Err(AppError::Denied(Denied::NotFound(_))) => decided.left += 1,
                    Err(other) => return Err(other),
                }
            }
        }
        Ok(decided)
    }

    async fn decide_one(&self, id: DeviceId, yes: bool) -> Result<bool, AppError> {
        let (listed, tree) = self.listed(id).await?;
        self.check(Action::ApproveDevices, &tree.path(listed.spot), "device")?;
        let (store, org) = (&self.core.store, self.core.org.id);
        if yes {
            return self.core.approve_device(id, self.actor()).await;
        }
        let waits = listed.standing == crate::model::query::Standing::Pending;
        let Some(key) = listed.key.filter(|_| waits) else {
            return Ok(false);
        };
        let event = Event::DeviceRefused { device: id, key };
        let entry = self
            .core
            .entry(self.actor(), event)
            .about(listed.spot.tenant)
            .with(Personal::named(&listed.name));
        let now = self.core.clock.now();
        Ok(store.remove_device(org, id, now, &entry).await?)
    }
}
