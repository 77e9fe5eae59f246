//! The network thread of a session: its runtime, from the first question to the last word.

use std::sync::Arc;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use farpane_protocol::api::path;
use farpane_protocol::ids::{DeviceId, SessionId};
use farpane_protocol::key::SecretKey;
use farpane_protocol::outcome::EndReason;
use farpane_protocol::scope::ScopeSet;
use farpane_protocol::session::viewer::{Step, ViewerSession};
use farpane_protocol::wire::message::Hello;
use farpane_transport::directory::Agent;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::clips::Presence;
use super::drive::drive;
use super::ending::Ending;
use super::input::InputQueue;
use super::shared::Shared;
use super::{latency, reach};
use crate::account::Home;
use crate::trace::Trace;

/// How long telling the directory that a session is over may take.
const FAREWELL: Duration = Duration::from_secs(2);

/// What is asked for.
#[derive(Clone)]
pub struct Plan {
    /// Where recent devices are remembered.
    pub home: Home,
    /// The directory, spoken to with the key of this installation.
    pub agent: Agent,
    /// The key of this installation.
    pub key: SecretKey,
    /// Which device.
    pub device: DeviceId,
    /// To do what.
    pub scopes: ScopeSet,
    /// What else, where the rules give it.
    pub also: ScopeSet,
    /// Why, in the technician's words; may be empty.
    pub reason: String,
}

/// What the threads of one session share.
pub(super) struct Context {
    pub(super) shared: Arc<Shared>,
    pub(super) input: Arc<InputQueue>,
    pub(super) trace: Arc<Trace>,
    pub(super) leave: CancellationToken,
    pub(super) attentive: watch::Receiver<bool>,
    pub(super) presence: watch::Receiver<Presence>,
    pub(super) chosen: watch::Receiver<Vec<u32>>,
}

/// A session that is under way. Dropping it leaves the session.
#[derive(Debug)]
pub struct Handle {
    leave: CancellationToken,
    attentive: watch::Sender<bool>,
    presence: watch::Sender<Presence>,
    chosen: watch::Sender<Vec<u32>>,
    finished: mpsc::Receiver<()>,
}

impl Handle {
    /// Whether the technician is done, or somebody asked the process to end.
    pub fn is_leaving(&self) -> bool {
        self.leave.is_cancelled()
    }

    /// The technician is done: says goodbye and ends the session.
    pub fn leave(&self) {
        self.leave.cancel();
    }

    /// Whether somebody looks at the window or holds a key: then contact is watched closely.
    pub fn set_attentive(&self, attentive: bool) {
        self.attentive
            .send_if_modified(|now| std::mem::replace(now, attentive) != attentive);
    }

    /// How present the technician is, for the clipboard.
    pub fn set_presence(&self, presence: Presence) {
        self.presence
            .send_if_modified(|now| std::mem::replace(now, presence) != presence);
    }

    /// The technician sees the monitors with these numbers, the one that they work on first; none
    /// while every window is hidden.
    pub fn show(&self, surfaces: Vec<u32>) {
        self.chosen.send_if_modified(|now| {
            let is_new = *now != surfaces;
            *now = surfaces;
            is_new
        });
    }

    /// Waits until everything is said, but not longer than `wait`.
    pub fn finish(&self, wait: Duration) {
        // Nothing is ever sent: the channel closes when everything is said.
        self.finished.recv_timeout(wait).unwrap_or_default();
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.leave();
    }
}

/// Asks for a session on a thread of its own.
///
/// # Errors
/// If the system gives no thread or runtime.
pub fn start(
    plan: Plan,
    shared: Arc<Shared>,
    input: Arc<InputQueue>,
    trace: Arc<Trace>,
) -> std::io::Result<Handle> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let leave = CancellationToken::new();
    let (tell_attentive, attentive) = watch::channel(true);
    let (tell_presence, presence) = watch::channel(Presence::Away);
    let (tell_chosen, chosen) = watch::channel(vec![0]);
    let (alive, finished) = mpsc::sync_channel(1); // nothing is sent: its end is the news
    let context = Context {
        shared,
        input,
        trace,
        leave: leave.clone(),
        attentive,
        presence,
        chosen,
    };
    std::thread::Builder::new()
        .name("network".into())
        .spawn(move || {
            runtime.block_on(async {
                let signals = tokio::spawn(leave_on_signal(context.leave.clone()));
                run(plan, &context).await;
                drop(alive);
                // The window may stay to say how it ended; who ends the process closes it.
                context.leave.cancelled().await;
                signals.abort();
                context.shared.update(|_| {});
            });
            // A name that is still being looked up must not hold the process.
            runtime.shutdown_background();
        })?;
    Ok(Handle {
        leave,
        attentive: tell_attentive,
        presence: tell_presence,
        chosen: tell_chosen,
        finished,
    })
}

/// A signal that asks the process to end is a technician who closes the window.
async fn leave_on_signal(leave: CancellationToken) {
    use tokio::signal::unix::{SignalKind, signal};

    let (Ok(mut interrupt), Ok(mut terminate)) = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
    ) else {
        return;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    leave.cancel();
}

/// The whole of a session. The ending is published before the farewells, which may take a moment.
async fn run(plan: Plan, context: &Context) {
    let mut machine = ViewerSession::new(Instant::now());
    publish(context, &machine);
    let mut granted = None;
    let ending = tokio::select! {
        ending = attempt(&plan, context, &mut machine, &mut granted) => ending,
        () = left_early(context) => EndReason::ViewerLeft.into(),
    };
    context.input.set_open(false);
    context.shared.set_measure(None);
    let code = u64::from(ending.outcome.code());
    let fields = [("reason", ending.word.into()), ("exit_code", code.into())];
    context.trace.event("ended", Instant::now(), &fields);
    context.shared.update(|state| state.ending = Some(ending));
    if let Some(session) = granted {
        farewell(&plan, session, &context.shared).await;
    }
}

/// Waits for the technician to leave before the session's own driver listens for it.
async fn left_early(context: &Context) {
    context.leave.cancelled().await;
    // Once there is a connection, the driver says goodbye itself; this is the bound on that.
    if context.shared.network().is_some() {
        tokio::time::sleep(FAREWELL).await;
    }
}

async fn attempt(
    plan: &Plan,
    context: &Context,
    machine: &mut ViewerSession,
    session: &mut Option<SessionId>,
) -> Ending {
    let granted = match reach::ask(plan).await {
        Ok(granted) => granted,
        Err(ending) => return ending,
    };
    *session = Some(granted.session);
    context.shared.update(|state| {
        state.device = Some(granted.device_name.clone());
        state.relay = Some(granted.relay.name.clone());
    });
    machine.handle_authorised(Instant::now());
    publish(context, machine);
    let reached = match reach::reach(plan, &granted).await {
        Ok(reached) => reached,
        Err(ending) => return ending,
    };
    let hello = Hello {
        capabilities: 0,
        grant: granted.grant,
        version: env!("CARGO_PKG_VERSION").into(),
    };
    let name = granted.device_name;
    tokio::select! {
        ending = drive(plan, context, machine, reached, name, hello.into()) => ending,
        never = latency::tell_on(&plan.agent, granted.session, &context.shared) => never,
    }
}

/// Tells the window and the trace where the session stands.
pub(super) fn publish(context: &Context, machine: &ViewerSession) {
    let now = Instant::now();
    let step = machine.step();
    context
        .trace
        .event("step", now, &[("step", word(step).into())]);
    context.shared.update(|state| {
        state.step = step;
        state.since = now;
        state.spent = machine.spent(now);
        state.scopes = machine.scopes();
        if let Some(position) = step.position() {
            state.reached = position;
        }
    });
}

/// A step's name in the trace.
fn word(step: Step) -> &'static str {
    match step {
        Step::Asking => "asking",
        Step::Reaching => "reaching",
        Step::WaitingForPerson { .. } => "waiting_for_person",
        Step::WaitingForPicture => "waiting_for_picture",
        Step::Live => "live",
        Step::Lost { .. } => "lost",
        Step::Ended(_) => "ended",
    }
}

/// Tells the directory that the session is over, so that it does not look alive until its lease
/// runs out. Best effort: the host tells it too. How long pictures took comes after that.
async fn farewell(plan: &Plan, session: SessionId, shared: &Shared) {
    let gone = format!("{}/{session}", path::SESSIONS);
    let words = async {
        plan.agent.delete(&gone).await?;
        latency::tell(&plan.agent, session, shared).await
    };
    let told = tokio::time::timeout(FAREWELL, words).await;
    if let Ok(Err(error)) = told {
        tracing::debug!(%error, "the directory was not told of the end");
    }
}
