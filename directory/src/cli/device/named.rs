//! Which device, and which place, somebody means who types a name.

use farpane_protocol::ids::DeviceId;

use crate::app::caller::Caller;
use crate::app::find::Ask;
use crate::app::{AppError, Denied};
use crate::cli::failure::Failure;
use crate::cli::pick::{Choice, Kind};
use crate::model::catalogue::Listed;
use crate::model::place::{Spot, Tree};
use crate::model::query::{Is, Part, Query, Term};
use crate::model::text::fold;

/// Devices of one name that are gathered, so that it can be said that there are more than are shown.
const GATHERED: usize = 20;

const DEVICES: Kind = Kind {
    one: "no device called",
    several: "devices are called",
    list: "device list --query TEXT",
};

/// The device of that id or name.
pub(in crate::cli) async fn device(caller: &Caller, typed: &str) -> Result<Listed, Failure> {
    if let Ok(id) = typed.parse::<DeviceId>() {
        let found = caller.listed(id).await;
        return match found {
            Ok((device, _)) => Ok(device),
            Err(AppError::Denied(Denied::NotFound(_))) => Err(DEVICES.none(typed)),
            Err(error) => Err(error.into()),
        };
    }
    let query = Query {
        terms: vec![Term {
            not: false,
            is: Is::Text(Part::Name, typed.to_owned()),
        }],
    };
    let mut named: Vec<Listed> = Vec::new();
    let mut ask = Ask {
        query: query.to_string(),
        limit: crate::model::catalogue::PAGE_MOST,
        ..Ask::default()
    };
    let wanted = fold(typed);
    loop {
        let found = caller.find(&ask).await?;
        let exact = |device: &Listed| fold(&device.name) == wanted;
        named.extend(found.devices.into_iter().filter(exact));
        ask.cursor = found.next;
        if ask.cursor.is_none() || named.len() > GATHERED {
            break;
        }
    }
    let tree = caller.tree().await?;
    DEVICES.one(
        typed,
        named.into_iter().map(|device| Choice {
            id: device.id.0,
            names: vec![device.name.clone()],
            about: spot_in_words(&tree, device.spot),
            thing: device,
        }),
    )
}

/// Where a device stands, for people.
pub(in crate::cli) fn spot_in_words(tree: &Tree, spot: Spot) -> String {
    tree.names(spot).join(" / ")
}

/// The spot of that path: a customer, then sites and groups, with `/` between them. A customer may
/// be named by its id, and have a name with `/` in it.
pub(in crate::cli) fn spot(tree: &Tree, path: &str) -> Result<Spot, Failure> {
    if let Some(spot) = tree.spot_named(path) {
        return Ok(spot);
    }
    let by_id = path.trim().parse().ok();
    if let Some(place) = by_id.and_then(|id| tree.place(id)) {
        return Ok(Spot {
            tenant: place.tenant,
            place: Some(place.id),
        });
    }
    let mut names = path
        .split('/')
        .map(str::trim)
        .filter(|name| !name.is_empty());
    let customer = names.next().unwrap_or_default();
    let by_id = || tree.tenant(customer.parse().ok()?);
    let tenant = tree.tenant_named(customer).or_else(by_id).ok_or_else(|| {
        Failure::usage(format!(
            "there is no customer called {customer}; see them with farpane-directory customer list"
        ))
    })?;
    let mut spot = Spot::at(tenant.id);
    for name in names {
        let place = tree.child_named(spot, name).ok_or_else(|| {
            Failure::usage(format!(
                "there is nothing called {name} in {}; see what there is with farpane-directory \
                 place list",
                spot_in_words(tree, spot)
            ))
        })?;
        spot.place = Some(place.id);
    }
    Ok(spot)
}
