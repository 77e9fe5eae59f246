//! Drives the session machine with a real connection: feeds it what happens, does what it says.

use std::time::{Duration, Instant};

use farpane_media::h264;
use farpane_protocol::clipboard::{ClipText, NotSent};
use farpane_protocol::outcome::EndReason;
use farpane_protocol::relay::Refusal;
use farpane_protocol::scope::Scope;
use farpane_protocol::session::viewer::{Effect, Step, ViewerSession};
use farpane_protocol::wire::message::{FrameAck, Message, Refresh, Surface};
use farpane_transport::clipboard::send_texts;
use farpane_transport::relay_link::LinkEvent;
use farpane_transport::session::{ControlReceiver, SessionError};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::carry::{GOODBYE, measure, send_input, trace_traffic, write};
use super::clips::Clips;
use super::ending::Ending;
use super::frames::{self, Announced, FrameEvent};
use super::monitors::{self, Monitor, Told};
use super::net::{Context, Plan, publish};
use super::pointer::Shapes;
use super::reach::Reached;
use crate::recent;

/// Control messages that may wait to be written. They are a beat per second and an
/// acknowledgement per frame; when so many wait the device reads nothing, and what is dropped
/// then only makes its silence felt.
const OUTBOX: usize = 64;

/// Events of the picture's way that may wait; more slow that way down.
const EVENTS: usize = 64;

/// How long the packet that closes the connection gets to leave; it is sent by a task of its own.
const CLOSING: Duration = Duration::from_millis(30);

/// One session's driver.
pub(super) struct Driver<'a> {
    plan: &'a Plan,
    context: &'a Context,
    machine: &'a mut ViewerSession,
    device_name: String,
    reached: Reached,
    outbox: mpsc::Sender<Message>,
    announced: watch::Sender<Announced>,
    shapes: Shapes,
    clips: Clips,
    /// The text of the device's clipboard that is coming; a newer one takes its place.
    coming: Option<ControlReceiver>,
    /// Where the clock of acknowledgements begins.
    began: Instant,
    was_live: bool,
    /// The monitors that the device was asked to show last; the primary one at first.
    shown: Vec<u32>,
    /// A better sentence than the machine's reason has.
    because: Option<Ending>,
}

/// Runs a session from its first message to its last. Its tasks end with it.
pub(super) async fn drive(
    plan: &Plan,
    context: &Context,
    machine: &mut ViewerSession,
    reached: Reached,
    device_name: String,
    hello: Message,
) -> Ending {
    let session = reached.session.clone();
    let (sender, mut control) = match session.open_control().await {
        Ok(halves) => halves,
        Err(error) => return Ending::from_session(&error).into(),
    };
    let (tell, mut events) = mpsc::channel(EVENTS);
    let to_decode = match frames::start_decoding(context.shared.clone(), tell.clone()) {
        Ok(to_decode) => to_decode,
        Err(error) => return Ending::failed(&format!("This machine gives no thread: {error}.")),
    };
    let (outbox, to_write) = mpsc::channel(OUTBOX);
    let announced = watch::Sender::new(Announced::new());
    let mut tasks = JoinSet::new();
    if plan.scopes.has(Scope::Control) {
        let (input, trace) = (context.input.clone(), context.trace.clone());
        tasks.spawn(send_input(session.clone(), input, trace));
    }
    tasks.spawn(frames::receive(
        session.clone(),
        announced.subscribe(),
        to_decode,
        tell,
    ));
    let (texts, to_send) = watch::channel(None);
    let sending = send_texts(session.clone(), to_send);
    tasks.spawn(async {
        if let Err(error) = sending.await {
            tracing::debug!(%error, "the device takes no clipboard text");
        }
    });
    let writer = tokio::spawn(write(sender, to_write));
    measure(context, session.clone());

    let mut driver = Driver {
        plan,
        context,
        machine,
        device_name,
        reached,
        outbox,
        announced,
        shapes: Shapes::default(),
        clips: Clips::new(texts, *context.presence.borrow()),
        coming: None,
        began: Instant::now(),
        was_live: false,
        shown: vec![0],
        because: None,
    };
    let mut attentive = context.attentive.clone();
    let mut presence = context.presence.clone();
    let mut chosen = context.chosen.clone();
    let mut link_lives = true;
    let mut effects = driver.machine.handle_connected(hello, Instant::now());
    loop {
        if let Some(reason) = driver.act(effects) {
            let ending = driver.because.take().unwrap_or_else(|| reason.into());
            // The technician reads it at once; the farewells take their time.
            context
                .shared
                .update(|state| state.ending = Some(ending.clone()));
            drop(driver.outbox);
            drop(tokio::time::timeout(GOODBYE, writer).await);
            session.close(reason);
            tokio::time::sleep(CLOSING).await;
            driver.clips.finish().await;
            return ending;
        }
        let deadline = driver.machine.deadline();
        let timer = tokio::time::sleep_until(deadline.unwrap_or_else(Instant::now).into());
        // In this order, so that the host's last message is read before its closing is.
        effects = tokio::select! {
            biased;
            () = context.leave.cancelled() => driver.machine.handle_leave(Instant::now()),
            message = control.next() => match message {
                Ok(Some(message)) => driver.machine.handle_message(message, Instant::now()),
                Ok(None) => driver.failed(EndReason::LostContact),
                Err(error) => driver.failed(Ending::from_session(&error)),
            },
            Some(event) = events.recv() => driver.frame_event(event),
            Some(message) = next(&mut driver.coming), if !driver.machine.scopes().is_empty() => {
                match message {
                    Ok(message) => driver.machine.handle_message(message, Instant::now()),
                    Err(reason) => driver.failed(reason),
                }
            }
            copied = driver.clips.copied(), if driver.machine.step() == Step::Live => {
                driver.copied(copied)
            }
            Ok(()) = presence.changed() => {
                driver.clips.be(*presence.borrow_and_update());
                Vec::new()
            }
            Ok(()) = chosen.changed() => {
                drop(chosen.borrow_and_update());
                driver.choose()
            }
            event = driver.reached.events.next(), if link_lives => {
                link_lives = event != LinkEvent::Lost;
                driver.link_event(&event)
            }
            Ok(()) = attentive.changed() => {
                let looking = *attentive.borrow_and_update();
                driver.machine.set_attentive(looking, Instant::now());
                Vec::new()
            }
            () = timer, if deadline.is_some() => {
                trace_traffic(&context.trace, &session);
                driver.machine.handle_time(Instant::now())
            }
        };
    }
}

impl Driver<'_> {
    fn failed(&mut self, reason: EndReason) -> Vec<Effect> {
        self.machine.handle_failed(reason, Instant::now())
    }

    /// Does what the machine says; the reason when the session is over.
    fn act(&mut self, effects: Vec<Effect>) -> Option<EndReason> {
        let mut effects = std::collections::VecDeque::from(effects);
        while let Some(effect) = effects.pop_front() {
            match effect {
                Effect::Send(message) => self.send(message),
                Effect::Step(step) => effects.extend(self.step(step)),
                Effect::Surface(surface) => effects.extend(self.surface(&surface)),
                Effect::Cursor(hash) => {
                    let look = self.shapes.want(hash);
                    self.context.shared.update(|state| state.pointer = look);
                }
                Effect::PutClipboard(text) => self.clips.put(text),
                Effect::SendClipboard(text) => self.clips.send(text),
                Effect::ClipboardTooLong(_) => self.note(too_long("The device's")),
                Effect::Close => {}
            }
        }
        match self.machine.step() {
            Step::Ended(reason) => Some(reason),
            Step::Asking
            | Step::Reaching
            | Step::WaitingForPerson { .. }
            | Step::WaitingForPicture
            | Step::Live
            | Step::Lost { .. } => None,
        }
    }

    /// Something was copied on this machine while the technician was at the window.
    fn copied(&mut self, copied: Result<ClipText, NotSent>) -> Vec<Effect> {
        match copied {
            Ok(text) => self.machine.handle_clipboard(text, Instant::now()),
            Err(NotSent::TooLong { .. }) => {
                self.note(too_long("This machine's"));
                Vec::new()
            }
            Err(NotSent::Empty) => Vec::new(),
        }
    }

    fn note(&self, sentence: String) {
        let now = Instant::now();
        self.context
            .shared
            .update(|state| state.note = Some((sentence, now)));
    }

    fn send(&self, message: Message) {
        if self.outbox.try_send(message).is_err() {
            tracing::debug!("the device does not read; a message was dropped");
        }
    }

    fn step(&mut self, step: Step) -> Vec<Effect> {
        let may_control = step == Step::Live
            && self.machine.may_control()
            && self.plan.scopes.has(Scope::Control);
        self.context.input.set_open(may_control);
        publish(self.context, self.machine);
        if step == Step::Live {
            self.clips.start(self.machine.scopes());
        }
        if step == Step::Live && !std::mem::replace(&mut self.was_live, true) {
            let (home, device) = (self.plan.home.clone(), self.plan.device);
            let name = self.device_name.clone();
            tokio::task::spawn_blocking(move || {
                if let Err(error) = recent::remember(&home, device, &name) {
                    tracing::warn!(%error, "the device is not remembered as recent");
                }
            });
        }
        // What was chosen before could not be said.
        self.choose()
    }

    /// Asks for the monitors that are seen, if they are others than before and can be shown.
    fn choose(&mut self) -> Vec<Effect> {
        let shared = &self.context.shared;
        let monitors = shared.snapshot().monitors;
        let mut wanted = self.context.chosen.borrow().clone();
        let hidden = wanted.is_empty();
        wanted.retain(|id| *id == 0 || monitors.iter().any(|monitor| monitor.id == *id));
        if wanted.is_empty() && !hidden {
            wanted.push(0);
        }
        if wanted == self.shown {
            return Vec::new();
        }
        let now = Instant::now();
        let effects = self.machine.handle_choice(&wanted);
        if !effects.is_empty() {
            let fields = [("surfaces", wanted.clone().into())];
            self.context.trace.event("asked_for", now, &fields);
            self.shown = wanted;
        }
        effects
    }

    fn surface(&mut self, surface: &Surface) -> Vec<Effect> {
        let Some(told) = monitors::told(surface) else {
            return self.failed(EndReason::ProtocolViolation);
        };
        if let Told::Here(Monitor { id, size, .. }) = &told {
            let (id, size) = (*id, *size);
            if !h264::supports(size) && id != 0 {
                return self.lose(id); // the others can be shown all the same
            }
            if !h264::supports(size) {
                self.because = Some(Ending::failed(&format!(
                    "The device's screen of {}×{} pixels is larger than this version can show.",
                    size.width(),
                    size.height()
                )));
                return self.failed(EndReason::NoScreen);
            }
            self.announced
                .send_modify(|sizes| frames::announce(sizes, id, size));
            if id == 0 {
                self.context
                    .shared
                    .update(|state| state.surface = Some(size));
            }
        }
        self.context
            .shared
            .update(|state| monitors::note(&mut state.monitors, told));
        self.choose()
    }

    /// A monitor cannot be shown any more, though the device has it: it is not offered, and where it
    /// is all that the technician sees, the primary one takes its place.
    fn lose(&mut self, id: u32) -> Vec<Effect> {
        let shared = &self.context.shared;
        shared.update(|state| monitors::note(&mut state.monitors, Told::Gone(id)));
        self.choose()
    }

    fn frame_event(&mut self, event: FrameEvent) -> Vec<Effect> {
        let now = Instant::now();
        match event {
            FrameEvent::Heard => self.machine.handle_heard(now),
            FrameEvent::Cursor(shape) => {
                let look = self.shapes.add(shape);
                self.context.shared.update(|state| state.pointer = look);
                self.machine.handle_heard(now)
            }
            FrameEvent::Handled {
                sequence,
                surface,
                span,
                whole,
                took,
                good,
                need,
            } => {
                let whole_us = whole.saturating_duration_since(self.began).as_micros();
                let ack = FrameAck {
                    surface,
                    sequence,
                    decode_us: micros(took),
                    whole_us: u64::try_from(whole_us).unwrap_or(u64::MAX).max(1),
                    span_us: micros(span),
                };
                let mut effects = vec![Effect::Send(ack.into())];
                if let Some(need) = need {
                    let fields = [
                        ("epoch", need.epoch.into()),
                        ("video_only", need.video_only.into()),
                    ];
                    self.context.trace.event("asked", now, &fields);
                    let refresh = Refresh {
                        surface,
                        epoch: need.epoch,
                        video_only: need.video_only,
                    };
                    effects.push(Effect::Send(refresh.into()));
                }
                effects.extend(if good {
                    self.machine.handle_picture(now)
                } else {
                    self.machine.handle_heard(now)
                });
                effects
            }
            FrameEvent::Clipboard(stream) => {
                self.coming = Some(stream);
                self.machine.handle_heard(now)
            }
            FrameEvent::Over(reason) => self.failed(reason),
        }
    }

    fn link_event(&mut self, event: &LinkEvent) -> Vec<Effect> {
        match event {
            LinkEvent::LegClosed(channel, refusal) if *channel == self.reached.channel => {
                let relay = self.context.shared.snapshot().relay.unwrap_or_default();
                self.because = Some(Ending::from_refusal(*refusal, &relay, ""));
                self.failed(match refusal {
                    Refusal::Killed => EndReason::Revoked,
                    Refusal::Other
                    | Refusal::Ticket
                    | Refusal::Taken
                    | Refusal::Busy
                    | Refusal::PeerLeft
                    | Refusal::Draining => EndReason::LostContact,
                })
            }
            // A relay that is gone carries nothing; the session's own silence tells.
            LinkEvent::LegClosed(..)
            | LinkEvent::LegJoined(_)
            | LinkEvent::Deliver(_)
            | LinkEvent::Lost => Vec::new(),
        }
    }
}

/// The next message of a clipboard text. A stream that ends or is taken back is forgotten; one that
/// breaks the rules ends the session.
async fn next(coming: &mut Option<ControlReceiver>) -> Option<Result<Message, EndReason>> {
    let Some(stream) = coming else {
        return std::future::pending().await;
    };
    match stream.next().await {
        Ok(Some(message)) => return Some(Ok(message)),
        Err(SessionError::Wire(_)) => return Some(Err(EndReason::ProtocolViolation)),
        Ok(None) | Err(_) => {}
    }
    *coming = None;
    std::future::pending().await
}

/// Why a text did not go to the other side.
fn too_long(whose: &str) -> String {
    format!(
        "{whose} clipboard holds more than 1 MiB of text, which is not sent. Copy less at a time."
    )
}

fn micros(span: Duration) -> u32 {
    u32::try_from(span.as_micros()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
