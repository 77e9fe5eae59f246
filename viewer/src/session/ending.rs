//! How a session ended, in the words that the technician reads.

use farpane_protocol::outcome::{EndReason, Outcome};
use farpane_protocol::relay::Refusal;
use farpane_transport::directory::DirectoryError;
use farpane_transport::link::LinkError;
use farpane_transport::session::SessionError;

use crate::failure::as_sentence;

/// Why a session is over or never began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// What happened and what to do.
    pub sentence: String,
    /// How the process exits for it.
    pub outcome: Outcome,
    /// Its name in the trace.
    pub word: &'static str,
    /// Whether trying again may help.
    pub retry: bool,
}

impl Ending {
    fn new(outcome: Outcome, word: &'static str, sentence: String, retry: bool) -> Self {
        Self {
            sentence,
            outcome,
            word,
            retry,
        }
    }

    /// The window could not be shown or a part of the viewer failed.
    pub fn failed(sentence: &str) -> Self {
        Self::new(Outcome::Failed, "failed", sentence.to_owned(), true)
    }

    /// The device did not come to the relay in time.
    pub fn unreachable(sentence: String) -> Self {
        Self::new(Outcome::Unreachable, "unreachable", sentence, true)
    }
}

impl From<EndReason> for Ending {
    fn from(reason: EndReason) -> Self {
        let sentence = reason.sentence().to_owned();
        Self::new(reason.outcome(), reason.word(), sentence, helps(reason))
    }
}

/// Whether asking for a new session may lead to another end.
fn helps(reason: EndReason) -> bool {
    match reason {
        EndReason::ConsentTimedOut
        | EndReason::ConsentUnavailable
        | EndReason::PersonRefused
        | EndReason::PersonStopped
        | EndReason::GrantUsed
        | EndReason::GrantExpired
        | EndReason::GrantForOtherSession
        | EndReason::LeaseExpired
        | EndReason::MaxDuration
        | EndReason::HelperLost
        | EndReason::HostStopping
        | EndReason::LostContact
        | EndReason::Busy
        | EndReason::CannotRecord
        | EndReason::NoScreen
        | EndReason::ProtocolViolation => true,
        EndReason::Other
        | EndReason::ViewerLeft
        | EndReason::GrantForOtherDevice
        | EndReason::GrantForOtherViewer
        | EndReason::GrantInvalid
        | EndReason::RightsAbovePolicy
        | EndReason::Revoked
        | EndReason::RightsEnded
        | EndReason::BadHello => false,
    }
}

impl From<DirectoryError> for Ending {
    fn from(error: DirectoryError) -> Self {
        let (word, retry) = match &error {
            DirectoryError::KeyMismatch { .. } => ("directory_key_mismatch", false),
            DirectoryError::Unreachable { .. } => ("directory_unreachable", true),
            DirectoryError::Problem(_) => ("directory_refused", true),
            DirectoryError::BadUrl(_) | DirectoryError::BadAnswer => ("directory_failed", false),
        };
        Self::new(
            error.outcome(),
            word,
            as_sentence(&error.to_string()),
            retry,
        )
    }
}

impl Ending {
    /// The relay, or the device behind it, could not be reached.
    pub fn from_link(error: &LinkError, relay: &str) -> Self {
        match error {
            LinkError::KeyMismatch(mismatch) => {
                let sentence = as_sentence(&mismatch.to_string());
                Self::new(Outcome::KeyMismatch, "key_mismatch", sentence, false)
            }
            LinkError::Refused { reason, sentence } => Self::from_refusal(*reason, relay, sentence),
            LinkError::TimedOut | LinkError::Closed | LinkError::Connection(_) => {
                Self::unreachable(format!(
                    "The device could not be reached through the relay {relay}: {error}. \
                     Check that the device is on and the relay is running, then try again."
                ))
            }
            LinkError::Socket(source) => Self::unreachable(format!(
                "This machine cannot open a network socket: {source}."
            )),
            LinkError::BadAddress(address) => Self::new(
                Outcome::Unreachable,
                "relay_address",
                format!(
                    "The address {address} of the relay {relay} cannot be found. \
                     An administrator has to correct it at the relay (--public)."
                ),
                true,
            ),
            LinkError::Wire(_) => EndReason::ProtocolViolation.into(),
        }
    }

    /// The relay said no or closed the leg.
    pub fn from_refusal(reason: Refusal, relay: &str, sentence: &str) -> Self {
        match reason {
            Refusal::Killed => EndReason::Revoked.into(),
            Refusal::PeerLeft => EndReason::LostContact.into(),
            Refusal::Draining => Self::unreachable(format!(
                "The relay {relay} is shutting down. Connect again in a moment."
            )),
            Refusal::Busy => Self::unreachable(format!(
                "The relay {relay} is at its limit. Try again in a moment, or add a relay."
            )),
            Refusal::Ticket => Self::new(
                Outcome::NotAllowed,
                "relay_ticket",
                format!("The relay {relay} does not accept the directory's ticket. Connect again."),
                true,
            ),
            Refusal::Taken | Refusal::Other => Self::unreachable(if sentence.is_empty() {
                format!("The relay {relay} closed the connection. Connect again.")
            } else {
                format!("The relay {relay} refused: {}", as_sentence(sentence))
            }),
        }
    }

    /// The end-to-end connection failed.
    pub fn from_session(error: &SessionError) -> EndReason {
        match error {
            SessionError::Ended(reason) => *reason,
            SessionError::Lost(_) | SessionError::Stuck => EndReason::LostContact,
            SessionError::Wire(_) => EndReason::ProtocolViolation,
        }
    }
}

#[cfg(test)]
mod tests {
    use farpane_certs::peer::PeerKeyMismatch;
    use farpane_protocol::key::SecretKey;

    use super::*;

    #[test]
    fn a_key_mismatch_names_both_fingerprints_and_exits_with_seven() {
        let key = |seed| SecretKey::from_seed([seed; 32]).public();
        let mismatch = PeerKeyMismatch {
            expected: key(1),
            found: key(2),
        };
        let ending = Ending::from_link(&LinkError::KeyMismatch(mismatch), "oslo");
        assert_eq!(ending.outcome, Outcome::KeyMismatch);
        for key in [key(1), key(2)] {
            let print = key.fingerprint().to_string();
            assert!(ending.sentence.contains(&print), "{}", ending.sentence);
        }
        assert!(!ending.retry);
    }

    #[test]
    fn every_reason_keeps_its_own_sentence_and_exit_code() {
        for reason in EndReason::ALL {
            let ending = Ending::from(*reason);
            assert_eq!(ending.outcome, reason.outcome());
            assert_eq!(ending.sentence, reason.sentence());
        }
    }

    #[test]
    fn a_session_killed_at_the_relay_is_a_revoked_one() {
        let ending = Ending::from_refusal(Refusal::Killed, "oslo", "");
        assert_eq!(ending.outcome, Outcome::Revoked);
    }
}
