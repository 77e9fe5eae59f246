//! What people type for a place, a time or a list of rights, read into types.

use std::time::Duration;

use farpane_protocol::scope::{Scope, ScopeSet};
use farpane_protocol::time::Timestamp;
use uuid::Uuid;

use super::device::named::spot;
use super::failure::Failure;
use crate::app::Core;
use crate::app::access::roles::RoleSeen;
use crate::app::caller::Caller;
use crate::model::access::RoleRef;
use crate::model::text::fold;
use crate::policy::rights::{Action, ActionSet, Place};

/// The place that a text names: nothing for the whole organisation, else a customer, by name or id,
/// and places below it, parted by slashes.
pub(super) async fn place(core: &Core, text: Option<&str>) -> Result<Place, Failure> {
    let Some(text) = text else {
        return Ok(Place::Org);
    };
    let names = core.place_names().await?;
    let spot = spot(names.tree(), text)?;
    Ok(match spot.place {
        Some(node) => Place::Node(node),
        None => Place::Tenant(spot.tenant),
    })
}

/// An id that nothing has a name for.
pub(super) fn id(text: &str) -> Result<Uuid, String> {
    Uuid::parse_str(text)
        .map_err(|_| "expected an id such as 0199a0c0-0000-7000-8000-000000000000".to_owned())
}

/// A span such as 8h or 30d.
pub(super) fn span(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text)
        .ok()
        .filter(|span| !span.is_zero())
        .ok_or_else(|| "expected a time such as 30m, 8h or 90d".into())
}

/// A moment such as `2027-01-31` or `2027-01-31T18:00:00Z`.
pub(super) fn moment(text: &str) -> Result<Timestamp, String> {
    let wrong = || "expected a day such as 2027-01-31, or 2027-01-31T18:00:00Z".to_owned();
    let whole = if text.contains('T') {
        text.to_owned()
    } else {
        format!("{text}T00:00:00Z")
    };
    let time = humantime::parse_rfc3339(&whole).map_err(|_| wrong())?;
    let since = time
        .duration_since(std::time::UNIX_EPOCH)
        .map_err(|_| wrong())?;
    Ok(Timestamp(
        u64::try_from(since.as_micros()).map_err(|_| wrong())?,
    ))
}

/// A right inside a session, by name.
pub(super) fn scope(text: &str) -> Result<Scope, String> {
    Scope::ALL
        .into_iter()
        .find(|scope| scope.name() == text)
        .ok_or_else(|| format!("expected one of: {}", ScopeSet::of(&Scope::ALL)))
}

/// An action, by name.
pub(super) fn action(text: &str) -> Result<Action, String> {
    Action::named(text).ok_or_else(|| {
        let names: Vec<_> = ActionSet::all().iter().map(Action::name).collect();
        format!("expected one of: {}", names.join(", "))
    })
}

/// The role of that name or id.
pub(super) async fn role(caller: &Caller, typed: &str) -> Result<RoleSeen, Failure> {
    let roles = caller.roles().await?;
    let wanted = fold(typed);
    let same = |role: &RoleSeen| {
        fold(&role.name) == wanted || matches!(role.id, RoleRef::Own(id) if id.to_string() == typed)
    };
    let names: Vec<_> = roles.iter().map(|role| role.name.clone()).collect();
    roles.into_iter().find(same).ok_or_else(|| {
        let names = names.join(", ");
        Failure::usage(format!(
            "there is no role called {typed}; there are: {names}"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_and_spans_are_read_as_people_type_them() {
        assert_eq!(moment("1970-01-02"), Ok(Timestamp(86_400_000_000)));
        assert_eq!(moment("1970-01-01T00:00:01Z"), Ok(Timestamp(1_000_000)));
        assert_eq!(span("8h"), Ok(Duration::from_secs(8 * 3600)));
        for bad in ["", "tomorrow", "2027-13-01"] {
            assert!(moment(bad).is_err(), "{bad}");
        }
        assert!(span("0s").is_err());
        assert!(scope("root").is_err() && action("root").is_err());
    }
}
