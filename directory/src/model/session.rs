//! A session as the directory sees it: its states, what a host's word does to them, and when one
//! that nobody closed counts as over.

use std::time::Duration;

use farpane_protocol::api::HostFact;
use farpane_protocol::ids::{
    ChannelId, DeviceId, EpochNonce, GrantId, OrgId, SessionId, TenantId, UserId, ViewerId,
};
use farpane_protocol::key::PublicKey;
use farpane_protocol::latency::SessionLatency;
use farpane_protocol::limits::{
    CONSENT_WAIT, GRANT_START_BY, LEASE, LEASE_GRACE_ATTENDED, SESSION_MAX,
};
use farpane_protocol::outcome::EndReason;
use farpane_protocol::scope::ScopeSet;
use farpane_protocol::time::Timestamp;

/// How much longer than the host the directory waits before it closes a session by itself, so
/// that the host's own word, which knows better, comes first.
const SLACK: Duration = Duration::from_secs(10);

/// One viewer on one host, from the grant to the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Whose people ask.
    pub org: OrgId,
    /// Whose device it is.
    pub tenant: TenantId,
    /// The device.
    pub device: DeviceId,
    /// What the device was called then.
    pub device_name: String,
    /// Who asked.
    pub account: UserId,
    /// What that person was called then.
    pub person: String,
    /// With which viewer.
    pub viewer: ViewerId,
    /// By which grant.
    pub grant: GrantId,
    /// For which run of the host.
    pub epoch: EpochNonce,
    /// Where both legs meet.
    pub channel: ChannelId,
    /// At which relay.
    pub relay: PublicKey,
    /// What that relay was called then.
    pub relay_name: String,
    /// To do what.
    pub asked_for: ScopeSet,
    /// Why.
    pub reason: String,
    /// When it was granted.
    pub issued: Timestamp,
    /// Where it stands.
    pub state: SessionState,
    /// How long its pictures took, as far as its viewer told.
    pub latency: Option<Box<SessionLatency>>,
}

/// Where a session stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionState {
    /// The directory said yes; the host has not said anything.
    Granted,
    /// A person at the device is being asked.
    Asked,
    /// It runs.
    Live(Running),
    /// It is over.
    Over {
        /// Since when.
        at: Timestamp,
        /// Why.
        reason: EndReason,
        /// How it ran, if it ever did.
        ran: Option<Running>,
        /// Whether the host said so too.
        host_closed: bool,
    },
}

/// A session that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Running {
    /// Since when.
    pub started: Timestamp,
    /// With which rights in the end.
    pub scopes: ScopeSet,
    /// Whether a person agreed (or nobody had to be asked).
    pub by_person: bool,
    /// When the last lease was given.
    pub leased: Option<Timestamp>,
}

/// What a host's word does to a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// It changes to this.
    To(SessionState),
    /// It says what is known.
    Repeated,
    /// The host goes on with a session that is over: it must be told again.
    TooLate,
}

/// The reason with that name; one that this version does not know reads as `Other`.
pub fn end_reason(word: &str) -> EndReason {
    EndReason::ALL
        .iter()
        .copied()
        .find(|reason| reason.word() == word)
        .unwrap_or(EndReason::Other)
}

impl SessionState {
    /// What the host's word does, heard at `at`. Saying a thing twice changes nothing.
    pub fn hear(&self, fact: &HostFact, at: Timestamp) -> Step {
        match (self, fact) {
            (Self::Granted, HostFact::Asked) => Step::To(Self::Asked),
            (Self::Granted | Self::Asked, HostFact::Started { scopes, by_person }) => {
                Step::To(Self::Live(Running {
                    started: at,
                    scopes: *scopes,
                    by_person: *by_person,
                    leased: None,
                }))
            }
            (Self::Asked | Self::Live(_), HostFact::Asked)
            | (Self::Live(_), HostFact::Started { .. })
            | (
                Self::Over {
                    host_closed: true, ..
                },
                _,
            ) => Step::Repeated,
            (
                Self::Granted | Self::Asked | Self::Live(_),
                HostFact::Refused { reason } | HostFact::Ended { reason },
            ) => Step::To(Self::Over {
                at,
                reason: end_reason(reason),
                ran: self.running(),
                host_closed: true,
            }),
            (
                Self::Over {
                    at,
                    reason,
                    ran,
                    host_closed: false,
                },
                HostFact::Refused { .. } | HostFact::Ended { .. },
            ) => Step::To(Self::Over {
                at: *at,
                reason: *reason,
                ran: *ran,
                host_closed: true,
            }),
            (
                Self::Over {
                    host_closed: false, ..
                },
                HostFact::Asked | HostFact::Started { .. },
            ) => Step::TooLate,
        }
    }

    /// How it runs or ran.
    pub fn running(&self) -> Option<Running> {
        match self {
            Self::Granted | Self::Asked => None,
            Self::Live(running) => Some(*running),
            Self::Over { ran, .. } => *ran,
        }
    }

    /// Whether it is not over.
    pub fn is_open(&self) -> bool {
        match self {
            Self::Granted | Self::Asked | Self::Live(_) => true,
            Self::Over { .. } => false,
        }
    }

    /// Since when it is over.
    pub fn over_since(&self) -> Option<Timestamp> {
        match self {
            Self::Granted | Self::Asked | Self::Live(_) => None,
            Self::Over { at, .. } => Some(*at),
        }
    }

    /// Its name in the store and in records.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Asked => "asked",
            Self::Live(_) => "live",
            Self::Over { .. } => "over",
        }
    }
}

impl Session {
    /// How long it has run by `now`, or ran until it was over; `None` if it never did.
    pub fn ran(&self, now: Timestamp) -> Option<Duration> {
        let until = self.state.over_since().unwrap_or(now);
        let running = self.state.running()?;
        Some(until.since(running.started))
    }

    /// Why it counts as over by `now` although nobody said so, if it does.
    pub fn stale(&self, now: Timestamp) -> Option<EndReason> {
        let past = |since: Timestamp, span: Duration| now > since.after(span + SLACK);
        match &self.state {
            SessionState::Granted => {
                past(self.issued, GRANT_START_BY + CONSENT_WAIT).then_some(EndReason::GrantExpired)
            }
            SessionState::Asked => past(self.issued, GRANT_START_BY + CONSENT_WAIT)
                .then_some(EndReason::ConsentTimedOut),
            SessionState::Live(running) => {
                let heard = running.leased.unwrap_or(running.started);
                if past(running.started, SESSION_MAX) {
                    Some(EndReason::MaxDuration)
                } else {
                    past(heard, LEASE + LEASE_GRACE_ATTENDED).then_some(EndReason::LeaseExpired)
                }
            }
            SessionState::Over { .. } => None,
        }
    }

    /// Why it makes room for a new session on its device, asked for by `viewer` while the host
    /// runs under `epoch`; `None` if it stays and the new one has to wait.
    pub fn gives_way(
        &self,
        viewer: ViewerId,
        epoch: EpochNonce,
        now: Timestamp,
    ) -> Option<EndReason> {
        if let Some(reason) = self.stale(now) {
            Some(reason)
        } else if self.epoch != epoch {
            // The host has restarted since: that session died with it.
            Some(EndReason::LostContact)
        } else if self.viewer == viewer {
            // The same installation asks anew, so it has let go of the old one.
            Some(EndReason::ViewerLeft)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use farpane_protocol::scope::Scope;
    use uuid::Uuid;

    use super::*;

    const START: Timestamp = Timestamp(1_000_000_000);

    fn session() -> Session {
        let id = Uuid::from_u128(1);
        Session {
            id: SessionId(id),
            org: OrgId(id),
            tenant: TenantId(id),
            device: DeviceId(id),
            device_name: "till".into(),
            account: UserId(id),
            person: "Anna".into(),
            viewer: ViewerId(id),
            grant: GrantId([1; 16]),
            epoch: EpochNonce([1; 16]),
            channel: ChannelId::from_random(1),
            relay: farpane_protocol::key::SecretKey::from_seed([1; 32]).public(),
            relay_name: "one".into(),
            asked_for: ScopeSet::of(&[Scope::View]),
            reason: String::new(),
            issued: START,
            state: SessionState::Granted,
            latency: None,
        }
    }

    fn started() -> HostFact {
        HostFact::Started {
            scopes: ScopeSet::of(&[Scope::View]),
            by_person: true,
        }
    }

    fn to(step: Step) -> SessionState {
        match step {
            Step::To(state) => state,
            Step::Repeated | Step::TooLate => panic!("no change: {step:?}"),
        }
    }

    #[test]
    fn the_hosts_word_moves_a_session_on_and_saying_it_twice_does_not() {
        let at = START.after(Duration::from_secs(1));
        let asked = to(SessionState::Granted.hear(&HostFact::Asked, at));
        assert_eq!(asked.hear(&HostFact::Asked, at), Step::Repeated);
        let live = to(asked.hear(&started(), at));
        assert_eq!(live.hear(&started(), at), Step::Repeated);
        assert_eq!(live.hear(&HostFact::Asked, at), Step::Repeated);
        let ended = HostFact::over(true, EndReason::PersonStopped);
        let over = to(live.hear(&ended, at));
        assert_eq!(over.hear(&ended, at), Step::Repeated);
        assert_eq!(over.hear(&started(), at), Step::Repeated);
        assert!(over.running().is_some() && !over.is_open());
    }

    #[test]
    fn a_host_that_goes_on_after_the_end_is_too_late() {
        let over = SessionState::Over {
            at: START,
            reason: EndReason::Revoked,
            ran: None,
            host_closed: false,
        };
        assert_eq!(over.hear(&started(), START), Step::TooLate);
        let closed = to(over.hear(&HostFact::over(false, EndReason::ViewerLeft), START));
        assert!(matches!(
            closed,
            SessionState::Over {
                reason: EndReason::Revoked,
                host_closed: true,
                ..
            }
        ));
    }

    #[test]
    fn a_session_that_nobody_closed_is_over_in_time() {
        let mut session = session();
        let wait = GRANT_START_BY + CONSENT_WAIT + SLACK;
        let later = |span: Duration| START.after(span);
        assert_eq!(session.stale(later(wait)), None);
        let past = later(wait + Duration::from_micros(1));
        assert_eq!(session.stale(past), Some(EndReason::GrantExpired));
        session.state = SessionState::Asked;
        assert_eq!(session.stale(past), Some(EndReason::ConsentTimedOut));
        session.state = to(session.state.hear(&started(), START));
        assert_eq!(session.stale(past), None);
        let past = later(LEASE + LEASE_GRACE_ATTENDED + SLACK + Duration::from_micros(1));
        assert_eq!(session.stale(past), Some(EndReason::LeaseExpired));
        let past = later(SESSION_MAX + SLACK + Duration::from_micros(1));
        assert_eq!(session.stale(past), Some(EndReason::MaxDuration));
    }

    #[test]
    fn a_session_gives_way_to_its_own_viewer_and_to_a_new_run_of_the_host_only() {
        let session = session();
        let other = ViewerId(Uuid::from_u128(2));
        assert_eq!(session.gives_way(other, session.epoch, START), None);
        assert_eq!(
            session.gives_way(session.viewer, session.epoch, START),
            Some(EndReason::ViewerLeft)
        );
        assert_eq!(
            session.gives_way(other, EpochNonce([2; 16]), START),
            Some(EndReason::LostContact)
        );
    }

    #[test]
    fn reasons_are_known_by_their_names() {
        for reason in EndReason::ALL {
            assert_eq!(end_reason(reason.word()), *reason);
        }
        assert_eq!(end_reason("<script>"), EndReason::Other);
    }
}
