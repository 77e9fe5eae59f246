//! How a command of the viewer fails: one sentence for a person, one exit code for a script.

use farpane_protocol::outcome::Outcome;
use farpane_transport::directory::DirectoryError;

/// Something that a person can act on: what happened and what to do, and how the process exits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{sentence}")]
pub struct Failure {
    outcome: Outcome,
    sentence: String,
}

impl Failure {
    /// A failure with a sentence of its own.
    pub fn new(outcome: Outcome, sentence: impl Into<String>) -> Self {
        Self {
            outcome,
            sentence: sentence.into(),
        }
    }

    /// How the process exits for it.
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// What happened and what to do.
    pub fn sentence(&self) -> &str {
        &self.sentence
    }
}

impl From<DirectoryError> for Failure {
    fn from(error: DirectoryError) -> Self {
        Self::new(error.outcome(), as_sentence(&error.to_string()))
    }
}

/// The exit code for an error of any command.
pub fn outcome_of(error: &anyhow::Error) -> Outcome {
    error
        .chain()
        .find_map(known_outcome)
        .unwrap_or(Outcome::Failed)
}

fn known_outcome(cause: &(dyn std::error::Error + 'static)) -> Option<Outcome> {
    let failure = cause.downcast_ref::<Failure>().map(Failure::outcome);
    failure.or_else(|| {
        cause
            .downcast_ref::<DirectoryError>()
            .map(DirectoryError::outcome)
    })
}

/// Library errors are lower case without a full stop; on a screen they are sentences.
pub fn as_sentence(text: &str) -> String {
    let text = text.trim();
    let mut chars = text.chars();
    let Some(first) = chars.next() else {
        return "Something went wrong.".to_owned();
    };
    let stop = if text.ends_with(['.', '!', '?']) {
        ""
    } else {
        "."
    };
    format!("{}{}{stop}", first.to_uppercase(), chars.as_str())
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn the_exit_code_is_found_below_added_context() {
        let failure = Failure::new(Outcome::NotAllowed, "No.");
        let error = Err::<(), _>(failure)
            .context("while asking")
            .expect_err("fails");
        assert_eq!(outcome_of(&error), Outcome::NotAllowed);
        assert_eq!(outcome_of(&anyhow::anyhow!("other")), Outcome::Failed);
    }

    #[test]
    fn errors_become_sentences() {
        assert_eq!(as_sentence("the disk is full"), "The disk is full.");
        assert_eq!(as_sentence("Done!"), "Done!");
        assert_eq!(as_sentence(" "), "Something went wrong.");
    }
}
