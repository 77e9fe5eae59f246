//! Why a verb failed: one sentence that names cause and fix, the cause underneath, an exit code.

use std::error::Error;
use std::fmt;

use farpane_protocol::outcome::Outcome;

use crate::app::{AppError, Denied};
use crate::store::StoreError;
use crate::store::sqlite::OpenError;

/// Why a verb failed.
#[derive(Debug)]
pub(super) struct Failure {
    outcome: Outcome,
    sentence: String,
    cause: Option<Box<dyn Error + Send + Sync>>,
}

impl Failure {
    pub(super) fn new(outcome: Outcome, sentence: impl Into<String>) -> Self {
        Self {
            outcome,
            sentence: sentence.into(),
            cause: None,
        }
    }

    /// A mistake on the command line or in a file that it names.
    pub(super) fn usage(sentence: impl Into<String>) -> Self {
        Self::new(Outcome::Usage, sentence)
    }

    /// Anything that no other outcome names.
    pub(super) fn failed(sentence: impl Into<String>) -> Self {
        Self::new(Outcome::Failed, sentence)
    }

    pub(super) fn because(self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            cause: Some(cause.into()),
            ..self
        }
    }

    pub(super) fn outcome(&self) -> Outcome {
        self.outcome
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)?;
        let mut cause: Option<&(dyn Error + 'static)> = match &self.cause {
            Some(cause) => Some(cause.as_ref()),
            None => None,
        };
        // On one line: a script shows one, and the innermost cause is what helps.
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Missing(path) => Self::failed(format!(
                "there is no directory in {}; make one with farpane-directory init, or name its \
                 folder with --data",
                path.parent().unwrap_or(&path).display()
            )),
            OpenError::Exists(path) => Self::failed(format!(
                "there is a directory in {} already; use it, or name another folder with --data",
                path.parent().unwrap_or(&path).display()
            )),
            OpenError::Newer(path) => Self::failed(format!(
                "the database {} was written by a newer farpane-directory; run that version, or \
                 restore the backup from before its upgrade",
                path.display()
            )),
            OpenError::Damaged(path) => Self::failed(format!(
                "{} is damaged or not a database of farpane-directory; restore it from a backup",
                path.display()
            )),
            OpenError::Io(path, source) => {
                let fix = if source.kind() == std::io::ErrorKind::PermissionDenied {
                    "; run this as the user who owns the folder"
                } else {
                    ""
                };
                Self::failed(format!("cannot use {}{fix}", path.display())).because(source)
            }
            OpenError::Database(path, source) => Self::failed(format!(
                "cannot open {}; check the disk and who owns the folder",
                path.display()
            ))
            .because(source),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::failed("the database did not answer; check the disk").because(error.0)
    }
}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Self {
        match error {
            AppError::Denied(denied) => {
                let mut sentence = denied.sentence();
                if let Denied::NotFound(thing) = denied
                    && let Some(list) = list_of(thing)
                {
                    sentence.push_str(&format!(
                        " See what there is with farpane-directory {list}."
                    ));
                }
                Self::new(outcome_of(&denied), sentence)
            }
            AppError::Store(error) => error.into(),
        }
    }
}

/// The command that lists things of a kind.
fn list_of(thing: &str) -> Option<&'static str> {
    Some(match thing {
        "person" => "user list",
        "viewer" => "user show ADDRESS",
        "group" => "group list",
        "role" => "role list",
        "assignment" => "role assignments",
        "customer" => "customer list",
        "place" => "place list",
        "device" => "device list",
        "relay" => "relay list",
        "session" => "session list --recent 20",
        "ticket" => "ticket list",
        "token" => "token list",
        "request" => "request list --all",
        "webhook" => "webhook list",
        _ => return None,
    })
}

/// How a verb ends that was refused: what is wrong with what was typed is a mistake of usage, and
/// rules and rights say so.
fn outcome_of(denied: &Denied) -> Outcome {
    let by_rule = matches!(denied, Denied::SecondPersonNeeded | Denied::Policy { .. });
    match denied.status() {
        400 | 404 => Outcome::Usage,
        401 | 403 if by_rule => Outcome::Refused,
        401 | 403 => Outcome::NotAllowed,
        _ => Outcome::Failed,
    }
}
