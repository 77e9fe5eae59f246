//! What administrators do, in the console and on the command line: tickets, devices, accounts,
//! stopping sessions. A running server notices what the command line wrote within a second.

use std::time::Duration;

use farpane_protocol::api::Approval;
use farpane_protocol::enrolment::{Ticket, TicketKind};
use farpane_protocol::ids::{DeviceId, SessionId, TenantId};
use farpane_protocol::key::Fingerprint;
use farpane_protocol::outcome::EndReason;

use super::{AppError, Core, Denied};
use crate::audit::{Actor, Event, Personal};
use crate::config::DirectoryUrl;
use crate::model::session::Session;
use crate::model::text;
use crate::model::ticket::TicketTerms;
use crate::model::{Device, Tenant, TicketRecord, new_uuid};
use crate::secret::Secret;

/// Most uses of one ticket: a large roll-out, not a standing invitation.
pub const TICKET_USES_MOST: u32 = 100_000;

/// Longest life of a ticket.
pub const TICKET_LIFE_MOST: Duration = Duration::from_secs(365 * 24 * 3600);

/// What a new ticket should be.
#[derive(Clone, Debug)]
pub enum TicketWish {
    /// For devices.
    Device {
        /// Of whom.
        tenant: TenantId,
        /// How many.
        uses: u32,
        /// Whether each has to be approved.
        approval: Approval,
        /// What the ticket asks and gives beyond that.
        terms: TicketTerms,
    },
    /// For one relay of this name.
    Relay {
        /// Its name.
        name: String,
    },
}

impl Core {
    /// Makes a ticket. The answer is the only place where its secret appears.
    pub async fn make_ticket(
        &self,
        wish: TicketWish,
        life: Duration,
        (url, pin): (&DirectoryUrl, Fingerprint),
        actor: Actor,
    ) -> Result<(Ticket, TicketRecord), AppError> {
        let now = self.clock.now();
        let secret = Secret::draw();
        let (kind, tenant, name, allowed, approval, terms) = match wish {
            TicketWish::Device {
                tenant,
                uses,
                approval,
                terms,
            } => (
                TicketKind::Device,
                Some(tenant),
                String::new(),
                uses.clamp(1, TICKET_USES_MOST),
                approval,
                terms,
            ),
            TicketWish::Relay { name } => {
                let name = text::name_or(&name, "relay");
                let terms = TicketTerms::default();
                (TicketKind::Relay, None, name, 1, Approval::Approved, terms)
            }
        };
        let record = TicketRecord {
            id: new_uuid(now),
            org: self.org.id,
            tenant,
            kind,
            secret: secret.digest(),
            name,
            allowed,
            used: 0,
            approval,
            created: now,
            expires: now.after(life.min(TICKET_LIFE_MOST)),
            terms,
            revoked: None,
            made_by: actor.person(),
            orphaned: false,
        };
        let event = Event::TicketMade {
            ticket: record.id,
            kind,
            allowed,
            expires: record.expires,
            approval,
        };
        let mut entry = self.entry(actor, event);
        entry.tenant = tenant;
        if !record.name.is_empty() {
            entry.personal = Personal::named(&record.name);
        }
        self.store.add_ticket(&record, &entry).await?;
        let ticket = Ticket {
            kind,
            url: url.to_string(),
            pin,
            secret: secret.expose().to_owned(),
        };
        Ok((ticket, record))
    }

    /// The tenant of that name, or the first one if no name is given.
    pub async fn tenant(&self, name: Option<&str>) -> Result<Tenant, AppError> {
        let found = match name {
            Some(name) => {
                let wanted = text::fold(&text::name(name));
                let mut tenants = self.store.tenants(self.org.id).await?.into_iter();
                tenants.find(|tenant| text::fold(&tenant.name) == wanted)
            }
            None => self.store.first_tenant(self.org.id).await?,
        };
        Ok(found.ok_or(Denied::NotFound("customer"))?)
    }

    async fn known_device(&self, id: DeviceId) -> Result<Device, AppError> {
        let device = self.store.device(self.org.id, id).await?;
        Ok(device.ok_or(Denied::NotFound("device"))?)
    }

    /// Lets a device be used. False if it could be already.
    pub async fn approve_device(&self, id: DeviceId, actor: Actor) -> Result<bool, AppError> {
        let device = self.known_device(id).await?;
        let entry = self
            .entry(actor, Event::DeviceApproved { device: id })
            .about(device.tenant)
            .with(Personal::named(&device.name));
        Ok(self.store.approve_device(self.org.id, id, &entry).await?)
    }

    /// Gives a device another name; the name as it was kept is returned.
    pub async fn rename_device(
        &self,
        id: DeviceId,
        name: &str,
        actor: Actor,
    ) -> Result<String, AppError> {
        let name = text::name(name);
        if name.is_empty() {
            return Err(Denied::BadRequest("A device needs a name.").into());
        }
        let device = self.known_device(id).await?;
        let entry = self
            .entry(actor, Event::DeviceRenamed { device: id })
            .about(device.tenant)
            .with(Personal::renamed(&name, &device.name));
        let renamed = self.store.rename_device(self.org.id, id, &name, &entry);
        if renamed.await? {
            Ok(name)
        } else {
            Err(Denied::NotFound("device").into())
        }
    }

    /// Ends a session and records it; the server tells host and relay. False if it was over.
    pub(in crate::app) async fn end(
        &self,
        session: &Session,
        reason: EndReason,
        actor: Actor,
    ) -> Result<bool, AppError> {
        let event = Event::SessionEnded {
            session: session.id,
            reason: reason.word().to_owned(),
        };
        let entry = self
            .entry(actor, event)
            .of(session.org)
            .about(session.tenant)
            .with(Personal::named(&session.device_name));
        let now = self.clock.now();
        let ended = self
            .store
            .end_session(session.org, session.id, reason, now, &entry);
        Ok(ended.await?)
    }

    /// Stops a session on an administrator's word. False if it was over.
    pub async fn stop_session(&self, id: SessionId, actor: Actor) -> Result<bool, AppError> {
        let session = self.store.session(self.org.id, id).await?;
        let session = session.ok_or(Denied::NotFound("session"))?;
        self.end(&session, EndReason::Revoked, actor).await
    }
}
