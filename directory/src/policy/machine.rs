//! Whether an identity that shows up is where it was, has moved, or was copied. Pure: what was
//! seen before in, a judgement out.

use std::time::Duration;

use farpane_protocol::api::machine::MachinePrint;
use farpane_protocol::time::Timestamp;

/// How long a machine that an identity left counts as one that may still have it.
pub const REMEMBERED: Duration = Duration::from_secs(90 * 24 * 3600);

/// How often it is noted that nothing changed.
const NOTE_EVERY: Duration = Duration::from_secs(3600);

/// A machine on which an identity was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownMachine {
    /// Which.
    pub machine: MachinePrint,
    /// Name of its latest start.
    pub boot: String,
    /// Name of the start before that one; empty if none was seen.
    pub boot_before: String,
    /// When it was last seen.
    pub seen: Timestamp,
    /// Whether the identity belongs there.
    pub current: bool,
}

/// What was said about the machine by somebody with the identity's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenMachine {
    /// Which.
    pub machine: MachinePrint,
    /// Name of its start; empty if the system has none.
    pub boot: String,
}

/// What it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judged {
    /// The first machine of this identity.
    First,
    /// The machine that it was; nothing to note.
    Same,
    /// The machine that it was, after a start or a while.
    Noted,
    /// Another machine, and the one before is gone: moved, or parts of it were changed.
    Moved,
    /// Two machines use it, at once or in turn.
    Copied,
}

/// Judges. `present` says whether the identity is connected from somewhere right now.
pub fn judge(known: &[KnownMachine], seen: &SeenMachine, present: bool, now: Timestamp) -> Judged {
    let Some(current) = known.iter().find(|known| known.current) else {
        return Judged::First;
    };
    if current.machine == seen.machine {
        if seen.boot == current.boot {
            return if now.since(current.seen) < NOTE_EVERY {
                Judged::Same
            } else {
                Judged::Noted
            };
        }
        // A start that is over comes back only if it was never over: two machines that cannot be
        // told apart, such as two runs of one image.
        let comes_back = !seen.boot.is_empty() && seen.boot == current.boot_before;
        return if comes_back {
            Judged::Copied
        } else {
            Judged::Noted
        };
    }
    let before = known
        .iter()
        .find(|known| known.machine == seen.machine)
        .is_some_and(|known| now.since(known.seen) < REMEMBERED);
    if before || present {
        Judged::Copied
    } else {
        Judged::Moved
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: MachinePrint = MachinePrint([1; 32]);
    const B: MachinePrint = MachinePrint([2; 32]);

    fn known(machine: MachinePrint, boots: (&str, &str), current: bool) -> KnownMachine {
        KnownMachine {
            machine,
            boot: boots.0.into(),
            boot_before: boots.1.into(),
            seen: Timestamp(0),
            current,
        }
    }

    fn seen(machine: MachinePrint, boot: &str) -> SeenMachine {
        SeenMachine {
            machine,
            boot: boot.into(),
        }
    }

    #[test]
    fn an_identity_that_shows_up_is_judged_by_where_it_was() {
        let now = Timestamp(60_000_000);
        let on_a = [known(A, ("two", "one"), true)];
        let cases = [
            (vec![], seen(A, "one"), false, Judged::First),
            (on_a.to_vec(), seen(A, "two"), true, Judged::Same),
            (on_a.to_vec(), seen(A, "three"), true, Judged::Noted),
            (on_a.to_vec(), seen(A, ""), true, Judged::Noted),
            // The start before the latest one is still running somewhere.
            (on_a.to_vec(), seen(A, "one"), false, Judged::Copied),
            (on_a.to_vec(), seen(B, "x"), false, Judged::Moved),
            // At once.
            (on_a.to_vec(), seen(B, "x"), true, Judged::Copied),
            // In turn.
            (
                vec![known(B, ("x", ""), true), known(A, ("two", "one"), false)],
                seen(A, "three"),
                false,
                Judged::Copied,
            ),
        ];
        for (known, seen, present, judged) in cases {
            assert_eq!(
                judge(&known, &seen, present, now),
                judged,
                "{known:?} {seen:?}"
            );
        }
    }

    #[test]
    fn a_machine_that_was_left_long_ago_may_be_moved_back_to() {
        let known = [known(B, ("x", ""), true), known(A, ("two", "one"), false)];
        let later = Timestamp(0).after(REMEMBERED);
        assert_eq!(
            judge(&known, &seen(A, "three"), false, later),
            Judged::Moved
        );
    }
}
