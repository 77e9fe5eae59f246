//! GET: the customers, and one customer's sites and groups as a tree, with what can be done to
//! each.

pub mod change;

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use farpane_protocol::ids::{PlaceId, TenantId};
use serde::Deserialize;

use super::devices::percent;
use super::page::{Failed, Frame, Person, page};
use super::texts::Texts;
use crate::app::{App, AppError, Denied};
use crate::http::body::{Id, Search};
use crate::model::place::{PlaceKind, Spot, Tree};
use crate::model::text::fold;
use crate::policy::rights::{Action, Path, Visible};

/// Customers that the page shows; a name narrows them down.
const SHOWN: usize = 200;

/// The query.
#[derive(Deserialize)]
pub(crate) struct Query {
    #[serde(default)]
    name: String,
}

struct Row {
    id: String,
    name: String,
    devices: String,
    sites: usize,
}

#[derive(Template)]
#[template(path = "customers.html")]
struct ListPage {
    t: Texts,
    frame: Frame,
    name: String,
    rows: Vec<Row>,
    more: usize,
    may_add: bool,
}

/// One line of a customer's tree.
struct Line {
    id: String,
    name: String,
    group: bool,
    depth: usize,
    devices: String,
    may_edit: bool,
}

#[derive(Template)]
#[template(path = "customer.html")]
struct OnePage {
    t: Texts,
    frame: Frame,
    id: String,
    name: String,
    devices: String,
    lines: Vec<Line>,
    /// Where something can be put: the customer itself, and every place below it.
    spots: Vec<(String, String)>,
    may_manage: bool,
    may_edit: bool,
    /// Whether people need a second factor here, for whoever may change it.
    factor: Option<bool>,
}

/// Address of the devices that a search finds.
fn devices_of(part: &str, name: &str) -> String {
    let quoted = name.replace('\\', "\\\\").replace('"', "\\\"");
    format!("/devices?q={}", percent(&format!("{part}:\"{quoted}\"")))
}

/// Whether something of a customer can be seen.
fn shown(visible: &Visible, tree: &Tree, tenant: TenantId) -> bool {
    match visible {
        Visible::All => true,
        Visible::Below { tenants, nodes } => {
            let inside = |node: &PlaceId| {
                tree.place(*node)
                    .is_some_and(|place| place.tenant == tenant)
            };
            tenants.contains(&tenant) || nodes.iter().any(inside)
        }
    }
}

pub(crate) async fn list(
    State(app): State<Arc<App>>,
    person: Person,
    Search(query): Search<Query>,
) -> Result<Response, Failed> {
    let tree = person.caller.tree().await?;
    let rights = &person.caller.rights;
    let visible = rights.visible_devices();
    let wanted = fold(query.name.trim());
    let mut rows: Vec<_> = tree
        .tenants()
        .iter()
        .filter(|tenant| shown(&visible, &tree, tenant.id) && fold(&tenant.name).contains(&wanted))
        .map(|tenant| Row {
            id: tenant.id.to_string(),
            devices: devices_of("customer", &tenant.name),
            sites: tree.inside(Spot::at(tenant.id)).count(),
            name: tenant.name.clone(),
        })
        .collect();
    let more = rows.len().saturating_sub(SHOWN);
    rows.truncate(SHOWN);
    Ok(page(&ListPage {
        t: person.t,
        frame: Frame::of(&app, &person, "/customers").await?,
        name: query.name,
        rows,
        more,
        may_add: rights.may(Action::ManageTenants, &Path::ORG),
    }))
}

pub(crate) async fn one(
    State(app): State<Arc<App>>,
    person: Person,
    Id(id): Id<TenantId>,
) -> Result<Response, Failed> {
    let tree = person.caller.tree().await?;
    let rights = &person.caller.rights;
    let visible = rights.visible_devices();
    let tenant = tree
        .tenant(id)
        .filter(|tenant| shown(&visible, &tree, tenant.id))
        .ok_or(Failed(AppError::from(Denied::NotFound("customer"))))?;
    let sees = |spot: Spot| rights.sees(&tree.path(spot));
    let at = |place| Spot {
        tenant: id,
        place: Some(place),
    };
    let branches: Vec<_> = tree
        .branches(id)
        .into_iter()
        .filter(|branch| {
            sees(at(branch.place.id))
                || tree
                    .below(branch.place.id)
                    .into_iter()
                    .any(|one| sees(at(one)))
        })
        .collect();
    let mut spots = vec![(String::new(), tenant.name.clone())];
    spots.extend(branches.iter().map(|branch| {
        let names = tree.names(at(branch.place.id));
        (branch.place.id.to_string(), names.join(" / "))
    }));
    let line = |branch: &crate::model::place::Branch<'_>| Line {
        id: branch.place.id.to_string(),
        name: branch.place.name.clone(),
        group: branch.place.kind == PlaceKind::Group,
        depth: branch.depth,
        devices: devices_of(branch.place.kind.word(), &branch.place.name),
        may_edit: rights.may(Action::EditPlaces, &tree.path(at(branch.place.id))),
    };
    Ok(page(&OnePage {
        t: person.t,
        frame: Frame::of(&app, &person, "/customers").await?,
        id: id.to_string(),
        name: tenant.name.clone(),
        devices: devices_of("customer", &tenant.name),
        factor: person.caller.tenant_factor(id).await?,
        lines: branches.iter().map(line).collect(),
        spots,
        may_manage: rights.may(Action::ManageTenants, &Path::tenant(id)),
        may_edit: rights.may(Action::EditPlaces, &Path::tenant(id)),
    }))
}
