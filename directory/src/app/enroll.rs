//! Devices and relays become known: a ticket's secret, a proved key, one use less.

use farpane_protocol::api::{Approval, DeviceEnrolled, EnrollDevice, EnrollRelay, RelayEnrolled};
use farpane_protocol::enrolment::TicketKind;
use farpane_protocol::ids::{DeviceId, OrgId, RelayId};
use farpane_protocol::key::PublicKey;

use super::metrics::count;
use super::{App, AppError, Denied, Origin};
use crate::audit::{Actor, Event, Personal};
use crate::live::limiter::TooOften;
use crate::model::ticket::Arrival;
use crate::model::{Agent, Device, Relay, TicketRecord, new_uuid, text};
use crate::policy::rights::Action;
use crate::secret::SecretDigest;
use crate::store::catalogue::{Redeemed, TicketRefusal};

/// What a device is called that did not say.
const UNNAMED: &str = "unnamed device";

/// That a ticket was not taken.
fn refusal(kind: TicketKind, key: PublicKey, denied: &Denied) -> Event {
    let why = denied.kind().to_owned();
    Event::EnrolmentRefused { kind, why, key }
}

impl App {
    /// Enrols a device.
    pub async fn enroll_device(
        &self,
        request: &EnrollDevice,
        from: Origin,
    ) -> Result<DeviceEnrolled, AppError> {
        self.limited(TicketKind::Device, request.key, from).await?;
        let enrolled = self.try_device(request, from).await;
        let device = self
            .enrolled(
                TicketKind::Device,
                request.key,
                &request.secret,
                enrolled,
                from,
            )
            .await?;
        Ok(DeviceEnrolled {
            device: device.id,
            name: device.name,
            approval: device.approval,
            org_name: self.in_org(device.org).await?.org.name,
            tenant_name: device.tenant_name,
            directory_keys: self.directory_keys(),
            time: self.now(),
        })
    }

    /// Enrols a relay.
    pub async fn enroll_relay(
        &self,
        request: &EnrollRelay,
        from: Origin,
    ) -> Result<RelayEnrolled, AppError> {
        self.limited(TicketKind::Relay, request.key, from).await?;
        let enrolled = self.try_relay(request, from).await;
        let relay = self
            .enrolled(
                TicketKind::Relay,
                request.key,
                &request.secret,
                enrolled,
                from,
            )
            .await?;
        Ok(RelayEnrolled {
            relay: relay.id,
            name: relay.name,
            directory_keys: self.directory_keys(),
            time: self.now(),
        })
    }

    async fn limited(
        &self,
        kind: TicketKind,
        key: PublicKey,
        from: Origin,
    ) -> Result<(), AppError> {
        let taken = self.limits.enroll.take(from.0, self.now());
        let Err(TooOften { wait, first }) = taken else {
            return Ok(());
        };
        let denied = Denied::TooManyTries(wait);
        // One record for a wave, or the record would be the damage.
        if first {
            let event = refusal(kind, key, &denied);
            self.record_refused(self.core.org.id, event, from).await?;
        }
        Err(denied.into())
    }

    async fn record_refused(&self, org: OrgId, event: Event, from: Origin) -> Result<(), AppError> {
        let entry = self.core.entry(Actor::Stranger, event).of(org);
        self.core.store.record(&entry.with(from.personal())).await?;
        Ok(())
    }

    /// Records a refusal, gives a good try back, counts both.
    async fn enrolled<T>(
        &self,
        kind: TicketKind,
        key: PublicKey,
        secret: &str,
        result: Result<T, AppError>,
        from: Origin,
    ) -> Result<T, AppError> {
        match &result {
            Ok(_) => {
                self.limits.enroll.give_back(from.0);
                count(&self.metrics.enrolments, "ok");
            }
            Err(AppError::Denied(denied)) => {
                count(&self.metrics.enrolments, denied.kind());
                // In the chain of those whose ticket it is.
                let ticket = match SecretDigest::of_shown(secret) {
                    Some(digest) => self.core.store.ticket(digest).await?,
                    None => None,
                };
                let org = ticket.map_or(self.core.org.id, |ticket| ticket.org);
                let event = refusal(kind, key, denied);
                self.record_refused(org, event, from).await?;
            }
            Err(AppError::Store(_)) => {}
        }
        result
    }

    async fn ticket_for(&self, kind: TicketKind, secret: &str) -> Result<TicketRecord, AppError> {
        let unknown = Denied::Ticket(TicketRefusal::Unknown);
        let digest = SecretDigest::of_shown(secret).ok_or_else(|| unknown.clone())?;
        let ticket = self.core.store.ticket(digest).await?;
        Ok(ticket.filter(|ticket| ticket.kind == kind).ok_or(unknown)?)
    }

    async fn try_device(&self, request: &EnrollDevice, from: Origin) -> Result<Device, AppError> {
        let proven = self.check_proof(&request.key, &request.proof)?;
        let ticket = self.ticket_for(TicketKind::Device, &request.secret).await?;
        self.use_up(proven)?;
        if !ticket.terms.works_from(from.0) {
            return Err(Denied::Ticket(TicketRefusal::WrongNetwork).into());
        }
        let maker = self.maker_of(&ticket).await?;
        let unattended = request.unattended && ticket.terms.unattended;
        let arrival = Arrival {
            address: from.0,
            machine: request.machine,
        };
        let os = text::name_or(&request.os, "unknown");
        let version = text::version(&request.version);
        let known = self.core.store.agent(&request.key).await?;
        if let Some(known) = known {
            // The answer to an earlier try was lost, or the host was set up again: it keeps its
            // place, and the ticket its uses.
            let Agent::Host(known) = known else {
                return Err(Denied::KeyTaken.into());
            };
            if known.org != ticket.org {
                return Err(Denied::KeyTaken.into());
            }
            // A second machine with the first one's key needs a key of its own.
            if let Some(machine) = request.machine
                && self.core.store.is_copy(known.id, machine).await?
            {
                return Err(Denied::Copied(known.name).into());
            }
            self.limit_words_of(known.id)?;
            // What an earlier ticket forbade stays forbidden.
            let came_in = self.core.store.enrolment(known.id).await?;
            let unattended = unattended && came_in.is_none_or(|came_in| came_in.unattended);
            let device = Device {
                os,
                version,
                unattended,
                ..known
            };
            let entry = self.device_entry(&device, true, from);
            self.core.store.refresh_device(&device, &entry).await?;
            return Ok(device);
        }
        if let Some(replaced) = ticket.terms.replaces {
            let known = self.core.store.device(ticket.org, replaced).await?;
            let known = known.ok_or(Denied::Ticket(TicketRefusal::NothingToReplace))?;
            let approves = maker.may(Action::ApproveDevices);
            let device = Device {
                key: request.key,
                os,
                version,
                unattended,
                approval: if approves {
                    ticket.approval
                } else {
                    Approval::Pending
                },
                ..known
            };
            return self.replace(&ticket, device, &arrival, from).await;
        }
        let tenant = ticket
            .tenant
            .ok_or(Denied::Ticket(TicketRefusal::Unknown))?;
        let tenants = self.core.store.tenants(ticket.org).await?;
        let tenant = tenants
            .into_iter()
            .find(|known| known.id == tenant)
            .ok_or(Denied::Ticket(TicketRefusal::Unknown))?;
        let now = self.now();
        let device = Device {
            id: DeviceId(new_uuid(now)),
            org: ticket.org,
            tenant: tenant.id,
            tenant_name: tenant.name,
            key: request.key,
            name: text::name_or(&request.name, UNNAMED),
            os,
            version,
            unattended,
            approval: ticket.approval,
            created: now,
            last_heard: None,
        };
        let entry = self.device_entry(&device, false, from);
        let redeemed = self
            .core
            .store
            .enroll_device(ticket.id, &device, &arrival, now, &entry)
            .await?;
        match redeemed {
            Redeemed::Yes => Ok(device),
            Redeemed::Refused(refusal) => Err(Denied::Ticket(refusal).into()),
        }
    }

    /// Gives a known device the key that a ticket was made for.
    async fn replace(
        &self,
        ticket: &TicketRecord,
        device: Device,
        arrival: &Arrival,
        from: Origin,
    ) -> Result<Device, AppError> {
        let event = Event::DeviceKeyReplaced {
            device: device.id,
            key: device.key,
            ticket: ticket.id,
        };
        let actor = Actor::Device { device: device.id };
        let entry = self.core.entry(actor, event).of(device.org);
        let entry = entry.about(device.tenant).with(Personal {
            name: Some(device.name.clone()),
            ..from.personal()
        });
        let store = &self.core.store;
        let replaced = store.replace_device(ticket.id, &device, arrival, self.now(), &entry);
        match replaced.await? {
            Redeemed::Yes => Ok(device),
            Redeemed::Refused(refusal) => Err(Denied::Ticket(refusal).into()),
        }
    }

    fn device_entry(&self, device: &Device, again: bool, from: Origin) -> crate::audit::Entry {
        let event = Event::DeviceEnrolled {
            device: device.id,
            key: device.key,
            approval: device.approval,
            unattended: device.unattended,
            again,
        };
        let actor = Actor::Device { device: device.id };
        let personal = Personal {
            name: Some(device.name.clone()),
            ..from.personal()
        };
        self.core
            .entry(actor, event)
            .of(device.org)
            .about(device.tenant)
            .with(personal)
    }

    async fn try_relay(&self, request: &EnrollRelay, from: Origin) -> Result<Relay, AppError> {
        let proven = self.check_proof(&request.key, &request.proof)?;
        let ticket = self.ticket_for(TicketKind::Relay, &request.secret).await?;
        self.use_up(proven)?;
        self.maker_of(&ticket).await?;
        match self.core.store.agent(&request.key).await? {
            Some(Agent::Relay(known)) if known.org == ticket.org => return Ok(known),
            Some(Agent::Relay(_) | Agent::Host(_) | Agent::Viewer(..)) => {
                return Err(Denied::KeyTaken.into());
            }
            None => {}
        }
        let now = self.now();
        let relay = Relay {
            id: RelayId(new_uuid(now)),
            org: ticket.org,
            name: ticket.name.clone(),
            key: request.key,
            version: text::version(&request.version),
            last_heard: None,
        };
        let event = Event::RelayEnrolled {
            relay: relay.id,
            key: relay.key,
        };
        let personal = Personal {
            name: Some(relay.name.clone()),
            ..from.personal()
        };
        let actor = Actor::Relay { relay: relay.id };
        let entry = self.core.entry(actor, event).of(relay.org).with(personal);
        let redeemed = self
            .core
            .store
            .enroll_relay(ticket.id, &relay, now, &entry)
            .await?;
        match redeemed {
            Redeemed::Yes => Ok(relay),
            Redeemed::Refused(refusal) => Err(Denied::Ticket(refusal).into()),
        }
    }
}
