//! One session on the host: joins the pure machine with the connection, the helper, the disk and
//! the directory. It decides nothing that the machine has not decided.

use std::fs::File;
use std::sync::Arc;
use std::time::{Duration, Instant};

use farpane_protocol::api::{HostEvent, HostFact};
use farpane_protocol::clipboard::NotSent;
use farpane_protocol::consent::ConsentDigest;
use farpane_protocol::grant::{Permit, PolicyFloor};
use farpane_protocol::ids::{GrantId, SessionId};
use farpane_protocol::limits::LEASE_EVERY;
use farpane_protocol::outcome::EndReason;
use farpane_protocol::scope::{Scope, ScopeSet};
use farpane_protocol::session::clipboard::Outgoing;
use farpane_protocol::session::host::{Answer, Effect, HostSession, Recorded};
use farpane_protocol::wire::message::{self, Message};
use farpane_transport::relay_link::RelayLink;
use farpane_transport::session::{
    ControlReceiver, ControlSender, InputReceiver, Session, SessionError,
};
use tokio::sync::{OwnedSemaphorePermit, mpsc, watch};
use tokio::task::JoinHandle;

use super::hub::{HubEvent, ScreenUse};
use super::{Core, Invitation, Killed, REFUSED_LEASE};
use crate::ipc::{self, FromHelper, Handled, Input, Received, Said, ToHelper};

mod agreed;
mod incoming;
mod lease;
mod opening;
mod outgoing;
mod surfaces;

use agreed::Agreed;
use incoming::Opened;
use outgoing::Shown;

/// How long the goodbye may take to arrive.
const GOODBYE: Duration = Duration::from_secs(2);

/// Serves one invitation from the leg to the end. Its place is free again as soon as the session is
/// over, before the goodbye: whether that arrives holds nobody else up.
pub(super) async fn run(
    core: &Arc<Core>,
    link: &RelayLink,
    invitation: Invitation,
    place: OwnedSemaphorePermit,
) {
    let id = invitation.session;
    let mut kills = core.kills();
    if kills.borrow_and_update().contains(&id) {
        return;
    }
    // Not given up midway: the relay's answer would be taken for the one to the next request.
    let opened = link
        .open_leg(invitation.relay_ticket, invitation.channel)
        .await;
    let leg = match opened {
        Ok(leg) => leg.under(core.congestion),
        Err(error) => {
            tracing::info!(session = %id, %error, "an invitation could not be followed");
            return;
        }
    };
    let session = tokio::select! {
        biased;
        () = killed(&mut kills, id) => return,
        accepted = leg.accept(&core.key, invitation.viewer_key) => match accepted {
            Ok(session) => session,
            Err(error) => {
                tracing::info!(session = %id, %error, "an invited viewer did not come");
                return;
            }
        }
    };
    let control = tokio::select! {
        biased;
        () = killed(&mut kills, id) => {
            session.close(EndReason::Revoked);
            return;
        }
        control = session.accept_control() => control,
    };
    match control {
        Ok(control) => Driver::drive(core, session, control, id, (kills, place)).await,
        Err(error) => tracing::info!(session = %id, %error, "a viewer said nothing"),
    }
}

/// Waits until the directory ends this session.
async fn killed(kills: &mut watch::Receiver<Killed>, id: SessionId) {
    let told = kills.wait_for(|killed| killed.contains(&id)).await.is_ok();
    if !told {
        std::future::pending::<()>().await; // the host ends, and every session with it
    }
}

struct Driver<'a> {
    core: &'a Arc<Core>,
    machine: HostSession,
    session: Session,
    say: mpsc::Sender<Message>,
    show: mpsc::Sender<Shown>,
    copied: watch::Sender<Option<Outgoing>>,
    screen: Option<ScreenUse>,
    /// The surfaces that the viewer was told of.
    told: Vec<ipc::Surface>,
    agreed: Agreed,
    digest: Option<ConsentDigest>,
    grant: Option<GrantId>,
    id: SessionId,
    /// Of the question and the banner; what the helper says with another one is stale.
    number: u64,
    /// The device's rules as the grant was judged by.
    floor: PolicyFloor,
    was_live: bool,
    /// Held while the session may control, so that the rules stay as they are.
    rules: Option<File>,
    ended: Option<EndReason>,
    /// What the machine answered to things done here; taken before anything else.
    results: Vec<Effect>,
    /// Of those that may be open at once.
    place: Option<OwnedSemaphorePermit>,
}

/// Everything that one turn of the loop may bring.
enum Turn {
    Message(Option<Message>),
    Input(Option<Message>),
    Pasted(Option<Message>),
    Hub(HubEvent),
    Killed,
    Lease(Result<Duration, bool>),
    Time,
    Broken,
    Gone,
}

impl<'a> Driver<'a> {
    async fn drive(
        core: &'a Arc<Core>,
        session: Session,
        (send, mut receive): (ControlSender, ControlReceiver),
        id: SessionId,
        (mut kills, place): (watch::Receiver<Killed>, OwnedSemaphorePermit),
    ) {
        let facts = match core.facts(id) {
            Ok(facts) => facts,
            Err(error) => {
                tracing::error!(why = format!("{error:#}"), "the rules cannot be read");
                session.close(EndReason::CannotRecord);
                return;
            }
        };
        let floor = facts.floor;
        let machine = HostSession::new(facts, session.peer(), Instant::now());
        // What is sent goes through tasks of its own: a viewer that takes nothing may fill their
        // queues, never hold up a stop.
        let (say, writer) = outgoing::speaker(send);
        let (show, painter) = outgoing::painter(session.clone());
        let (copied, clerk) = outgoing::clerk(session.clone());
        let (mut opened, listener) = incoming::listener(session.clone());
        let mut driver = Driver {
            core,
            machine,
            session,
            say,
            show,
            copied,
            screen: None,
            told: Vec::new(),
            agreed: Agreed::default(),
            digest: None,
            grant: None,
            id,
            number: core.number(),
            floor,
            was_live: false,
            rules: None,
            ended: None,
            results: Vec::new(),
            place: Some(place),
        };
        let mut input: Option<InputReceiver> = None;
        let mut pasted: Option<ControlReceiver> = None;
        let mut lease = tokio::time::interval(LEASE_EVERY);
        lease.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let (leased, mut leases) = mpsc::channel(1);
        while driver.ended.is_none() {
            let deadline = driver.machine.deadline();
            // In this order: whatever ends a session comes before what the viewer says, so that
            // no flood of its words can hold an end up.
            let turn = tokio::select! {
                biased;
                () = killed(&mut kills, id) => Turn::Killed,
                event = hub_event(&mut driver.screen) => Turn::Hub(event),
                () = at(deadline) => Turn::Time,
                Some(answer) = leases.recv() => Turn::Lease(answer),
                _ = lease.tick(), if driver.was_live => {
                    driver.renew(leased.clone());
                    continue;
                }
                message = next(&mut input) => Turn::Input(message),
                message = receive.next() => match message {
                    Err(SessionError::Wire(_)) => Turn::Broken,
                    message => Turn::Message(message.ok().flatten()),
                },
                stream = opened.recv() => match stream {
                    Some(Opened::Input(stream)) if input.is_none() => {
                        input = Some(stream);
                        continue;
                    }
                    Some(Opened::Clipboard(stream)) => {
                        pasted = Some(stream); // a newer text; the one before is forgotten
                        continue;
                    }
                    Some(Opened::Input(_) | Opened::Forbidden) => Turn::Broken,
                    None => Turn::Gone,
                },
                message = next_pasted(&mut pasted) => Turn::Pasted(message),
                _ = driver.session.closed() => Turn::Gone,
            };
            driver.take(turn).await;
        }
        drop((painter, clerk, listener));
        driver.close(receive, writer).await;
    }

    async fn take(&mut self, turn: Turn) {
        let now = Instant::now();
        let effects = match turn {
            Turn::Message(Some(message))
            | Turn::Input(Some(message))
            | Turn::Pasted(Some(message)) => {
                self.machine
                    .handle_message(message, self.core.directory_now(), now)
            }
            // The viewer finished its stream or the connection broke: either way it left.
            Turn::Message(None) | Turn::Gone => self.machine.handle_end(EndReason::LostContact),
            Turn::Broken => self.machine.handle_end(EndReason::ProtocolViolation),
            Turn::Input(None) | Turn::Pasted(None) => Vec::new(),
            Turn::Hub(event) => self.hub(event),
            Turn::Killed => self.machine.handle_end(EndReason::Revoked),
            Turn::Lease(Ok(left)) => {
                self.machine.handle_lease(left, now);
                Vec::new()
            }
            Turn::Lease(Err(refused)) if refused => self.machine.handle_end(REFUSED_LEASE),
            Turn::Lease(Err(_)) => Vec::new(),
            Turn::Time => self.machine.handle_time(now),
        };
        self.carry_out(effects).await;
    }

    fn hub(&mut self, event: HubEvent) -> Vec<Effect> {
        let now = Instant::now();
        let received = match event {
            HubEvent::Helper(received) => received,
            HubEvent::Gone if self.was_live => {
                return self.machine.handle_end(EndReason::HelperLost);
            }
            HubEvent::Gone => return self.machine.handle_answer(Answer::Unavailable, now),
            HubEvent::Stopping => return self.machine.handle_end(EndReason::HostStopping),
        };
        let may_see = |permit: &Permit| permit.scopes().has(Scope::View);
        let allowed = self.machine.permit().is_some_and(may_see);
        let taken = match received {
            Received::Message(message) => return self.helper_says(message),
            // The helper was told to stop and this was on its way; it goes nowhere.
            Received::Frame(..) | Received::Cursor(..) if !allowed => return Vec::new(),
            // A session before this one had begun it.
            Received::Frame(of, ..) | Received::Cursor(of, _) if of != self.number => {
                return Vec::new();
            }
            Received::Frame(_, header, _) if !self.may_show(header.surface) => return Vec::new(),
            Received::Frame(_, header, payload) => {
                self.show.try_send(Shown::Frame(header, payload)).is_ok()
            }
            // A shape that is left out comes again with the next one.
            Received::Cursor(_, shape) => {
                self.show.try_send(Shown::Cursor(shape)).is_ok() || !self.show.is_closed()
            }
        };
        if taken {
            Vec::new()
        } else {
            self.machine.handle_end(EndReason::LostContact)
        }
    }

    fn helper_says(&mut self, message: FromHelper) -> Vec<Effect> {
        match message {
            FromHelper::Answered { number, said } if number == self.number => {
                let answer = match (said, self.digest) {
                    (Said::Allowed(names), Some(digest)) => {
                        let kept = |scope: &Scope| names.iter().any(|name| name == scope.name());
                        let kept: Vec<_> = Scope::ALL.into_iter().filter(kept).collect();
                        Answer::Allowed {
                            digest,
                            scopes: ScopeSet::of(&kept),
                        }
                    }
                    (Said::Refused, _) => Answer::Refused,
                    (Said::TimedOut, _) => Answer::TimedOut,
                    (Said::Unavailable(why), _) => {
                        tracing::warn!(why, "the person could not be asked");
                        Answer::Unavailable
                    }
                    (Said::Allowed(_), None) => Answer::Unavailable,
                };
                self.machine.handle_answer(answer, Instant::now())
            }
            FromHelper::PersonStopped { number } if number == self.number => {
                self.machine.handle_end(EndReason::PersonStopped)
            }
            FromHelper::Surfaces(surfaces) => {
                self.surfaces(surfaces);
                std::mem::take(&mut self.results)
            }
            FromHelper::Cursor(hash) if self.machine.permit().is_some() => {
                self.say(message::Cursor { hash }.into());
                std::mem::take(&mut self.results)
            }
            FromHelper::Copied(text) => self.machine.handle_clipboard(Ok(text), Instant::now()),
            FromHelper::CopiedTooLong(bytes) => {
                let why = NotSent::TooLong { bytes };
                self.machine.handle_clipboard(Err(why), Instant::now())
            }
            FromHelper::Answered { .. }
            | FromHelper::PersonStopped { .. }
            | FromHelper::Cursor(_)
            | FromHelper::Watching
            | FromHelper::Ready { .. }
            | FromHelper::Broken(_) => Vec::new(),
        }
    }

    fn say(&mut self, message: Message) {
        if self.say.try_send(message).is_err() && self.ended.is_none() {
            self.results
                .extend(self.machine.handle_end(EndReason::LostContact));
        }
    }

    fn order(&self, order: ToHelper) {
        if let Some(screen) = &self.screen {
            screen.order(order);
        }
    }

    fn audit(&self, what: HostFact) {
        let (session, grant) = (Some(self.id), self.grant);
        self.core.reports.report(HostEvent {
            session,
            grant,
            what,
        });
    }

    /// Carries out what the machine wants, in order; what that brings up comes after.
    async fn carry_out(&mut self, mut effects: Vec<Effect>) {
        loop {
            for effect in effects {
                self.carry_out_one(effect).await;
            }
            effects = std::mem::take(&mut self.results);
            if effects.is_empty() {
                return;
            }
        }
    }

    async fn carry_out_one(&mut self, effect: Effect) {
        match effect {
            Effect::Send(message) => self.say(message),
            Effect::Record(id) => {
                self.grant = Some(id);
                let recorded = self.record(id).await;
                let more = self.machine.handle_recorded(recorded, Instant::now());
                self.results.extend(more);
            }
            Effect::Ask {
                grant,
                digest,
                until,
            } => self.ask(&grant, digest, until).await,
            Effect::Withdraw => self.order(ToHelper::Withdraw),
            Effect::Start => self.start().await,
            Effect::Apply(event) => {
                let sequence = self.machine.last_input();
                self.order(ToHelper::Input {
                    sequence,
                    input: Input::from(&event),
                });
            }
            Effect::ReleaseInput => self.order(ToHelper::ReleaseInput),
            Effect::Acknowledged(ack) => self.order(ToHelper::Acknowledged(Handled {
                sequence: ack.sequence,
                whole_us: ack.whole_us,
                span_us: ack.span_us,
                handling_us: ack.decode_us,
                lost: self.session.stats().lost_packets,
            })),
            Effect::Refresh {
                surface,
                epoch,
                video_only,
            } => self.refresh(surface, epoch, video_only),
            Effect::Show(surfaces) => self.show_surfaces(surfaces),
            Effect::PutClipboard(text) => self.order(ToHelper::PutClipboard(text)),
            Effect::SendClipboard(text) => drop(self.copied.send_replace(Some(text))),
            Effect::Ignored(kind) => tracing::debug!(?kind, "not allowed here, ignored"),
            Effect::End(reason) => self.ended = Some(reason),
        }
    }

    async fn record(&self, id: GrantId) -> Recorded {
        let grants = self.core.grants.clone();
        let written = tokio::task::spawn_blocking(move || grants.record(id)).await;
        written.unwrap_or(Recorded::Failed)
    }

    async fn close(mut self, mut receive: ControlReceiver, writer: JoinHandle<()>) {
        let reason = self.ended.unwrap_or(EndReason::Other);
        let note = self.was_live.then(|| {
            let who = if reason == EndReason::PersonStopped {
                "You stopped it."
            } else if self.told.len() > 1 {
                "Nobody sees your screens any more."
            } else {
                "Nobody sees this screen any more."
            };
            format!("The session has ended. {who}")
        });
        self.order(ToHelper::Stop { note });
        self.screen = None;
        self.rules = None;
        self.place = None;
        self.audit(HostFact::over(self.was_live, reason));
        tracing::info!(session = %self.id, reason = reason.word(), "over");
        // The reason travels as a message; closing at once could overtake it. The writer ends
        // when it has sent what is queued; meanwhile the viewer's words are read and forgotten.
        drop(self.say);
        let read_on = async { while let Ok(Some(_)) = receive.next().await {} };
        tokio::select! {
            _ = writer => {}
            () = tokio::time::sleep(GOODBYE) => {}
            () = async { read_on.await; std::future::pending().await } => {}
        }
        self.session.close(reason);
    }
}

async fn next(input: &mut Option<InputReceiver>) -> Option<Message> {
    match input {
        Some(stream) => match stream.next().await {
            Ok(Some(message)) => Some(message),
            Ok(None) | Err(_) => {
                *input = None;
                None
            }
        },
        None => std::future::pending().await,
    }
}

async fn next_pasted(input: &mut Option<ControlReceiver>) -> Option<Message> {
    match input {
        Some(stream) => match stream.next().await {
            Ok(Some(message)) => Some(message),
            Ok(None) | Err(_) => {
                *input = None;
                None
            }
        },
        None => std::future::pending().await,
    }
}

async fn hub_event(screen: &mut Option<ScreenUse>) -> HubEvent {
    match screen {
        Some(screen) => screen.next().await,
        None => std::future::pending().await,
    }
}

async fn at(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
        None => std::future::pending().await,
    }
}
