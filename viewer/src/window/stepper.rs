//! The words of the card, from where the session stands.

use std::time::{Duration, Instant};

use farpane_media::paint::printable;
use farpane_protocol::scope::{Scope, ScopeSet};
use farpane_protocol::session::viewer::Step;

pub use super::card::{Card, Mark, Press, Row, Words};
use crate::ago::{countdown, took};
use crate::session::shared::Snapshot;

const LABELS: [&str; 4] = [
    "asking the directory",
    "reaching the device",
    "waiting for the person",
    "picture",
];

/// Position of the step in which a person is asked.
const PERSON: usize = 2;

/// What rights are called on the card and the bar.
pub fn rights(scopes: ScopeSet) -> &'static str {
    match (scopes.has(Scope::View), scopes.has(Scope::Control)) {
        (true, true) => "see and control",
        (true, false) => "view only",
        (false, _) => "no rights yet",
    }
}

/// What the card says now; `None` while there is a picture to show instead. `asked` are the
/// rights that were asked for, `name` what is known of the device so far.
pub fn words(
    state: &Snapshot,
    name: &str,
    asked: ScopeSet,
    focus: usize,
    now: Instant,
) -> Option<Words> {
    let failed = state.ending.is_some();
    match state.step {
        Step::Live | Step::Lost { .. } if !failed => return None,
        Step::Asking
        | Step::Reaching
        | Step::WaitingForPerson { .. }
        | Step::WaitingForPicture
        | Step::Live
        | Step::Lost { .. }
        | Step::Ended(_) => {}
    }
    let (note, buttons) = match &state.ending {
        Some(ending) if ending.retry => (
            ending.sentence.clone(),
            vec![(Press::TryAgain, "Try again"), (Press::Close, "Close")],
        ),
        Some(ending) => (ending.sentence.clone(), vec![(Press::Close, "Close")]),
        None => (
            waiting_note(state.step).to_owned(),
            vec![(Press::Close, "Cancel")],
        ),
    };
    let hint = match &state.ending {
        Some(_) if buttons.len() > 1 => "Enter tries again, Esc closes.",
        Some(_) => "Esc closes.",
        None => "Esc cancels. Later, rest the pointer at the top edge for the bar.",
    };
    Some(Words {
        heading: printable(state.device.as_deref().unwrap_or(name)).into_owned(),
        subtitle: subtitle(state, asked),
        rows: rows(state, now),
        note,
        alarm: failed,
        // While it waits only Esc cancels: an Enter meant for something else must not.
        focus: failed.then(|| focus.min(buttons.len() - 1)),
        buttons,
        hint: hint.to_owned(),
    })
}

fn subtitle(state: &Snapshot, asked: ScopeSet) -> String {
    match &state.relay {
        Some(relay) => format!("{}, through the relay {}", rights(asked), printable(relay)),
        None => rights(asked).to_owned(),
    }
}

fn waiting_note(step: Step) -> &'static str {
    match step {
        Step::WaitingForPerson { .. } => {
            "Somebody at the device is being asked. Without an answer it is a no."
        }
        Step::Asking
        | Step::Reaching
        | Step::WaitingForPicture
        | Step::Live
        | Step::Lost { .. }
        | Step::Ended(_) => "",
    }
}

fn rows(state: &Snapshot, now: Instant) -> Vec<Row> {
    let spent = state.spent_at(now);
    let failed = state.ending.is_some();
    let row = |(at, label): (usize, &&str)| {
        let label = (*label).to_owned();
        if at > state.reached {
            return Row {
                mark: Mark::Open,
                label,
                time: String::new(),
            };
        }
        if at < state.reached {
            return past(at, label, spent[at]);
        }
        if failed {
            return Row {
                mark: Mark::Failed,
                label,
                time: took(spent[at]),
            };
        }
        present(state.step, label, spent[at], now)
    };
    LABELS.iter().enumerate().map(row).collect()
}

fn past(at: usize, label: String, spent: Duration) -> Row {
    if at == PERSON && spent.is_zero() {
        let label = "nobody had to be asked".to_owned();
        return Row {
            mark: Mark::Done,
            label,
            time: String::new(),
        };
    }
    Row {
        mark: Mark::Done,
        label,
        time: took(spent),
    }
}

fn present(step: Step, label: String, spent: Duration, now: Instant) -> Row {
    match step {
        Step::WaitingForPerson { until } => Row {
            mark: Mark::Waiting,
            label,
            time: countdown(until.saturating_duration_since(now)),
        },
        Step::Asking
        | Step::Reaching
        | Step::WaitingForPicture
        | Step::Live
        | Step::Lost { .. }
        | Step::Ended(_) => Row {
            mark: Mark::Now,
            label,
            // Whole seconds, so that it is painted once a second.
            time: format!("{} s", spent.as_secs()),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use farpane_protocol::outcome::EndReason;

    use super::*;
    use crate::session::shared::Shared;

    fn state(at: Instant) -> Snapshot {
        Shared::new(at, || {}).snapshot()
    }

    fn both() -> ScopeSet {
        ScopeSet::of(&[Scope::View, Scope::Control])
    }

    fn texts(words: &Words) -> Vec<(Mark, &str, &str)> {
        words
            .rows
            .iter()
            .map(|row| (row.mark, row.label.as_str(), row.time.as_str()))
            .collect()
    }

    #[test]
    fn while_a_person_is_asked_the_countdown_runs_and_past_steps_keep_their_times() {
        let start = Instant::now();
        let mut state = state(start);
        state.step = Step::WaitingForPerson {
            until: start + Duration::from_secs(60),
        };
        state.reached = 2;
        state.spent = [
            Duration::from_millis(220),
            Duration::from_millis(1350),
            Duration::ZERO,
            Duration::ZERO,
        ];
        let words =
            words(&state, "till", both(), 0, start + Duration::from_secs(18)).expect("a card");
        assert_eq!(
            texts(&words),
            [
                (Mark::Done, "asking the directory", "0.2 s"),
                (Mark::Done, "reaching the device", "1.3 s"),
                (Mark::Waiting, "waiting for the person", "0:42"),
                (Mark::Open, "picture", ""),
            ]
        );
        assert!(!words.alarm);
        assert_eq!(
            (words.buttons, words.focus),
            (vec![(Press::Close, "Cancel")], None)
        );
    }

    #[test]
    fn a_failure_shows_where_its_sentence_and_the_button_that_helps() {
        let start = Instant::now();
        let mut state = state(start);
        state.reached = 2;
        state.step = Step::Ended(EndReason::PersonRefused);
        state.ending = Some(EndReason::PersonRefused.into());
        let shown = words(&state, "till", both(), 0, start).expect("a card");
        assert_eq!(shown.rows[2].mark, Mark::Failed);
        assert_eq!(shown.note, EndReason::PersonRefused.sentence());
        assert_eq!(shown.buttons[0], (Press::TryAgain, "Try again"));
        state.ending = Some(EndReason::Revoked.into());
        let shown = words(&state, "till", both(), 7, start).expect("a card");
        assert_eq!(shown.buttons, [(Press::Close, "Close")]);
        assert_eq!(shown.focus, Some(0));
    }

    #[test]
    fn an_unattended_session_says_that_nobody_was_asked() {
        let start = Instant::now();
        let mut state = state(start);
        state.step = Step::WaitingForPicture;
        state.reached = 3;
        let words = words(&state, "till", both(), 0, start).expect("a card");
        assert_eq!(words.rows[2].label, "nobody had to be asked");
    }

    #[test]
    fn a_picture_needs_no_card_and_hostile_names_are_made_visible() {
        let start = Instant::now();
        let mut state = state(start);
        state.device = Some("till\u{202e}exe".into());
        let shown = words(&state, "x", both(), 0, start).expect("a card");
        assert_eq!(shown.heading, "till\u{fffd}exe");
        state.step = Step::Live;
        assert_eq!(words(&state, "x", both(), 0, start), None);
    }
}
