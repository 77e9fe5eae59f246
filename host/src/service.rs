//! The service: holds the key and the rules, keeps in touch with directory and relay, and lets a
//! session happen only as its grant and its person allow.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use farpane_protocol::api::{Approval, HostConfig, RelayOffer, RelayPlace};
use farpane_protocol::envelope::{Envelope, EnvelopeError, Order};
use farpane_protocol::grant::HostFacts;
use farpane_protocol::ids::{ChannelId, EpochNonce, SessionId};
use farpane_protocol::key::{PublicKey, SecretKey};
use farpane_protocol::outcome::EndReason;
use farpane_protocol::relay::PresenceProof;
use farpane_protocol::revocation::Memory;
use farpane_protocol::time::{DirectoryClock, Timestamp};
use farpane_protocol::token::{self, Purpose, TokenError};
use farpane_transport::congestion::Congestion;
use farpane_transport::directory::{Agent, DirectoryClient, DirectoryError};
use farpane_transport::relay_link::{LinkEvent, LinkEvents, RelayLink};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use crate::data::{Counters, Data, Enrolment};
use crate::grants::UsedGrants;
use crate::inventory::machine;
use crate::rotation;
use crate::service::hub::Hub;
use crate::service::rules::{Look, Question, answer, unattended};
use crate::service::strange::Strange;
pub(crate) use inventory::LastReport;

mod hub;
mod inventory;
mod memory;
mod reporter;
mod rules;
mod session;
mod strange;

/// Shortest and longest pause before the relay or the directory is tried again.
const RETRY_MIN: Duration = Duration::from_millis(500);
const RETRY_MAX: Duration = Duration::from_secs(30);
/// Pause while the device waits for approval or no relay runs.
const WAIT_PAUSE: Duration = Duration::from_secs(3);
/// How long running sessions may take to end when the host stops.
const GOODBYE: Duration = Duration::from_secs(2);
/// Invitations that may be open at once; one session runs at a time, the rest are told so.
const MAX_INVITED: usize = 4;
/// The same with sessions that are over and wait, for [`GOODBYE`] at most, until their viewer has
/// heard why.
const MAX_SESSIONS: usize = 128;

/// Ended sessions that are remembered; an invitation is older than that many only if it has long
/// expired.
const KILLED: usize = 64;

/// What every part of the service knows.
pub(crate) struct Core {
    pub(crate) data: Data,
    pub(crate) key: SecretKey,
    pub(crate) enrolment: Enrolment,
    pub(crate) agent: Agent,
    /// Which machine this is, and which start of it; empty where the system does not say.
    machine: String,
    boot: String,
    pub(crate) epoch: EpochNonce,
    pub(crate) grants: UsedGrants,
    pub(crate) hub: Hub,
    pub(crate) congestion: Congestion,
    pub(crate) reports: reporter::Reporter,
    clock: Mutex<DirectoryClock>,
    keys: Mutex<Vec<PublicKey>>,
    counters: Mutex<Counters>,
    link: Mutex<Option<RelayLink>>,
    kills: watch::Sender<Killed>,
    /// Places for invitations, until their sessions are over.
    invited: Arc<Semaphore>,
    numbers: AtomicU64,
    last_relay: Mutex<Option<PublicKey>>,
    memory: Mutex<Arc<Memory>>,
    relays: Mutex<Vec<RelayPlace>>,
}

/// Sessions that the directory ended lately, the last one at the end; a session looks here before
/// it begins and whenever one is added.
pub(crate) type Killed = VecDeque<SessionId>;

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // None of the values behind these locks can be left half-changed.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Core {
    pub(crate) fn directory_now(&self) -> Option<Timestamp> {
        lock(&self.clock).now(Instant::now())
    }

    pub(crate) fn hear(&self, stated: Timestamp) {
        lock(&self.clock).hear(stated, Instant::now());
    }

    pub(crate) fn directory_keys(&self) -> Vec<PublicKey> {
        lock(&self.keys).clone()
    }

    /// What a grant is judged by, with the rules as they are now.
    pub(crate) fn facts(&self, session: SessionId) -> Result<HostFacts> {
        Ok(HostFacts {
            directory_keys: self.directory_keys(),
            device: self.enrolment.device,
            device_key: self.key.public(),
            epoch: self.epoch,
            floor: self.data.policy()?,
            session,
            memory: self.memory(),
        })
    }

    /// The relays that the directory named last.
    fn relays(&self) -> Vec<RelayPlace> {
        lock(&self.relays).clone()
    }

    pub(crate) fn kills(&self) -> watch::Receiver<Killed> {
        self.kills.subscribe()
    }

    /// A number that no other question or session of this run has.
    pub(crate) fn number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// Opens an envelope and remembers, on disk, that it was obeyed.
    fn open_envelope(&self, sealed: &str) -> Result<Envelope> {
        let mut counters = lock(&self.counters);
        let opened: Result<Envelope, EnvelopeError> = Envelope::open(
            &lock(&self.keys),
            self.enrolment.device,
            counters.envelope,
            sealed,
        );
        let envelope = opened?;
        let next = Counters {
            envelope: envelope.counter,
            ..*counters
        };
        self.data.keep_counters(&next)?;
        *counters = next;
        Ok(envelope)
    }

    fn presence_proof(&self, relay: PublicKey) -> Result<String> {
        let mut counters = lock(&self.counters);
        let next = Counters {
            presence: counters.presence + 1,
            ..*counters
        };
        self.data.keep_counters(&next)?;
        *counters = next;
        let proof = PresenceProof {
            relay,
            counter: next.presence,
            epoch: self.epoch,
        };
        Ok(token::seal(&self.key, Purpose::Presence, &proof))
    }

    fn take_config(&self, config: &HostConfig) -> Result<()> {
        self.hear(config.time);
        if config.directory_keys.is_empty() {
            bail!("the directory named no key of its own");
        }
        *lock(&self.keys) = config.directory_keys.clone();
        let places = config.relays.iter().map(|offer| offer.place.clone());
        *lock(&self.relays) = places.collect();
        Ok(())
    }
}

/// Where the session helper finds the screen.
#[derive(Clone, Debug)]
pub struct Screen {
    /// Display name, or the environment's.
    pub display: Option<String>,
    /// The program to start as the helper.
    pub program: PathBuf,
    /// How pictures share the path with others.
    pub congestion: Congestion,
}

/// Runs the service until it is told to stop. Call it on a tokio runtime.
pub async fn run(data: Data, screen: Screen) -> Result<()> {
    let enrolment = data.enrolment()?;
    let Some(_running) = data.lock_running()? else {
        bail!("another Farpane host runs with this data folder; stop it, or use --data");
    };
    let grants = UsedGrants::open(&data.path("grants"))?;
    let client = DirectoryClient::new(&enrolment.url, enrolment.pin)?;
    let Some(key) = settled(&client, &data).await else {
        tracing::info!("stopping");
        return Ok(());
    };
    let agent = client.agent(key.clone());
    let (hub, _helper_task) = hub::start(&data, screen.clone())?;
    let (reports, _report_task) = reporter::start(agent.clone());
    let counters = data.counters()?;
    let memory = data.memory()?;
    let keys = enrolment.directory_keys.clone();
    let core = Arc::new(Core {
        data,
        key,
        machine: machine::print(enrolment.pin)
            .map(|print| print.to_string())
            .unwrap_or_default(),
        boot: crate::platform::machine::boot(),
        enrolment,
        agent,
        epoch: EpochNonce(farpane_certs::random::bytes()),
        grants,
        hub,
        congestion: screen.congestion,
        reports,
        clock: Mutex::default(),
        keys: Mutex::new(keys),
        counters: Mutex::new(counters),
        link: Mutex::default(),
        kills: watch::channel(Killed::new()).0,
        invited: Arc::new(Semaphore::new(MAX_INVITED)),
        numbers: AtomicU64::new(1),
        last_relay: Mutex::default(),
        memory: Mutex::new(Arc::new(memory)),
        relays: Mutex::default(),
    });
    let _inventory_task = inventory::start(core.clone(), screen);
    let mut sessions = JoinSet::new();
    tokio::select! {
        result = stay_present(&core, &mut sessions) => result?,
        () = stop_signal() => tracing::info!("stopping"),
    }
    // Sessions say goodbye themselves when their task is told to end.
    core.hub.stop_all();
    let goodbye = async { while sessions.join_next().await.is_some() {} };
    drop(tokio::time::timeout(GOODBYE, goodbye).await);
    let link = lock(&core.link).take();
    if let Some(link) = link {
        link.close().await; // so that the directory knows at once, not when the relay notices
    }
    Ok(())
}

/// The key that counts, as soon as the directory can say which; `None` if the host is to stop.
async fn settled(client: &DirectoryClient, data: &Data) -> Option<SecretKey> {
    let ask = async {
        loop {
            match rotation::settled_key(client, data).await {
                Ok(key) => return key,
                Err(error) => {
                    let why = format!("{error:#}");
                    tracing::warn!(why, "trying again");
                    tokio::time::sleep(RETRY_MAX).await;
                }
            }
        }
    };
    tokio::select! {
        key = ask => Some(key),
        () = stop_signal() => None,
    }
}

async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

/// Keeps one control connection to a relay, for ever. Returns only on an error that waiting does
/// not heal.
async fn stay_present(core: &Arc<Core>, sessions: &mut JoinSet<()>) -> Result<()> {
    let mut pause = RETRY_MIN;
    let mut said = String::new();
    loop {
        match present_once(core, sessions).await {
            Ok(why) => {
                pause = RETRY_MIN;
                tracing::info!(why, "not present at a relay");
            }
            Err(error) => {
                if let Some(DirectoryError::KeyMismatch { .. } | DirectoryError::BadUrl(_)) =
                    error.downcast_ref()
                {
                    return Err(error);
                }
                let sentence = format!("{error:#}");
                if sentence != said {
                    tracing::warn!(why = sentence, "not present, trying again");
                    said = sentence;
                }
            }
        }
        let jitter = Duration::from_millis(rand::random_range(0..=250));
        tokio::time::sleep(pause + jitter).await;
        pause = (pause * 2).min(RETRY_MAX);
    }
}

async fn present_once(core: &Arc<Core>, sessions: &mut JoinSet<()>) -> Result<&'static str> {
    let alone = core.data.policy()?.unattended_directory_alone;
    let config = core.ask_config(alone).await?;
    core.take_config(&config)?;
    if config.approval == Approval::Pending {
        tokio::time::sleep(WAIT_PAUSE).await;
        return Ok("an administrator has to approve this device in the console");
    }
    // The first relay, but not the one that was tried last where there is another: a relay that
    // takes hosts and carries nothing must not keep them all.
    let last = *lock(&core.last_relay);
    let other = config
        .relays
        .iter()
        .find(|offer| Some(offer.place.key) != last);
    let Some(RelayOffer { place, ticket }) = other.or(config.relays.first()) else {
        tokio::time::sleep(WAIT_PAUSE).await;
        return Ok("the directory has no relay running");
    };
    *lock(&core.last_relay) = Some(place.key);
    let (link, events) = RelayLink::connect(place, &core.key).await?;
    let proof = core.presence_proof(place.key)?;
    link.attach(ticket.clone(), proof).await?;
    tracing::info!(relay = place.name, "present");
    if alone {
        tracing::warn!("unattended access is on: the directory alone can open this device");
    }
    *lock(&core.link) = Some(link.clone());
    listen(core, &link, events, sessions).await;
    *lock(&core.link) = None;
    Ok("the relay's connection ended")
}

async fn listen(
    core: &Arc<Core>,
    link: &RelayLink,
    mut events: LinkEvents,
    sessions: &mut JoinSet<()>,
) {
    let mut look = Look::new(core.data.folder());
    let mut told = unattended(core);
    // The highest policy epoch that the directory named in an order.
    let mut heard = 0;
    let mut strange = Strange::default();
    // Asked apart from this, so that no order waits for a slow answer.
    let mut question: Option<Question> = None;
    loop {
        let event = tokio::select! {
            event = events.next() => event,
            Some(_) = sessions.join_next() => continue,
            answered = answer(&mut question) => {
                let Some(asked) = question.take() else { continue };
                let orders = strange.asked(Instant::now(), answered);
                if answered && asked.unattended != told {
                    told = asked.unattended;
                    tracing::info!(unattended = told, "the device's rules changed");
                }
                for sealed in orders {
                    match core.open_envelope(&sealed) {
                        Ok(envelope) => obey(core, link, envelope, (&mut heard, sessions)),
                        Err(error) => not_obeyed(&error),
                    }
                }
                continue;
            }
            () = look.due() => {
                let now = unattended(core);
                let behind = core.memory().epoch < heard;
                let due = now != told || behind || strange.is_due(Instant::now());
                // Until it is answered, rules that change back must not be missed.
                look.looked(!due && !strange.waits() && question.is_none());
                if due && question.is_none() {
                    question = Some(Question::ask(core, now));
                }
                continue;
            }
        };
        match event {
            LinkEvent::Deliver(sealed) => {
                let before = heard;
                for sealed in strange.with(sealed) {
                    match core.open_envelope(&sealed) {
                        Ok(envelope) => obey(core, link, envelope, (&mut heard, sessions)),
                        // The directory may have a new key, and is asked which count.
                        Err(error) if is_strange(&error) => strange.keep(sealed),
                        Err(error) => not_obeyed(&error),
                    }
                }
                if heard > before {
                    look.now();
                }
                if strange.waits() {
                    look.soon();
                }
                if strange.is_due(Instant::now()) && question.is_none() {
                    question = Some(Question::ask(core, unattended(core)));
                }
            }
            LinkEvent::LegJoined(_) | LinkEvent::LegClosed(..) => {}
            LinkEvent::Lost => return,
        }
    }
}

/// Not above debug: a hostile relay must not be able to fill a log.
fn not_obeyed(error: &anyhow::Error) {
    tracing::debug!(why = format!("{error:#}"), "a message was not obeyed");
}

/// Whether a key signed it that this host does not know.
fn is_strange(error: &anyhow::Error) -> bool {
    error.downcast_ref::<EnvelopeError>() == Some(&EnvelopeError::Token(TokenError::UnknownKey))
}

/// An invitation that was signed for this device.
pub(crate) struct Invitation {
    pub(crate) session: SessionId,
    pub(crate) channel: ChannelId,
    pub(crate) viewer_key: PublicKey,
    pub(crate) relay_ticket: String,
}

fn obey(
    core: &Arc<Core>,
    link: &RelayLink,
    envelope: Envelope,
    (heard, sessions): (&mut u64, &mut JoinSet<()>),
) {
    core.hear(envelope.time);
    match envelope.order {
        Order::Invite {
            session,
            channel,
            viewer_key,
            relay_ticket,
        } => {
            let place = core.invited.clone().try_acquire_owned().ok();
            let Some(place) = place.filter(|_| sessions.len() < MAX_SESSIONS) else {
                tracing::warn!(%session, "too many invitations at once, this one is left");
                return;
            };
            let invitation = Invitation {
                session,
                channel,
                viewer_key,
                relay_ticket,
            };
            let (core, link) = (core.clone(), link.clone());
            sessions.spawn(async move { session::run(&core, &link, invitation, place).await });
        }
        // Taken up at the next look.
        Order::Rules { epoch } => *heard = (*heard).max(epoch),
        Order::Kill { session } => {
            tracing::info!(%session, "the directory ends a session");
            core.kills.send_modify(|killed| {
                if killed.len() == KILLED {
                    killed.pop_front();
                }
                killed.push_back(session);
            });
        }
    }
}

/// Whether an answer of the directory means that it does not stand by a session any more.
fn is_refusal(error: &DirectoryError) -> bool {
    matches!(error, DirectoryError::Problem(problem)
        if matches!(problem.status, 403 | 404 | 409 | 410))
}

/// Why a session ends when the directory refuses its lease.
const REFUSED_LEASE: EndReason = EndReason::Revoked;
