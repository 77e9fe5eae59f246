//! The viewer's end of a session: the steps a technician watches, beats, and lost contact.

use std::time::{Duration, Instant};

use super::clipboard::{Broken, End, Exchange, Outgoing};
use crate::clipboard::ClipText;
use crate::limits::{BEAT_EVERY, BEAT_SILENCE, SESSION_IDLE};
use crate::outcome::EndReason;
use crate::scope::{Direction, Scope, ScopeSet, allows};
use crate::wire::message::{Beat, Bye, Message, Show};

/// Pause between two beats while nobody looks: enough to keep address translators awake.
pub const BEAT_HIDDEN: Duration = Duration::from_secs(5);

/// Where a session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The directory is deciding.
    Asking,
    /// The relay and the device are being reached.
    Reaching,
    /// A person at the device is being asked, until then.
    WaitingForPerson {
        /// When silence becomes no.
        until: Instant,
    },
    /// Allowed; the first picture is on its way.
    WaitingForPicture,
    /// The picture is there.
    Live,
    /// Nothing was heard since then; the picture is old.
    Lost {
        /// When it was last heard.
        since: Instant,
    },
    /// Over.
    Ended(EndReason),
}

impl Step {
    /// Position in the stepper, from 0; `None` once it is over.
    pub const fn position(self) -> Option<usize> {
        match self {
            Self::Asking => Some(0),
            Self::Reaching => Some(1),
            Self::WaitingForPerson { .. } => Some(2),
            Self::WaitingForPicture => Some(3),
            Self::Live | Self::Lost { .. } => Some(4),
            Self::Ended(_) => None,
        }
    }
}

/// What the shell must do.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Send this on the control stream.
    Send(Message),
    /// Tell the window: the step changed.
    Step(Step),
    /// A surface has this size and name.
    Surface(crate::wire::message::Surface),
    /// The pointer has the shape with this hash; 0 hides it.
    Cursor(u64),
    /// Put this on this machine's clipboard when that is wanted.
    PutClipboard(ClipText),
    /// Send this text to the device, after any that is being sent.
    SendClipboard(Outgoing),
    /// The device's clipboard holds a text of that many bytes, which is too long to be sent.
    ClipboardTooLong(u64),
    /// Close the connection. Nothing follows.
    Close,
}

/// One session as the viewer knows it.
#[derive(Debug)]
pub struct ViewerSession {
    step: Step,
    step_since: Instant,
    spent: [Duration; 4],
    scopes: ScopeSet,
    clipboard: Exchange,
    heard: Instant,
    beat_due: Instant,
    nonce: u32,
    attentive: bool,
    had_picture: bool,
}

impl ViewerSession {
    /// The technician pressed Connect.
    pub fn new(now: Instant) -> Self {
        Self {
            step: Step::Asking,
            step_since: now,
            spent: [Duration::ZERO; 4],
            scopes: ScopeSet::EMPTY,
            clipboard: Exchange::new(End::Viewer, now),
            heard: now,
            beat_due: now,
            nonce: 0,
            attentive: true,
            had_picture: false,
        }
    }

    /// Where it stands.
    pub fn step(&self) -> Step {
        self.step
    }

    /// What may be done; empty before the session is live.
    pub fn scopes(&self) -> ScopeSet {
        self.scopes
    }

    /// Whether input may be sent.
    pub fn may_control(&self) -> bool {
        matches!(self.step, Step::Live | Step::WaitingForPicture) && self.scopes.has(Scope::Control)
    }

    /// Time spent in each step of the stepper so far.
    pub fn spent(&self, now: Instant) -> [Duration; 4] {
        let mut spent = self.spent;
        if let Some(current) = self.step.position().and_then(|at| spent.get_mut(at)) {
            *current += now.saturating_duration_since(self.step_since);
        }
        spent
    }

    fn go(&mut self, step: Step, now: Instant) -> Vec<Effect> {
        if self.step == step || matches!(self.step, Step::Ended(_)) {
            return Vec::new();
        }
        self.spent = self.spent(now);
        self.step = step;
        self.step_since = now;
        vec![Effect::Step(step)]
    }

    /// The directory said yes.
    pub fn handle_authorised(&mut self, now: Instant) -> Vec<Effect> {
        self.go(Step::Reaching, now)
    }

    /// The end-to-end connection stands; `hello` goes first.
    pub fn handle_connected(&mut self, hello: Message, now: Instant) -> Vec<Effect> {
        self.heard = now;
        self.beat_due = now + BEAT_EVERY;
        vec![Effect::Send(hello)]
    }

    /// Whether the window is visible or a key is down: then contact is watched closely.
    pub fn set_attentive(&mut self, attentive: bool, now: Instant) {
        if attentive && !self.attentive {
            self.beat_due = self.beat_due.min(now);
            self.heard = now;
        }
        self.attentive = attentive;
    }

    /// Any bytes from the host.
    pub fn handle_heard(&mut self, now: Instant) -> Vec<Effect> {
        self.heard = now;
        match self.step {
            Step::Lost { .. } if self.had_picture => self.go(Step::Live, now),
            Step::Lost { .. } => self.go(Step::WaitingForPicture, now),
            Step::Asking
            | Step::Reaching
            | Step::WaitingForPerson { .. }
            | Step::WaitingForPicture
            | Step::Live
            | Step::Ended(_) => Vec::new(),
        }
    }

    /// A message of the host.
    pub fn handle_message(&mut self, message: Message, now: Instant) -> Vec<Effect> {
        let mut effects = self.handle_heard(now);
        if matches!(self.step, Step::Ended(_)) {
            return effects;
        }
        if !allows(self.scopes, message.kind(), Direction::ToViewer) {
            effects.extend(self.end(EndReason::ProtocolViolation, now));
            return effects;
        }
        match message {
            Message::Waiting(waiting) => {
                let until = now + Duration::from_millis(u64::from(waiting.left_ms));
                effects.extend(self.go(Step::WaitingForPerson { until }, now));
            }
            Message::Started(started) => {
                let known = Scope::ALL.into_iter();
                let granted: Vec<_> = known
                    .filter(|s| started.scopes.iter().any(|n| n == s.name()))
                    .collect();
                self.scopes = ScopeSet::of(&granted);
                effects.extend(self.go(Step::WaitingForPicture, now));
            }
            Message::Surface(surface) => effects.push(Effect::Surface(surface)),
            Message::Cursor(cursor) => effects.push(Effect::Cursor(cursor.hash)),
            Message::Ended(ended) => {
                effects.extend(self.end(EndReason::from_code(ended.reason), now));
            }
            Message::ClipboardText(head) => match self.clipboard.begins(&head, now) {
                Ok(()) => {}
                Err(Broken) => effects.extend(self.end(EndReason::ProtocolViolation, now)),
            },
            Message::ClipboardPart(part) => match self.clipboard.part(&part, now) {
                Ok(text) => effects.extend(text.map(Effect::PutClipboard)),
                Err(Broken) => effects.extend(self.end(EndReason::ProtocolViolation, now)),
            },
            Message::ClipboardTooLong(note) => {
                effects.push(Effect::ClipboardTooLong(note.length));
            }
            Message::Welcome(_) | Message::BeatReply(_) => {}
            Message::Hello(_)
            | Message::Bye(_)
            | Message::Beat(_)
            | Message::FrameAck(_)
            | Message::Refresh(_)
            | Message::Show(_)
            | Message::Key(_)
            | Message::Text(_)
            | Message::Pointer(_)
            | Message::Button(_)
            | Message::Wheel(_) => {
                effects.extend(self.end(EndReason::ProtocolViolation, now));
            }
        }
        effects
    }

    /// This machine's clipboard holds another text, and the technician is at the window. Goes
    /// nowhere without the right to put it on the device's.
    pub fn handle_clipboard(&mut self, text: ClipText, now: Instant) -> Vec<Effect> {
        if self.step != Step::Live || !self.scopes.has(Scope::ClipboardIn) {
            return Vec::new();
        }
        let sent = self.clipboard.changed(text, now);
        sent.map(Effect::SendClipboard).into_iter().collect()
    }

    /// The technician sees these surfaces from now on, the one that they work on first; none while
    /// every window is hidden.
    pub fn handle_choice(&mut self, surfaces: &[u32]) -> Vec<Effect> {
        if self.step != Step::Live || !self.scopes.has(Scope::View) {
            return Vec::new();
        }
        let (first, beside) = surfaces.split_first().unwrap_or((&0, &[]));
        let show = Show {
            surface: *first,
            beside: beside.to_vec(),
            nothing: surfaces.is_empty(),
        };
        vec![Effect::Send(show.into())]
    }

    /// A picture was decoded; the first one makes the session live.
    pub fn handle_picture(&mut self, now: Instant) -> Vec<Effect> {
        if !self.scopes.has(Scope::View) {
            return self.end(EndReason::ProtocolViolation, now);
        }
        let mut effects = self.handle_heard(now);
        self.had_picture = true;
        effects.extend(self.go(Step::Live, now));
        effects
    }

    /// The technician closed the window.
    pub fn handle_leave(&mut self, now: Instant) -> Vec<Effect> {
        let mut effects = vec![Effect::Send(Bye {}.into())];
        effects.extend(self.end(EndReason::ViewerLeft, now));
        effects
    }

    /// The attempt or the connection failed for good.
    pub fn handle_failed(&mut self, reason: EndReason, now: Instant) -> Vec<Effect> {
        self.end(reason, now)
    }

    fn end(&mut self, reason: EndReason, now: Instant) -> Vec<Effect> {
        let mut effects = self.go(Step::Ended(reason), now);
        if !effects.is_empty() {
            effects.push(Effect::Close);
        }
        effects
    }

    /// When [`Self::handle_time`] is wanted next, if nothing else happens.
    pub fn deadline(&self) -> Option<Instant> {
        match self.step {
            Step::Asking | Step::Reaching | Step::Ended(_) => None,
            Step::Lost { since } => Some(self.beat_due.min(since + SESSION_IDLE)),
            Step::WaitingForPerson { .. } | Step::WaitingForPicture | Step::Live
                if self.attentive =>
            {
                Some(self.beat_due.min(self.heard + BEAT_SILENCE))
            }
            Step::WaitingForPerson { .. } | Step::WaitingForPicture | Step::Live => {
                Some(self.beat_due.min(self.heard + SESSION_IDLE))
            }
        }
    }

    /// Time has passed.
    pub fn handle_time(&mut self, now: Instant) -> Vec<Effect> {
        let silence = now.saturating_duration_since(self.heard);
        let mut effects = match self.step {
            Step::Asking | Step::Reaching | Step::Ended(_) => return Vec::new(),
            Step::Lost { .. }
            | Step::WaitingForPerson { .. }
            | Step::WaitingForPicture
            | Step::Live
                if silence >= SESSION_IDLE =>
            {
                return self.end(EndReason::LostContact, now);
            }
            Step::WaitingForPerson { .. } | Step::WaitingForPicture | Step::Live
                if self.attentive && silence >= BEAT_SILENCE =>
            {
                self.go(Step::Lost { since: self.heard }, now)
            }
            Step::Lost { .. }
            | Step::WaitingForPerson { .. }
            | Step::WaitingForPicture
            | Step::Live => Vec::new(),
        };
        if now >= self.beat_due {
            self.nonce = self.nonce.wrapping_add(1);
            self.beat_due = now
                + if self.attentive {
                    BEAT_EVERY
                } else {
                    BEAT_HIDDEN
                };
            effects.push(Effect::Send(Beat { nonce: self.nonce }.into()));
        }
        effects
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::message::{BeatReply, Ended, Hello, Started, Waiting};

    fn hello() -> Message {
        Hello {
            capabilities: 0,
            grant: String::new(),
            version: String::new(),
        }
        .into()
    }

    fn live(now: Instant) -> ViewerSession {
        let mut session = ViewerSession::new(now);
        session.handle_authorised(now);
        session.handle_connected(hello(), now);
        session.handle_message(Waiting { left_ms: 60_000 }.into(), now);
        session.handle_message(
            Started {
                scopes: vec!["view".into()],
            }
            .into(),
            now,
        );
        session.handle_picture(now);
        assert_eq!(session.step(), Step::Live);
        session
    }

    #[test]
    fn a_dead_host_is_noticed_within_three_seconds_and_a_returned_one_at_once() {
        let start = Instant::now();
        let mut session = live(start);
        let lost = start + BEAT_SILENCE;
        let mut now = start;
        while session.step() == Step::Live {
            now = session.deadline().expect("a live session has deadlines");
            session.handle_time(now);
        }
        assert_eq!(session.step(), Step::Lost { since: start });
        assert!(now <= lost && lost <= start + Duration::from_secs(3));
        session.handle_message(BeatReply { nonce: 1 }.into(), now);
        assert_eq!(session.step(), Step::Live);
    }

    #[test]
    fn contact_lost_for_good_ends_as_unreachable() {
        let start = Instant::now();
        let mut session = live(start);
        while let Some(at) = session.deadline() {
            session.handle_time(at);
        }
        assert_eq!(session.step(), Step::Ended(EndReason::LostContact));
    }

    #[test]
    fn a_picture_before_the_session_started_is_a_violation() {
        let now = Instant::now();
        let mut session = ViewerSession::new(now);
        session.handle_authorised(now);
        session.handle_connected(hello(), now);
        session.handle_picture(now);
        assert_eq!(session.step(), Step::Ended(EndReason::ProtocolViolation));
    }

    #[test]
    fn the_reason_of_the_host_is_kept_and_nothing_follows_it() {
        let now = Instant::now();
        let mut session = live(now);
        let reason = EndReason::PersonStopped;
        let effects = session.handle_message(
            Ended {
                reason: reason.code(),
            }
            .into(),
            now,
        );
        assert_eq!(effects, [Effect::Step(Step::Ended(reason)), Effect::Close]);
        assert!(session.handle_time(now + SESSION_IDLE).is_empty());
        assert!(
            session
                .handle_failed(EndReason::LostContact, now)
                .is_empty()
        );
    }

    #[test]
    fn time_is_counted_per_step() {
        let start = Instant::now();
        let mut session = ViewerSession::new(start);
        let second = Duration::from_secs(1);
        session.handle_authorised(start + second);
        assert_eq!(session.spent(start + 3 * second)[..2], [second, 2 * second]);
    }
}
