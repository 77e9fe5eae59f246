//! Places as people choose them: by name, from a list that is offered beside the field.

use crate::app::access::places::PlaceNames;
use crate::app::caller::Caller;
use crate::console::texts::Texts;
use crate::model::place::Spot;
use crate::model::text::fold;
use crate::policy::rights::{Action, Path, Place};

/// Places that are offered by name; any other can be typed.
const OFFERED: usize = 300;

/// Names of places where the caller may do that, the organisation first.
pub(in crate::console) fn offered(
    caller: &Caller,
    names: &PlaceNames,
    action: Action,
    t: Texts,
) -> Vec<String> {
    listed(names, t, |path| caller.rights.may(action, path))
}

/// Names of places that the caller may know of, the organisation first.
pub(super) fn seen(caller: &Caller, names: &PlaceNames, t: Texts) -> Vec<String> {
    listed(names, t, |path| *path == Path::ORG || caller.knows(path))
}

fn listed(names: &PlaceNames, t: Texts, may: impl Fn(&Path) -> bool) -> Vec<String> {
    let tree = names.tree();
    let whole = may(&Path::ORG).then(|| t.msg("place-whole").to_string());
    let spots = tree.tenants().iter().flat_map(|tenant| {
        let below = tree.branches(tenant.id).into_iter();
        let below = below.map(|branch| Spot {
            tenant: tenant.id,
            place: Some(branch.place.id),
        });
        std::iter::once(Spot::at(tenant.id)).chain(below)
    });
    let named = spots
        .filter(|spot| may(&tree.path(*spot)))
        .map(|spot| tree.names(spot).join(" / "));
    whole.into_iter().chain(named).take(OFFERED).collect()
}

/// The place of that name, if there is one that the caller may know of.
pub(in crate::console) fn named(
    typed: &str,
    caller: &Caller,
    names: &PlaceNames,
    t: Texts,
) -> Option<Place> {
    if fold(typed) == fold(&t.msg("place-whole").to_string()) {
        return Some(Place::Org);
    }
    let tree = names.tree();
    let spot = tree.spot_named(typed)?;
    let known = caller.knows(&tree.path(spot));
    known.then_some(match spot.place {
        Some(node) => Place::Node(node),
        None => Place::Tenant(spot.tenant),
    })
}
