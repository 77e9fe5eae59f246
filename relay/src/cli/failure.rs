//! How a command fails: one sentence for a person, one exit code for a script.

use std::error::Error as _;
use std::io;

use farpane_protocol::enrolment::BadTicket;
use farpane_protocol::outcome::Outcome;
use farpane_transport::directory::DirectoryError;

use crate::data::DataError;
use crate::serve::StartError;

/// What happened, what to do, and how the process exits.
#[derive(Debug, thiserror::Error)]
#[error("{sentence}")]
pub(super) struct Failure {
    outcome: Outcome,
    sentence: String,
}

impl Failure {
    pub(super) fn new(outcome: Outcome, text: &str) -> Self {
        Self {
            outcome,
            sentence: as_sentence(text),
        }
    }

    pub(super) fn outcome(&self) -> Outcome {
        self.outcome
    }
}

/// Library errors are lower case without a full stop; for a person they are sentences.
fn as_sentence(text: &str) -> String {
    let mut chars = text.trim().chars();
    let first: String = chars
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .collect();
    let stop = if text.trim_end().ends_with('.') {
        ""
    } else {
        "."
    };
    format!("{first}{}{stop}", chars.as_str())
}

impl From<DirectoryError> for Failure {
    fn from(error: DirectoryError) -> Self {
        let text = match &error {
            DirectoryError::Unreachable { .. } => {
                format!("{error}; check that it runs and that nothing in between blocks it")
            }
            DirectoryError::BadUrl(_)
            | DirectoryError::KeyMismatch { .. }
            | DirectoryError::Problem(_)
            | DirectoryError::BadAnswer => error.to_string(),
        };
        Self::new(error.outcome(), &text)
    }
}

impl From<BadTicket> for Failure {
    fn from(error: BadTicket) -> Self {
        Self::new(Outcome::Usage, &error.to_string())
    }
}

impl From<DataError> for Failure {
    fn from(error: DataError) -> Self {
        let outcome = match &error {
            DataError::NotEnrolled(_)
            | DataError::Enrolled { .. }
            | DataError::Damaged(_)
            | DataError::NoKey(_) => Outcome::Usage,
            DataError::InUse(_) | DataError::Io { .. } | DataError::Key(_) => Outcome::Failed,
        };
        let text = match error.source() {
            Some(cause) => format!("{error}: {cause}"),
            None => error.to_string(),
        };
        Self::new(outcome, &text)
    }
}

/// What to do about a port that cannot be opened, where we know.
fn fix_for(error: &io::Error) -> Option<&'static str> {
    let fixes = [
        (
            io::ErrorKind::AddrInUse,
            "another program has this UDP port; stop it or choose another port",
        ),
        (
            io::ErrorKind::PermissionDenied,
            "ports below 1024 need CAP_NET_BIND_SERVICE; give it, or choose another port",
        ),
        (
            io::ErrorKind::AddrNotAvailable,
            "this machine has no such address; use 0.0.0.0 for all of its own",
        ),
    ];
    let fix = fixes.iter().find(|(kind, _)| *kind == error.kind());
    fix.map(|(_, fix)| *fix)
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        let text = match &error {
            StartError::Listen { source, .. } => match fix_for(source) {
                Some(fix) => format!("{error}: {fix}"),
                None => format!("{error}: {source}"),
            },
            StartError::Record { source, .. } => format!("{error}: {source}"),
        };
        Self::new(Outcome::Failed, &text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_become_sentences() {
        assert_eq!(as_sentence("the disk is full"), "The disk is full.");
        assert_eq!(as_sentence("It is. "), "It is.");
    }
}
