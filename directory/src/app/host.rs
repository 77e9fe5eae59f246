//! What hosts ask and tell: where to attach, whether a session may go on, what happened.

use std::time::Duration;

use farpane_protocol::api::{
    Approval, HostConfig, HostEvent, HostFact, LeaseAnswer, LeaseRequest, RelayOffer,
};
use farpane_protocol::envelope::Lease;
use farpane_protocol::ids::DeviceId;
use farpane_protocol::limits::LEASE;
use farpane_protocol::relay::{Leave, RelayTicket};

use super::epochs::Told;
use super::machines::Program;
use super::{App, AppError, Denied};
use crate::audit::{Actor, Event, Personal};
use crate::model::session::end_reason;
use crate::model::{Device, text};
use crate::policy::machine::SeenMachine;
use crate::store::sessions::HostHeard;

/// How long a host may stay at a relay on one ticket: over a day of the directory being down.
const PRESENCE_LIFE: Duration = Duration::from_secs(24 * 60 * 60);

/// Bytes per second that an idle host may send, sustained: keep-alives and little else.
const PRESENCE_RATE: u64 = 64 * 1024;

/// What a host says of itself when it asks what it needs.
#[derive(Clone, Debug, Default)]
pub struct HostSays {
    /// Whether the directory alone may open the device, by its own rules.
    pub unattended: Option<bool>,
    /// On which machine it runs.
    pub machine: Option<SeenMachine>,
    /// Version of the program; empty from those that did not say yet.
    pub version: String,
    /// The highest policy epoch that it has seen.
    pub epoch: Option<u64>,
}

impl App {
    /// What a host needs to run: the relays that listen now, with a ticket for each. The host may
    /// say whether its administrator allows that the directory alone opens it.
    pub async fn host_config(
        &self,
        mut device: Device,
        says: HostSays,
    ) -> Result<HostConfig, AppError> {
        if let Some(seen) = &says.machine {
            self.check_machine(&device, seen).await?;
        }
        let version = text::version(&says.version);
        if !version.is_empty() && version != device.version {
            self.core.store.note_version(device.id, &version).await?;
            device.version = version;
        }
        let core = self.in_org(device.org).await?;
        core.check_version(Program::Host, &device.version).await?;
        let (unattended, epoch) = (says.unattended, says.epoch);
        // What the device's ticket did not allow stays off, whatever its own rules say.
        let unattended = match unattended {
            Some(true) if !device.unattended => {
                let enrolment = self.core.store.enrolment(device.id).await?;
                Some(enrolment.is_none_or(|enrolment| enrolment.unattended))
            }
            Some(_) | None => unattended,
        };
        let device = match unattended {
            Some(unattended) if unattended != device.unattended => {
                self.device_rules(device, unattended).await?
            }
            Some(_) | None => device,
        };
        let told = self.told_about(&device, epoch).await?;
        Ok(self.config_for(&device, told))
    }

    async fn device_rules(&self, device: Device, unattended: bool) -> Result<Device, AppError> {
        self.limit_words_of(device.id)?;
        let device = Device {
            unattended,
            ..device
        };
        let event = Event::DeviceRulesChanged {
            device: device.id,
            unattended,
        };
        let actor = Actor::Device { device: device.id };
        let entry = self
            .core
            .entry(actor, event)
            .of(device.org)
            .about(device.tenant)
            .with(Personal::named(&device.name));
        self.core.store.refresh_device(&device, &entry).await?;
        Ok(device)
    }

    fn config_for(&self, device: &Device, told: Told) -> HostConfig {
        let now = self.now();
        let relays = match device.approval {
            Approval::Pending => Vec::new(),
            Approval::Approved => self.board.listening_of(device.org),
        };
        let offer = |place: farpane_protocol::api::RelayPlace| {
            let ticket = RelayTicket {
                relay: place.key,
                peer: device.key,
                leave: Leave::BePresent,
                until: now.after(PRESENCE_LIFE),
                rate: PRESENCE_RATE,
            };
            RelayOffer {
                ticket: ticket.seal(&self.signer()),
                place,
            }
        };
        HostConfig {
            approval: device.approval,
            relays: relays.into_iter().map(|relay| offer(relay.place)).collect(),
            directory_keys: self.directory_keys(),
            time: now,
            changes: told.changes,
            tell_since: told.tell_since,
            successions: self.signing.successions(),
        }
    }

    /// Leave for a session of this device to go on for another minute. None for one that is over.
    pub async fn lease(
        &self,
        device: &Device,
        request: &LeaseRequest,
    ) -> Result<LeaseAnswer, AppError> {
        let now = self.now();
        if !self
            .core
            .store
            .lease(device.id, request.session, now)
            .await?
        {
            return Err(Denied::SessionOver.into());
        }
        let lease = Lease {
            session: request.session,
            device: device.id,
            issued: now,
            until: now.after(LEASE),
        };
        Ok(LeaseAnswer {
            lease: lease.seal(&self.signer()),
        })
    }

    /// Each word of a device costs a synced record, so a device has only so many.
    pub(super) fn limit_words_of(&self, device: DeviceId) -> Result<(), Denied> {
        self.limits
            .event
            .take(&device, self.now())
            .map_err(|too_often| Denied::TooManyTries(too_often.wait))
    }

    /// Takes a host's word about a session, or about a stranger that it refused, into the record.
    pub async fn host_event(&self, device: &Device, event: HostEvent) -> Result<(), AppError> {
        self.limit_words_of(device.id)?;
        let fact = known_words(event.what);
        let actor = Actor::Device { device: device.id };
        let said = Event::HostSaid {
            session: event.session,
            grant: event.grant,
            fact: fact.clone(),
        };
        let entry = self
            .core
            .entry(actor, said)
            .of(device.org)
            .about(device.tenant)
            .with(Personal::named(&device.name));
        let Some(session) = event.session else {
            return Ok(self.core.store.record(&entry).await?);
        };
        let heard = self
            .core
            .store
            .hear_host(device.id, session, &fact, self.now(), &entry)
            .await?;
        match heard {
            HostHeard::Changed | HostHeard::Repeated => Ok(()),
            HostHeard::TooLate => {
                self.wake.notify_one();
                Ok(())
            }
            HostHeard::NotFound => {
                self.core.store.record(&entry).await?;
                Err(Denied::NotFound("session").into())
            }
        }
    }
}

/// Reasons are words from a list; anything else a host writes there is kept as "other".
fn known_words(fact: HostFact) -> HostFact {
    let known = |reason: &str| end_reason(reason).word().to_owned();
    match fact {
        HostFact::Refused { reason } => HostFact::Refused {
            reason: known(&reason),
        },
        HostFact::Ended { reason } => HostFact::Ended {
            reason: known(&reason),
        },
        HostFact::Asked => HostFact::Asked,
        HostFact::Started { scopes, by_person } => HostFact::Started { scopes, by_person },
    }
}
