//! Roles that people and groups hold, as rows of a table: what, where, when, and whether it counts.

use farpane_protocol::time::Timestamp;

use super::role_name;
use crate::app::access::assign::SOON;
use crate::app::access::places::PlaceNames;
use crate::app::caller::Caller;
use crate::console::moment::{Moment, absolute};
use crate::console::texts::{Message, Texts};
use crate::model::access::{Assigned, Assignment, Force, Subject};
use crate::policy::hours::Hours;
use crate::policy::rights::Place;

/// A role that somebody holds.
pub(in crate::console) struct Held {
    pub(in crate::console) id: String,
    /// The person or the group.
    pub(in crate::console) who: String,
    /// Their page.
    pub(in crate::console) path: String,
    pub(in crate::console) group: bool,
    pub(in crate::console) role: String,
    pub(in crate::console) place: String,
    /// From when, until when, at which hours; nothing for always.
    pub(in crate::console) times: Vec<String>,
    pub(in crate::console) look: &'static str,
    pub(in crate::console) word: Message,
    pub(in crate::console) may_take: bool,
}

/// What a place is called on a page.
pub(in crate::console) fn place_name(place: Place, names: &PlaceNames, t: Texts) -> String {
    match place {
        Place::Org => t.msg("place-whole").to_string(),
        Place::Tenant(_) | Place::Node(_) => names.of(place),
    }
}

const DAYS: [&str; 7] = [
    "day-mon", "day-tue", "day-wed", "day-thu", "day-fri", "day-sat", "day-sun",
];

/// Weekly hours as people write them: runs of days joined.
pub(in crate::console) fn hours(hours: &Hours, t: Texts) -> String {
    let open = hours.days();
    let mut runs = Vec::new();
    let mut day = 0;
    while day < open.len() {
        if open[day] {
            let length = open[day..].iter().take_while(|open| **open).count();
            let name = |day: usize| t.msg(DAYS[day]).to_string();
            runs.push(match length {
                1 => name(day),
                _ => format!("{}–{}", name(day), name(day + length - 1)),
            });
            day += length;
        } else {
            day += 1;
        }
    }
    let [from, until] = hours.times();
    format!("{} {from}–{until} {}", runs.join(", "), hours.zone())
}

/// From when, until when and at which hours something holds.
pub(in crate::console) fn times(
    from: Option<Timestamp>,
    until: Option<Timestamp>,
    at: Option<&Hours>,
    t: Texts,
) -> Vec<String> {
    let from = from.map(|from| t.msg("held-from").word("time", absolute(from)).to_string());
    let until = until.map(|until| {
        t.msg("held-until")
            .word("time", absolute(until))
            .to_string()
    });
    let at = at.map(|at| hours(at, t));
    [from, until, at].into_iter().flatten().collect()
}

fn state(given: &Assignment, now: Timestamp, t: Texts) -> (&'static str, Message) {
    let soon = given
        .until
        .filter(|until| *until > now && until.since(now) < SOON);
    match (given.force(now), soon) {
        (Force::Now, Some(until)) => {
            let when = Moment::ago(until, now).relative(&t);
            ("waits", t.msg("held-ends").word("when", when))
        }
        (Force::Now, None) => ("", t.msg("held-now")),
        (Force::Later, _) => ("recent", t.msg("held-later")),
        (Force::OtherHours, _) => ("recent", t.msg("held-other-hours")),
        (Force::Over, _) => ("away", t.msg("held-over")),
    }
}

impl Held {
    /// A role that somebody holds, as `caller` sees it.
    pub(in crate::console) fn of(
        held: Assigned,
        caller: &Caller,
        names: &PlaceNames,
        now: Timestamp,
        t: Texts,
    ) -> Self {
        let given = &held.assignment;
        let me = caller.account.as_ref().map(|me| Subject::Person(me.id));
        let may_give = caller
            .rights
            .may_give(&held.rights, &names.path(given.place));
        let (look, word) = state(given, now, t);
        let (path, group) = match given.subject {
            Subject::Person(person) => (format!("/people/{person}"), false),
            Subject::Group(group) => (format!("/groups/{group}"), true),
        };
        Self {
            id: given.id.to_string(),
            path,
            group,
            role: role_name(t, &held.role),
            place: place_name(given.place, names, t),
            times: times(given.from, given.until, given.hours.as_ref(), t),
            look,
            word,
            may_take: may_give || me == Some(given.subject),
            who: held.subject,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::texts::Language;

    #[test]
    fn hours_are_said_in_the_readers_language() {
        let said = |text: &str, language| {
            let read: Hours = text.parse().expect("hours");
            hours(&read, Texts(language))
        };
        let office = "mon-fri 08:00-18:00 Europe/Oslo";
        assert_eq!(
            said(office, Language::English),
            "Mon–Fri 08:00–18:00 Europe/Oslo"
        );
        assert_eq!(
            said("mon,wed,thu,sun 22:00-06:00 UTC", Language::German),
            "Mo, Mi–Do, So 22:00–06:00 UTC"
        );
    }
}
