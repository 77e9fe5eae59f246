//! The question that the person at the device is asked, and the answers that there are.

/// Most rights that one question lists; the window must fit on a small screen.
pub const MAX_SCOPES: usize = 12;

/// Why a question that was taken back has no answer.
pub const WITHDRAWN: &str = "the question was withdrawn";

/// Everything that the consent window shows. Texts may come from other machines: the window
/// makes them harmless and cuts them, the caller need not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentRequest {
    /// Who asks, for example `Anna Berg`.
    pub technician: String,
    /// For whom that person works.
    pub organisation: Organisation,
    /// The customer that this device belongs to, for example `Oslo Shops AS`.
    pub tenant: String,
    /// What they want, in a few words: `wants to see and control this screen`.
    pub wants: String,
    /// The rights asked for; at most [`MAX_SCOPES`], further ones are not shown and not granted.
    pub scopes: Vec<Scope>,
    /// Why, with the ticket's number; empty when none was given.
    pub reason: String,
    /// Until when at most, ready to be read: `15:40`.
    pub until: String,
    /// The fingerprint of the viewer's key.
    pub viewer_key: String,
}

/// The organisation that asks, and whether its name is proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Organisation {
    /// It proved control of a domain.
    Verified {
        /// Its name.
        name: String,
        /// The domain.
        domain: String,
    },
    /// Anyone could have written this name.
    NotVerified {
        /// The name that it gives itself.
        name: String,
    },
}

/// One right in the question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// What the answer calls it.
    pub key: String,
    /// What the person reads.
    pub label: String,
    /// Whether it is ticked when the window opens.
    pub granted: bool,
    /// Whether it cannot be unticked (then refuse as a whole).
    pub required: bool,
}

impl Scope {
    /// Whether it is ticked at first.
    pub(super) fn ticked(&self) -> bool {
        self.granted || self.required
    }
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConsentOutcome {
    /// Yes, to exactly these rights: keys of the scopes ticked, in the order asked; never none.
    Allowed {
        /// [`Scope::key`] of each.
        scopes: Vec<String>,
    },
    /// No.
    Refused,
    /// Nobody answered in time, which is a no.
    TimedOut,
    /// Nobody could be asked, which is a no; the reason is for the log and the technician.
    Unavailable(String),
}

/// Where the outcome goes. It is called exactly once: dropped unused, even by a panic, it says
/// [`ConsentOutcome::Unavailable`] itself.
pub struct Answer(Option<Box<dyn FnOnce(ConsentOutcome) + Send>>);

impl Answer {
    /// `give` is called with the one outcome, from any thread.
    pub fn new(give: impl FnOnce(ConsentOutcome) + Send + 'static) -> Self {
        Self(Some(Box::new(give)))
    }

    /// Gives the outcome.
    pub fn give(mut self, outcome: ConsentOutcome) {
        if let Some(give) = self.0.take() {
            give(outcome);
        }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        if let Some(give) = self.0.take() {
            give(ConsentOutcome::Unavailable(
                "the question was lost".to_owned(),
            ));
        }
    }
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Answer").field(&self.0.is_some()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn answer_is_given_exactly_once() {
        let (sender, receiver) = mpsc::channel();
        let to = sender.clone();
        Answer::new(move |outcome| to.send(outcome).expect("open")).give(ConsentOutcome::Refused);
        drop(Answer::new(move |outcome| {
            sender.send(outcome).expect("open");
        }));
        let outcomes: Vec<_> = receiver.iter().collect();
        assert_eq!(outcomes[0], ConsentOutcome::Refused);
        assert!(matches!(outcomes[1], ConsentOutcome::Unavailable(_)));
        assert_eq!(outcomes.len(), 2);
    }
}
