//! What of everything that happens one caller hears: what they may see, and nothing else. A feed
//! begins where the caller left off, if that is not too long ago.

use std::collections::VecDeque;
use std::sync::Arc;

use farpane_protocol::api::DeviceState;
use farpane_protocol::ids::{DeviceId, RelayId};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use super::caller::Caller;
use super::{App, AppError, Denied};
use crate::live::bus::{Bus as _, Signal};
use crate::live::streams::Room;
use crate::model::happening::{Happening, Topic};
use crate::policy::rights::{Action, Path};

/// Records that a caller may have missed and still be told one by one: minutes of a busy
/// directory. Beyond it, looking everything up is quicker.
const REPLAY: u32 = 2000;

/// Devices of one signal that are looked up one by one. When more come or go at once, as when a
/// relay restarts, the caller looks at its list anew.
const ONE_BY_ONE: usize = 50;

/// What a caller is told.
#[derive(Clone, Debug)]
pub enum Told {
    /// The feed stands; what happens after this number follows.
    Ready(u64),
    /// Something happened.
    Happened(Arc<Happening>),
    /// Devices came or went.
    Presence(Vec<(DeviceId, DeviceState)>),
    /// A relay connected (true) or went away.
    Relay(RelayId, bool),
    /// Something was missed: what is shown has to be looked up anew. Goes on after this number.
    Resync(u64),
}

/// One caller's feed.
pub struct Feed {
    app: Arc<App>,
    /// Who listens; replaced when their rights were read again.
    pub caller: Caller,
    signals: broadcast::Receiver<Signal>,
    /// What was told, or counts as told.
    last: u64,
    waiting: VecDeque<Told>,
    /// Taken off the bus and not done with.
    taken: Option<Signal>,
    _room: Room,
}

impl App {
    /// Begins a feed, after record number `after` where the caller left off there.
    pub async fn hear(
        self: Arc<Self>,
        caller: Caller,
        after: Option<u64>,
    ) -> Result<Feed, AppError> {
        let account = caller.account.as_ref().ok_or(Denied::SignInNeeded)?;
        let room = self.streams.take(account.id.0).ok_or(Denied::Busy)?;
        // First the live signals, then the past: what falls between is heard twice and told once.
        let signals = self.bus.listen();
        let newest = self.core.store.newest_number().await?;
        let mut feed = Feed {
            app: self,
            caller,
            signals,
            last: newest,
            waiting: VecDeque::new(),
            taken: None,
            _room: room,
        };
        match after {
            None => feed.waiting.push_back(Told::Ready(newest)),
            Some(after) => feed.catch_up(after).await?,
        }
        Ok(feed)
    }
}

impl Feed {
    async fn catch_up(&mut self, after: u64) -> Result<(), AppError> {
        let newest = self.last;
        // Later than the newest: the store was restored from a backup since.
        if after > newest || newest - after > u64::from(REPLAY) {
            self.waiting.push_back(Told::Resync(newest));
            return Ok(());
        }
        let org = Some(self.caller.core.org.id);
        let missed = self.app.core.store.records_since(org, after, REPLAY);
        for kept in missed.await? {
            let happening = Arc::new(Happening::of(&kept));
            self.last = self.last.max(happening.number);
            if self.caller.hears(&happening).await? {
                self.waiting.push_back(Told::Happened(happening));
            }
        }
        self.waiting.push_front(Told::Ready(after));
        Ok(())
    }

    /// The next thing to tell; `None` if there will be none. May be dropped while it waits:
    /// what it took off the bus it takes up again.
    pub async fn next(&mut self) -> Result<Option<Told>, AppError> {
        loop {
            if let Some(told) = self.waiting.pop_front() {
                return Ok(Some(told));
            }
            let signal = match self.taken.clone() {
                Some(signal) => signal,
                None => match self.signals.recv().await {
                    Ok(signal) => self.taken.insert(signal).clone(),
                    Err(RecvError::Lagged(_)) => return Ok(Some(Told::Resync(self.last))),
                    Err(RecvError::Closed) => return Ok(None),
                },
            };
            let told = self.told(signal).await?;
            self.taken = None;
            if told.is_some() {
                return Ok(told);
            }
        }
    }

    async fn told(&mut self, signal: Signal) -> Result<Option<Told>, AppError> {
        match signal {
            Signal::Recorded(happening) => {
                if happening.number <= self.last {
                    return Ok(None);
                }
                let hears = self.caller.hears(&happening).await?;
                self.last = happening.number;
                Ok(hears.then_some(Told::Happened(happening)))
            }
            Signal::Presence { org, devices } => {
                if org == self.caller.core.org.id {
                    self.seen(&devices).await
                } else {
                    Ok(None)
                }
            }
            Signal::Relay {
                org,
                relay,
                connected,
            } => {
                let caller = &self.caller;
                let hears =
                    org == caller.core.org.id && caller.rights.may(Action::SeeRelays, &Path::ORG);
                Ok(hears.then_some(Told::Relay(relay, connected)))
            }
        }
    }

    async fn seen(&self, devices: &[(DeviceId, DeviceState)]) -> Result<Option<Told>, AppError> {
        if devices.len() > ONE_BY_ONE {
            return Ok(Some(Told::Resync(self.last)));
        }
        let core = &self.caller.core;
        let mut seen = Vec::new();
        for (id, state) in devices {
            let Some(device) = core.store.device(core.org.id, *id).await? else {
                continue;
            };
            let path = core.device_path(*id, device.tenant).await?;
            if self.caller.rights.sees(&path) {
                seen.push((*id, *state));
            }
        }
        Ok((!seen.is_empty()).then_some(Told::Presence(seen)))
    }
}

impl Caller {
    /// Whether the caller hears of something: they may see what it happened to. What is about
    /// nothing that can be looked at is for those who read the audit.
    pub async fn hears(&self, told: &Happening) -> Result<bool, AppError> {
        if told.org != self.core.org.id {
            return Ok(false);
        }
        let at = told.tenant.map_or(Path::ORG, Path::tenant);
        let may = |action, path: &Path| self.rights.may(action, path);
        Ok(match (told.topic(), told.device(), told.session()) {
            (Topic::Session, _, Some(session)) => {
                let session = self.core.store.session(self.core.org.id, session).await?;
                let Some(session) = session else {
                    return Ok(may(Action::SeeAudit, &at));
                };
                let mine = self.account.as_ref().map(|account| account.id);
                let path = self
                    .core
                    .device_path(session.device, session.tenant)
                    .await?;
                mine == Some(session.account) || may(Action::SeeSessions, &path)
            }
            (Topic::Device, Some(device), _) => {
                let path = match told.tenant {
                    Some(tenant) => self.core.device_path(device, tenant).await?,
                    None => at,
                };
                self.rights.sees(&path)
            }
            (Topic::Relay, ..) => may(Action::SeeRelays, &Path::ORG),
            (Topic::Administration | Topic::Session | Topic::Device, ..) => {
                may(Action::SeeAudit, &at)
            }
        })
    }
}
