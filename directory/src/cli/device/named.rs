//! Which device, and which place, somebody means who types a name.

use farpane_protocol::ids::DeviceId;

use crate::app::caller::Caller;
use crate::app::find::Ask;
use crate::cli::failure::Failure;
use crate::model::catalogue::Listed;
use crate::model::place::{Spot, Tree};
use crate::model::query::{Is, Part, Query, Term};
use crate::model::text::fold;

/// Candidates that are shown where a name means several devices.
const SHOWN: usize = 10;

/// The device of that id or name.
pub(in crate::cli) async fn device(caller: &Caller, typed: &str) -> Result<Listed, Failure> {
    if let Ok(id) = typed.parse::<DeviceId>() {
        return Ok(caller.listed(id).await?.0);
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
        if ask.cursor.is_none() || named.len() > SHOWN {
            break;
        }
    }
    match named.len() {
        0 => Err(Failure::usage(format!(
            "there is no device called {typed}; look for it with farpane-directory device list \
             --query TEXT"
        ))),
        1 => Ok(named.remove(0)),
        _ => {
            let tree = caller.tree().await?;
            let lines: Vec<_> = named
                .iter()
                .take(SHOWN)
                .map(|device| format!("  {}  {}", device.id, spot_in_words(&tree, device.spot)))
                .collect();
            Err(Failure::usage(format!(
                "several devices are called {typed}; name one by its id:\n{}",
                lines.join("\n")
            )))
        }
    }
}

/// Where a device stands, for people.
pub(in crate::cli) fn spot_in_words(tree: &Tree, spot: Spot) -> String {
    tree.names(spot).join(" / ")
}

/// The spot of that path: a customer, then sites and groups, with `/` between them.
pub(in crate::cli) fn spot(tree: &Tree, path: &str) -> Result<Spot, Failure> {
    let mut names = path
        .split('/')
        .map(str::trim)
        .filter(|name| !name.is_empty());
    let customer = names.next().unwrap_or_default();
    let tenant = tree.tenant_named(customer).ok_or_else(|| {
        Failure::usage(format!(
            "there is no customer called {customer}; see them with farpane-directory customer list"
        ))
    })?;
    let mut spot = Spot::at(tenant.id);
    for name in names {
        let place = tree.child_named(spot, name).ok_or_else(|| {
            Failure::usage(format!(
                "there is nothing called {name} in {}; add it with farpane-directory place add PATH",
                spot_in_words(tree, spot)
            ))
        })?;
        spot.place = Some(place.id);
    }
    Ok(spot)
}
