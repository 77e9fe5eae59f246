//! How roles, and who holds them, are printed: for people and for scripts.

use farpane_protocol::time::Timestamp;
use serde_json::json;

use crate::app::access::assign::SOON;
use crate::app::access::places::PlaceNames;
use crate::app::access::roles::RoleSeen;
use crate::console::moment::absolute;
use crate::model::access::{Assigned, Force, RoleRef, Subject};
use crate::policy::rights::Action;

/// An assignment for scripts.
pub(in crate::cli) fn json_of(
    held: &Assigned,
    names: &PlaceNames,
    now: Timestamp,
) -> serde_json::Value {
    let given = &held.assignment;
    json!({
        "id": given.id,
        "role": held.role,
        "to": held.subject,
        "is": match given.subject {
            Subject::Person(_) => "person",
            Subject::Group(_) => "group",
        },
        "at": names.of(given.place),
        "from": given.from,
        "until": given.until,
        "hours": given.hours.as_ref().map(ToString::to_string),
        "in_force": given.force(now) == Force::Now,
    })
}

/// An assignment for people.
pub(in crate::cli) fn line_of(held: &Assigned, names: &PlaceNames, now: Timestamp) -> String {
    let given = &held.assignment;
    let mut line = format!(
        "{}  {} to {} at {}",
        given.id,
        held.role,
        held.subject,
        names.of(given.place)
    );
    if let Some(from) = given.from {
        line.push_str(&format!(", from {}", absolute(from)));
    }
    if let Some(until) = given.until {
        line.push_str(&format!(", until {}", absolute(until)));
    }
    if let Some(hours) = &given.hours {
        line.push_str(&format!(", {hours}"));
    }
    line.push_str(match given.force(now) {
        Force::Now if given.until.is_some_and(|until| until.since(now) < SOON) => " (ends soon)",
        Force::Now => "",
        Force::Later => " (not yet)",
        Force::Over => " (over)",
        Force::OtherHours => " (not at this hour)",
    });
    line
}

pub(super) fn role_json(role: &RoleSeen) -> serde_json::Value {
    let rights = &role.rights;
    let id = match role.id {
        RoleRef::Builtin(builtin) => builtin.name().to_owned(),
        RoleRef::Own(id) => id.to_string(),
    };
    json!({
        "id": id,
        "name": role.name,
        "builtin": matches!(role.id, RoleRef::Builtin(_)),
        "reach": rights.reach,
        "session": rights.scopes,
        "unattended": rights.unattended,
        "may": rights.actions.iter().map(Action::name).collect::<Vec<_>>(),
    })
}

pub(super) fn role_line(role: &RoleSeen) -> String {
    let rights = &role.rights;
    let reach = match (rights.reach, rights.unattended) {
        (true, true) => "reaches devices, unattended too",
        (true, false) => "reaches devices",
        (false, _) => "reaches nothing",
    };
    let may: Vec<_> = rights.actions.iter().map(Action::name).collect();
    let or_nothing = |text: String| {
        if text.is_empty() {
            "nothing".into()
        } else {
            text
        }
    };
    format!(
        "{}  {reach}; in a session: {}; may: {}",
        role.name,
        or_nothing(rights.scopes.to_string()),
        or_nothing(may.join(", "))
    )
}
