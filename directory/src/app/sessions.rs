//! A viewer asks for a session: facts, decision, record, grant, invitation, in this order.

use farpane_protocol::api::{SessionGranted, SessionRequest};
use farpane_protocol::grant::{ConsentMode, Grant};
use farpane_protocol::ids::{ChannelId, EpochNonce, GrantId, SessionId};
use farpane_protocol::key::PublicKey;
use farpane_protocol::limits::{GRANT_START_BY, SESSION_MAX};
use farpane_protocol::outcome::EndReason;
use farpane_protocol::relay::{Leave, RelayTicket, Side};
use farpane_protocol::scope::ScopeSet;
use farpane_protocol::time::Timestamp;

use super::caller::{Caller, Way};
use super::devices::{DeviceNow, EXPECTED};
use super::metrics::count;
use super::{App, AppError, Denied, dispatch};
use crate::audit::{Actor, Entry, Event, Personal};
use crate::live::limiter::TooOften;
use crate::model::request::Act;
use crate::model::said::Said;
use crate::model::session::{Session, SessionState};
use crate::model::{Account, Device, Viewer, new_uuid, text};
use crate::policy::rights::{Path, RoleRights};
use crate::policy::{self, Decision, Facts, Holder, OnDevice, Refusal, decide};
use crate::store::sessions::{DevicesMost, Opened};

/// Bytes per second that a leg of a session may send, sustained: 100 Mbit/s, twice what 1080p at
/// 60 pictures a second needs at its busiest.
const LEG_RATE: u64 = 12_500_000;

/// Within this time the distinct devices that one person opens are counted, in microseconds.
const HOUR_MICROS: u64 = 3_600_000_000;

/// Tries to open a session when another one slips in between decision and record.
const RACES: u32 = 3;

impl App {
    /// Asks for a session. Every refusal is recorded.
    pub async fn request_session(
        &self,
        viewer: &Viewer,
        account: &Account,
        request: &SessionRequest,
    ) -> Result<SessionGranted, AppError> {
        // The refusal could not be recorded either.
        self.check_storage()?;
        let result = match self.limits.session.take(&viewer.id, self.now()) {
            Ok(()) => self.try_session(viewer, account, request).await,
            Err(TooOften { wait, first: true }) => Err(Denied::TooManyTries(wait).into()),
            // One record for a wave, or the record would be the damage.
            Err(TooOften { wait, first: false }) => {
                return Err(Denied::TooManyTries(wait).into());
            }
        };
        match &result {
            Ok(_) => count(&self.metrics.sessions, "ok"),
            Err(AppError::Denied(denied)) => {
                count(&self.metrics.sessions, denied.kind());
                let event = Event::SessionRefused {
                    device: request.device,
                    scopes: request.scopes,
                    why: denied.kind().to_owned(),
                };
                let mut entry = self.viewer_entry(viewer, account, event);
                let device = self.core.store.device(account.org, request.device).await?;
                entry.tenant = device.as_ref().map(|device| device.tenant);
                entry.personal.name = device.map(|device| device.name);
                self.core.store.record(&entry).await?;
            }
            Err(AppError::Store(_)) => {}
        }
        result
    }

    fn viewer_entry(&self, viewer: &Viewer, account: &Account, event: Event) -> Entry {
        let actor = Actor::Viewer {
            account: account.id,
            viewer: viewer.id,
        };
        self.core
            .entry(actor, event)
            .of(account.org)
            .with(Personal {
                account: Some(account.email.to_string()),
                person: Some(account.name.clone()),
                ..Personal::default()
            })
    }

    fn refused(&self, refusal: Refusal) -> AppError {
        Denied::Policy {
            sentence: refusal.sentence(self.now()),
            refusal,
        }
        .into()
    }

    /// A refusal; where a role is missing it says who could give one.
    async fn refused_with_giver(
        &self,
        refusal: Refusal,
        caller: &Caller,
        path: &Path,
    ) -> Result<AppError, AppError> {
        let missing = match &refusal {
            Refusal::NoReach => ScopeSet::EMPTY,
            Refusal::NoRight(missing) => *missing,
            Refusal::AccountDisabled
            | Refusal::SecondForUnasked
            | Refusal::SecondForMany(_)
            | Refusal::Pending
            | Refusal::RightsAbovePolicy
            | Refusal::NoRelay
            | Refusal::Unreachable { .. }
            | Refusal::Busy(_) => return Ok(self.refused(refusal)),
        };
        let gives = |role: &RoleRights| role.reach && missing.within(role.scopes);
        let givers = caller.core.givers(path, gives).await?;
        let ask = match givers.as_slice() {
            [] => Said::new("Ask an owner of the organisation."),
            some => Said::new("It can be given by {people}.").text("people", some.join(", ")),
        };
        let sentence = Said::new("{refusal} {ask}")
            .said("refusal", refusal.sentence(self.now()))
            .said("ask", ask);
        Ok(Denied::Policy { refusal, sentence }.into())
    }

    async fn try_session(
        &self,
        viewer: &Viewer,
        account: &Account,
        request: &SessionRequest,
    ) -> Result<SessionGranted, AppError> {
        let caller = self.caller(account.clone(), Way::Viewer(viewer.id)).await?;
        let device = self.core.store.device(account.org, request.device).await?;
        let Some(device) = device else {
            // Not found, unless this person may see it.
            caller.listed(request.device).await?;
            return Err(Denied::Conflict(EXPECTED).into());
        };
        let now = self.device_now(device);
        let path = caller.core.path_of_device(now.device.id).await?;
        // What nobody showed this person is not there for them.
        if !caller.rights.sees(&path) {
            return Err(Denied::NotFound("device").into());
        }
        let rights = OnDevice::of(&caller.rights, &path);
        let mut holder = Holder {
            person: "Someone else".into(),
        };
        for _ in 0..RACES {
            let open = self.core.store.open_session_of(now.device.id).await?;
            let facts = Facts {
                scopes: policy::with_extras(request.scopes, request.also, &rights),
                ..self.facts(&now, viewer, account, rights, open.as_ref())
            };
            let (consent, epoch) = match decide(&facts) {
                Decision::Allow { consent, epoch } => (consent, epoch),
                Decision::Refuse(refusal) => {
                    return Err(self.refused_with_giver(refusal, &caller, &path).await?);
                }
            };
            let asked = SessionRequest {
                scopes: facts.scopes,
                ..request.clone()
            };
            let limit = self
                .second_person(&caller, viewer, &now.device, consent, &request.reason)
                .await?;
            if let Some(open) = open {
                let way = open.gives_way(viewer.id, epoch, self.now());
                let reason = way.unwrap_or(EndReason::Other);
                holder.person.clone_from(&open.person);
                self.end(&open, reason, Actor::Directory).await?;
            }
            if let Some(granted) = self
                .open(viewer, account, &asked, &now, (consent, epoch, limit))
                .await?
            {
                return Ok(granted);
            }
        }
        Err(self.refused(Refusal::Busy(holder)))
    }

    /// Whether a second person said yes, where the organisation wants one; asks for one otherwise.
    /// The answer is what still has to hold when the session is recorded: of two requests at
    /// once, both were below the limit here.
    async fn second_person(
        &self,
        caller: &Caller,
        viewer: &Viewer,
        device: &Device,
        consent: ConsentMode,
        reason: &str,
    ) -> Result<Option<DevicesMost>, AppError> {
        let Some(account) = &caller.account else {
            return Ok(None);
        };
        let (store, now) = (&self.core.store, self.now());
        let rules = store.second_person(account.org).await?;
        let since = Timestamp(now.0.saturating_sub(HOUR_MICROS));
        let others = store.devices_opened(account.id, device.id, since).await?;
        let many = rules.for_opening(others);
        let unasked =
            consent == ConsentMode::Unattended && rules.unattended.contains(&device.tenant);
        let needed = [
            (many, Act::OpenMore, Refusal::SecondForMany(others)),
            (
                unasked,
                Act::OpenUnasked { device: device.id },
                Refusal::SecondForUnasked,
            ),
        ];
        for (is_needed, act, refusal) in needed {
            if !is_needed
                || store
                    .use_approval(account.org, account.id, &act, now)
                    .await?
            {
                continue;
            }
            let actor = Actor::Viewer {
                account: account.id,
                viewer: viewer.id,
            };
            let about = Some(device.tenant);
            let asker = (actor, account);
            caller.core.hold(asker, act, reason, about).await?;
            return Err(self.refused(refusal));
        }
        // Who was allowed more than the rules say is not held to them.
        let most = rules.devices_per_hour.filter(|_| !many).map(u64::from);
        Ok(most.map(|most| DevicesMost { most, since }))
    }

    /// Records the session, then signs what it needs and invites the host. `None` if another
    /// session on the device was quicker, or the person's own other one.
    async fn open(
        &self,
        viewer: &Viewer,
        account: &Account,
        request: &SessionRequest,
        target: &DeviceNow,
        (consent, epoch, limit): (ConsentMode, EpochNonce, Option<DevicesMost>),
    ) -> Result<Option<SessionGranted>, AppError> {
        let device = &target.device;
        let away = || {
            self.refused(Refusal::Unreachable {
                last_heard: target.last_heard,
            })
        };
        let here = self.board.find(device.id);
        let place = here.filter(|here| here.epoch == epoch).ok_or_else(away)?;
        let place = place.place;
        let now = self.now();
        let session = Session {
            id: SessionId(new_uuid(now)),
            org: device.org,
            tenant: device.tenant,
            device: device.id,
            device_name: device.name.clone(),
            account: account.id,
            person: account.name.clone(),
            viewer: viewer.id,
            grant: GrantId(farpane_certs::random::bytes()),
            epoch,
            channel: ChannelId::from_random(farpane_certs::random::number()),
            relay: place.key,
            relay_name: place.name.clone(),
            asked_for: request.scopes,
            reason: text::reason(&request.reason),
            issued: now,
            state: SessionState::Granted,
            latency: None,
        };
        let event = Event::SessionGranted {
            session: session.id,
            device: device.id,
            grant: session.grant,
            scopes: session.asked_for,
            consent,
            policy: policy::VERSION,
        };
        let mut entry = self
            .viewer_entry(viewer, account, event)
            .about(device.tenant);
        entry.personal.name = Some(device.name.clone());
        entry.personal.reason = (!session.reason.is_empty()).then(|| session.reason.clone());
        let opened = self.core.store.open_session(&session, limit, &entry);
        match opened.await? {
            Opened::Yes => {}
            Opened::Busy | Opened::TooMany => return Ok(None),
            Opened::NoLonger => return Err(self.refused(Refusal::AccountDisabled)),
        }
        let invited = self
            .invite(dispatch::Invite::new(
                &session,
                viewer.key,
                self.leg_ticket(&session, device.key, Side::Host),
            ))
            .await;
        if !invited {
            self.end(&session, EndReason::LostContact, Actor::Directory)
                .await?;
            return Err(away());
        }
        let org = self.in_org(account.org).await?.org;
        // Read after the session was recorded: what is taken back later ends it by that record.
        let policy_epoch = self.core.store.policy_epoch().await?;
        let grant = Grant {
            id: session.grant,
            session: session.id,
            org: account.org,
            org_name: org.name,
            verified_domain: None,
            tenant: device.tenant,
            tenant_name: device.tenant_name.clone(),
            person: account.name.clone(),
            account: account.email.to_string(),
            viewer_key: viewer.key,
            device: device.id,
            device_key: device.key,
            scopes: session.asked_for,
            consent,
            epoch,
            issued: now,
            start_by: now.after(GRANT_START_BY),
            max_seconds: u32::try_from(SESSION_MAX.as_secs()).unwrap_or(u32::MAX),
            reason: session.reason.clone(),
            policy_version: policy::VERSION,
            user: Some(account.id),
            policy_epoch,
        };
        Ok(Some(SessionGranted {
            session: session.id,
            grant: grant.seal(&self.signer()),
            device_name: device.name.clone(),
            device_key: device.key,
            relay: place,
            relay_ticket: self.leg_ticket(&session, viewer.key, Side::Viewer),
            channel: session.channel,
        }))
    }

    /// Leave to open one leg of the session's channel. It works as long as the session may last,
    /// so that a leg can be opened again after a break; what ends a session is the host's word.
    fn leg_ticket(&self, session: &Session, peer: PublicKey, side: Side) -> String {
        RelayTicket {
            relay: session.relay,
            peer,
            leave: Leave::OpenLeg {
                channel: session.channel,
                side,
            },
            until: session.issued.after(SESSION_MAX),
            rate: LEG_RATE,
        }
        .seal(&self.signer())
    }

    /// Ends a session, records it, and has host and relay told at once.
    pub(super) async fn end(
        &self,
        session: &Session,
        reason: EndReason,
        actor: Actor,
    ) -> Result<bool, AppError> {
        let ended = self.core.end(session, reason, actor).await?;
        self.wake.notify_one();
        Ok(ended)
    }

    /// The viewer is done with a session of its own, or of its person's other viewers.
    pub async fn leave_session(
        &self,
        viewer: &Viewer,
        account: &Account,
        id: SessionId,
    ) -> Result<(), AppError> {
        let session = self.core.store.session(account.org, id).await?;
        let session = session
            .filter(|session| session.account == account.id)
            .ok_or(Denied::NotFound("session"))?;
        let actor = Actor::Viewer {
            account: account.id,
            viewer: viewer.id,
        };
        self.end(&session, EndReason::ViewerLeft, actor).await?;
        Ok(())
    }
}
