//! The host's end of a session: from a stranger's hello to a permit, and back to nothing.
//!
//! Inputs: messages of the viewer, the result of recording the grant, the person's answer, leases
//! and kills of the directory, and time. Effects come out in the order they must be carried out.
//! No effect that shows or moves anything exists before [`Effect::Start`].

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::clipboard::{Broken, End, Exchange, Outgoing};
use super::input::{Bucket, InputEvent, InputGate};
use crate::clipboard::{ClipText, NotSent};
use crate::consent::ConsentDigest;
use crate::geometry::Size;
use crate::grant::{CheckedGrant, Grant, HostFacts, Permit};
use crate::ids::GrantId;
use crate::key::PublicKey;
use crate::limits::{
    BEAT_OVERDUE, BEAT_SILENCE, CONSENT_WAIT, HELLO_WAIT, LEASE, LEASE_GRACE_ATTENDED,
    MESSAGES_PER_SECOND, SESSION_IDLE, SURFACES_SHOWN,
};
use crate::outcome::EndReason;
use crate::scope::{Direction, Scope, ScopeSet, allows};
use crate::time::Timestamp;
use crate::wire::message::{self, FrameAck, Hello, Message};

/// What became of writing a grant's id down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// It is on disk, for the first time.
    First,
    /// It was there already.
    Before,
    /// It could not be written.
    Failed,
}

/// What a person at the device said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Yes, to exactly this question and these rights.
    Allowed {
        /// Of the question that was shown.
        digest: ConsentDigest,
        /// What was left ticked.
        scopes: ScopeSet,
    },
    /// No.
    Refused,
    /// Nothing.
    TimedOut,
    /// The question could not be shown, or its window died.
    Unavailable,
}

/// What the shell must do.
#[derive(Debug)]
pub enum Effect {
    /// Send this to the viewer.
    Send(Message),
    /// Write the id down durably, then call [`HostSession::handle_recorded`].
    Record(GrantId),
    /// Show this question; answer with [`HostSession::handle_answer`] before the deadline.
    Ask {
        /// What to show.
        grant: Box<Grant>,
        /// What the answer must carry.
        digest: ConsentDigest,
        /// When silence becomes no.
        until: Instant,
    },
    /// Take the question away; no answer is wanted any more.
    Withdraw,
    /// The session is live: capture and send, within [`HostSession::permit`].
    Start,
    /// Apply this input.
    Apply(InputEvent),
    /// Release every key and button that this session holds.
    ReleaseInput,
    /// The viewer has decoded everything up to this frame.
    Acknowledged(FrameAck),
    /// The viewer's picture is broken: send what it needs to go on.
    Refresh {
        /// Of which surface; it is one of [`HostSession::set_surfaces`].
        surface: u32,
        /// The epoch in which it broke.
        epoch: u64,
        /// Only the video cannot go on.
        video_only: bool,
    },
    /// Show these surfaces from now on, and no others: each once, the one that the technician works
    /// on first, each one of [`HostSession::set_surfaces`]; none while nobody looks.
    Show(Vec<u32>),
    /// Put this on the device's clipboard.
    PutClipboard(ClipText),
    /// Send this text to the viewer, after any that is being sent.
    SendClipboard(Outgoing),
    /// A message came that its sender may not send; for the log.
    Ignored(message::Kind),
    /// The session is over: stop the picture, say so, close. Nothing follows.
    End(EndReason),
}

#[derive(Debug)]
enum State {
    /// Waiting for the first message.
    Greeting { until: Instant },
    /// The grant is good; its id is being written down.
    Recording { grant: CheckedGrant },
    /// A person is being asked.
    Asking {
        grant: CheckedGrant,
        digest: ConsentDigest,
        until: Instant,
    },
    /// Pictures flow.
    Live(Box<Live>),
    /// Over.
    Ended(EndReason),
}

#[derive(Debug)]
struct Live {
    permit: Permit,
    input: InputGate,
    clipboard: Exchange,
    surfaces: BTreeMap<u32, Size>,
    ends: Instant,
    lease_until: Instant,
    grace: Duration,
    /// The viewer's word whose successor was overdue when the host spoke by itself.
    overdue: Option<Instant>,
}

/// One session, from the connection to its end.
#[derive(Debug)]
pub struct HostSession {
    facts: HostFacts,
    viewer: PublicKey,
    heard: Instant,
    rate: Bucket,
    state: State,
}

impl HostSession {
    /// A connection from `viewer` (its key as TLS proved it) stands since `now`.
    pub fn new(facts: HostFacts, viewer: PublicKey, now: Instant) -> Self {
        let state = State::Greeting {
            until: now + HELLO_WAIT,
        };
        Self {
            facts,
            viewer,
            heard: now,
            rate: Bucket::new(MESSAGES_PER_SECOND, now),
            state,
        }
    }

    /// The permit, while the session is live.
    pub fn permit(&self) -> Option<&Permit> {
        match &self.state {
            State::Live(live) => Some(&live.permit),
            State::Greeting { .. }
            | State::Recording { .. }
            | State::Asking { .. }
            | State::Ended(_) => None,
        }
    }

    /// Why it ended, once it has.
    pub fn ended(&self) -> Option<EndReason> {
        match &self.state {
            State::Ended(reason) => Some(*reason),
            State::Greeting { .. }
            | State::Recording { .. }
            | State::Asking { .. }
            | State::Live(_) => None,
        }
    }

    /// Sequence of the last input that was judged, for the frame header.
    pub fn last_input(&self) -> u64 {
        match &self.state {
            State::Live(live) => live.input.last_sequence(),
            State::Greeting { .. }
            | State::Recording { .. }
            | State::Asking { .. }
            | State::Ended(_) => 0,
        }
    }

    /// A message of the viewer; `directory_now` is directory time as far as the host knows it.
    pub fn handle_message(
        &mut self,
        message: Message,
        directory_now: Option<Timestamp>,
        now: Instant,
    ) -> Vec<Effect> {
        if self.ended().is_some() {
            return Vec::new();
        }
        self.heard = now;
        let kind = message.kind();
        if message.input_sequence().is_none() && !self.rate.spend(now) {
            return self.end(EndReason::ProtocolViolation);
        }
        let scopes = self.permit().map_or(ScopeSet::EMPTY, Permit::scopes);
        if !allows(scopes, kind, Direction::ToHost) {
            return match &self.state {
                State::Live(_) => vec![Effect::Ignored(kind)],
                // Before the permit a peer has nothing to say but hello, beats and bye.
                State::Greeting { .. }
                | State::Recording { .. }
                | State::Asking { .. }
                | State::Ended(_) => self.end(EndReason::ProtocolViolation),
            };
        }
        match message {
            Message::Hello(hello) => self.hello(&hello, directory_now, now),
            Message::Beat(beat) => {
                vec![Effect::Send(
                    message::BeatReply { nonce: beat.nonce }.into(),
                )]
            }
            Message::Bye(_) => self.end(EndReason::ViewerLeft),
            Message::FrameAck(ack) => vec![Effect::Acknowledged(ack)],
            Message::Refresh(refresh) if self.has_surface(refresh.surface) => {
                vec![Effect::Refresh {
                    surface: refresh.surface,
                    epoch: refresh.epoch,
                    video_only: refresh.video_only,
                }]
            }
            Message::Refresh(_) => Vec::new(),
            Message::Show(show) => self.show(&show),
            Message::Key(_)
            | Message::Text(_)
            | Message::Pointer(_)
            | Message::Button(_)
            | Message::Wheel(_) => match &mut self.state {
                State::Live(live) => {
                    let event = live.input.judge(&message, &live.surfaces, now);
                    if live.input.is_flooded() {
                        return self.end(EndReason::ProtocolViolation);
                    }
                    event.map(Effect::Apply).into_iter().collect()
                }
                State::Greeting { .. }
                | State::Recording { .. }
                | State::Asking { .. }
                | State::Ended(_) => Vec::new(),
            },
            Message::ClipboardText(_) | Message::ClipboardPart(_) => {
                self.clipboard_of_viewer(&message, now)
            }
            Message::Welcome(_)
            | Message::Waiting(_)
            | Message::Started(_)
            | Message::Surface(_)
            | Message::Cursor(_)
            | Message::Ended(_)
            | Message::ClipboardTooLong(_)
            | Message::BeatReply(_) => vec![Effect::Ignored(kind)],
        }
    }

    fn has_surface(&self, surface: u32) -> bool {
        match &self.state {
            State::Live(live) => live.surfaces.contains_key(&surface),
            State::Greeting { .. }
            | State::Recording { .. }
            | State::Asking { .. }
            | State::Ended(_) => false,
        }
    }

    fn show(&self, wish: &message::Show) -> Vec<Effect> {
        if wish.nothing {
            return vec![Effect::Show(Vec::new())];
        }
        let mut shown = Vec::new();
        for surface in std::iter::once(&wish.surface).chain(&wish.beside) {
            // One that just went is still asked for by whoever was not told yet.
            if shown.len() < SURFACES_SHOWN
                && self.has_surface(*surface)
                && !shown.contains(surface)
            {
                shown.push(*surface);
            }
        }
        if shown.is_empty() {
            return Vec::new();
        }
        vec![Effect::Show(shown)]
    }

    fn clipboard_of_viewer(&mut self, message: &Message, now: Instant) -> Vec<Effect> {
        let State::Live(live) = &mut self.state else {
            return Vec::new();
        };
        let taken = if let Message::ClipboardText(head) = message {
            live.clipboard.begins(head, now).map(|()| None)
        } else if let Message::ClipboardPart(part) = message {
            live.clipboard.part(part, now)
        } else {
            Ok(None)
        };
        match taken {
            Ok(text) => text.map(Effect::PutClipboard).into_iter().collect(),
            Err(Broken) => self.end(EndReason::ProtocolViolation),
        }
    }

    /// What the device's clipboard holds now, or why that is not sent. Goes nowhere without the
    /// right to read it.
    pub fn handle_clipboard(
        &mut self,
        copied: Result<ClipText, NotSent>,
        now: Instant,
    ) -> Vec<Effect> {
        let State::Live(live) = &mut self.state else {
            return Vec::new();
        };
        if !live.permit.scopes().has(Scope::ClipboardOut) {
            return Vec::new();
        }
        let effect = match copied {
            Ok(text) => live.clipboard.changed(text, now).map(Effect::SendClipboard),
            Err(NotSent::TooLong { bytes }) => {
                let note = message::ClipboardTooLong { length: bytes };
                Some(Effect::Send(note.into()))
            }
            Err(NotSent::Empty) => None,
        };
        effect.into_iter().collect()
    }

    fn hello(
        &mut self,
        hello: &Hello,
        directory_now: Option<Timestamp>,
        now: Instant,
    ) -> Vec<Effect> {
        let State::Greeting { .. } = self.state else {
            // A second hello would change what the person is being asked.
            return self.end(EndReason::ProtocolViolation);
        };
        let checked = CheckedGrant::check(&self.facts, &self.viewer, &hello.grant, directory_now);
        match checked {
            Err(reason) => self.end(reason),
            Ok(grant) => {
                let id = grant.grant().id;
                self.state = State::Recording { grant };
                self.heard = now;
                let version = env!("CARGO_PKG_VERSION").to_owned();
                vec![
                    Effect::Send(
                        message::Welcome {
                            capabilities: 0,
                            version,
                        }
                        .into(),
                    ),
                    Effect::Record(id),
                ]
            }
        }
    }

    /// What became of [`Effect::Record`].
    pub fn handle_recorded(&mut self, recorded: Recorded, now: Instant) -> Vec<Effect> {
        let state = std::mem::replace(&mut self.state, State::Ended(EndReason::Other));
        let State::Recording { grant } = state else {
            self.state = state;
            return Vec::new();
        };
        match recorded {
            Recorded::Before => self.finish(Vec::new(), EndReason::GrantUsed),
            Recorded::Failed => self.finish(Vec::new(), EndReason::CannotRecord),
            Recorded::First if !grant.is_for_this_session() => {
                self.finish(Vec::new(), EndReason::GrantForOtherSession)
            }
            Recorded::First if grant.asks_person() => {
                let until = now + CONSENT_WAIT;
                let digest = grant.digest();
                let question = Box::new(grant.grant().clone());
                self.state = State::Asking {
                    grant,
                    digest,
                    until,
                };
                let left_ms = CONSENT_WAIT.as_millis() as u32;
                vec![
                    Effect::Send(message::Waiting { left_ms }.into()),
                    Effect::Ask {
                        grant: question,
                        digest,
                        until,
                    },
                ]
            }
            Recorded::First => match grant.unattended() {
                Ok(permit) => self.start(permit, Duration::ZERO, now),
                Err(reason) => self.finish(Vec::new(), reason),
            },
        }
    }

    /// What the person said to [`Effect::Ask`]. Counts once; anything but yes is no.
    pub fn handle_answer(&mut self, answer: Answer, now: Instant) -> Vec<Effect> {
        let state = std::mem::replace(&mut self.state, State::Ended(EndReason::Other));
        let State::Asking {
            grant,
            digest,
            until,
        } = state
        else {
            self.state = state;
            return Vec::new();
        };
        match answer {
            Answer::Refused => self.finish(Vec::new(), EndReason::PersonRefused),
            Answer::TimedOut => self.finish(Vec::new(), EndReason::ConsentTimedOut),
            Answer::Unavailable => self.finish(Vec::new(), EndReason::ConsentUnavailable),
            Answer::Allowed { .. } if now >= until => {
                self.finish(Vec::new(), EndReason::ConsentTimedOut)
            }
            Answer::Allowed {
                digest: answered, ..
            } if answered != digest => self.finish(Vec::new(), EndReason::PersonRefused),
            Answer::Allowed { digest, scopes } => match grant.agreed(digest, scopes) {
                Ok(permit) => self.start(permit, LEASE_GRACE_ATTENDED, now),
                Err(reason) => self.finish(Vec::new(), reason),
            },
        }
    }

    fn start(&mut self, permit: Permit, grace: Duration, now: Instant) -> Vec<Effect> {
        let scopes = permit
            .scopes()
            .iter()
            .map(|scope| scope.name().to_owned())
            .collect();
        let ends = now + permit.grant().max_duration();
        let input = InputGate::new(now);
        let lease_until = now + LEASE;
        self.heard = now;
        self.state = State::Live(Box::new(Live {
            permit,
            input,
            clipboard: Exchange::new(End::Host, now),
            surfaces: BTreeMap::new(),
            ends,
            lease_until,
            grace,
            overdue: None,
        }));
        vec![
            Effect::Send(message::Started { scopes }.into()),
            Effect::Start,
        ]
    }

    /// These are the surfaces now; pointers are clamped to the one they are over.
    pub fn set_surfaces(&mut self, surfaces: BTreeMap<u32, Size>) {
        if let State::Live(live) = &mut self.state {
            live.surfaces = surfaces;
        }
    }

    /// The directory stands by this session for that much longer.
    pub fn handle_lease(&mut self, left: Duration, now: Instant) {
        if let State::Live(live) = &mut self.state {
            live.lease_until = live.lease_until.max(now + left.min(LEASE));
        }
    }

    /// Ends it for a reason from outside: the person's stop, a kill, a dead helper.
    pub fn handle_end(&mut self, reason: EndReason) -> Vec<Effect> {
        self.end(reason)
    }

    /// When [`Self::handle_time`] is wanted next, if nothing else happens.
    pub fn deadline(&self) -> Option<Instant> {
        match &self.state {
            State::Greeting { until } => Some(*until),
            State::Recording { .. } => Some(self.heard + SESSION_IDLE),
            State::Asking { until, .. } => Some((*until).min(self.heard + SESSION_IDLE)),
            State::Live(live) => {
                let silence = if live.overdue != Some(self.heard) {
                    BEAT_OVERDUE
                } else if live.input.holds_anything() {
                    BEAT_SILENCE
                } else {
                    SESSION_IDLE
                };
                let lease = live.lease_until + live.grace;
                Some(live.ends.min(lease).min(self.heard + silence))
            }
            State::Ended(_) => None,
        }
    }

    /// Time has passed.
    pub fn handle_time(&mut self, now: Instant) -> Vec<Effect> {
        let silence = now.saturating_duration_since(self.heard);
        match &mut self.state {
            State::Ended(_) => Vec::new(),
            State::Greeting { until } if now >= *until => self.end(EndReason::BadHello),
            State::Asking { until, .. } if now >= *until => self.end(EndReason::ConsentTimedOut),
            State::Greeting { .. } | State::Recording { .. } | State::Asking { .. }
                if silence >= SESSION_IDLE =>
            {
                self.end(EndReason::LostContact)
            }
            State::Greeting { .. } | State::Recording { .. } | State::Asking { .. } => Vec::new(),
            State::Live(live) if now >= live.ends => self.end(EndReason::MaxDuration),
            State::Live(live) if now >= live.lease_until + live.grace => {
                self.end(EndReason::LeaseExpired)
            }
            State::Live(_) if silence >= SESSION_IDLE => self.end(EndReason::LostContact),
            State::Live(live) => {
                let mut effects = Vec::new();
                if silence >= BEAT_OVERDUE && live.overdue.replace(self.heard) != Some(self.heard) {
                    effects.push(Effect::Send(message::BeatReply { nonce: 0 }.into()));
                }
                if silence >= BEAT_SILENCE && live.input.holds_anything() {
                    live.input.forget_held();
                    effects.push(Effect::ReleaseInput);
                }
                effects
            }
        }
    }

    fn end(&mut self, reason: EndReason) -> Vec<Effect> {
        let state = std::mem::replace(&mut self.state, State::Ended(reason));
        let effects = match state {
            State::Ended(first) => {
                self.state = State::Ended(first);
                return Vec::new();
            }
            State::Asking { .. } => vec![Effect::Withdraw],
            State::Live(live) if live.permit.scopes().has(Scope::Control) => {
                vec![Effect::ReleaseInput]
            }
            State::Greeting { .. } | State::Recording { .. } | State::Live(_) => Vec::new(),
        };
        self.finish(effects, reason)
    }

    fn finish(&mut self, mut effects: Vec<Effect>, reason: EndReason) -> Vec<Effect> {
        self.state = State::Ended(reason);
        effects.push(Effect::Send(
            message::Ended {
                reason: reason.code(),
            }
            .into(),
        ));
        effects.push(Effect::End(reason));
        effects
    }
}

#[cfg(test)]
mod tests;
