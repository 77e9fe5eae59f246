//! POST: adds, renames, moves and removes customers, sites and groups.

use axum::response::Redirect;
use farpane_protocol::ids::{PlaceId, TenantId};
use serde::Deserialize;

use crate::app::{AppError, Denied};
use crate::console::page::{Failed, Person};
use crate::http::body::{Form, Id};
use crate::model::place::{PlaceKind, Spot, Tree};

/// A name for something.
#[derive(Deserialize)]
pub(crate) struct Named {
    name: String,
}

/// A new site or group.
#[derive(Deserialize)]
pub(crate) struct NewPlace {
    name: String,
    kind: PlaceKind,
    /// The id of what it lies in, or nothing for the customer itself.
    #[serde(default)]
    inside: String,
}

/// Where something goes: the id of a site or group, its names from the customer down, or nothing for
/// the customer itself.
#[derive(Deserialize)]
pub(crate) struct To {
    #[serde(default)]
    to: String,
}

fn place(id: &str) -> Result<Option<PlaceId>, Failed> {
    if id.is_empty() {
        return Ok(None);
    }
    let unknown = || Failed(AppError::from(Denied::NotFound("place")));
    id.parse().map(Some).map_err(|_| unknown())
}

/// The place of a customer that somebody typed as the page offers it.
fn typed(tree: &Tree, customer: TenantId, typed: &str) -> Result<Option<PlaceId>, Failed> {
    if let Ok(place) = place(typed) {
        return Ok(place);
    }
    let spot = Spot::at(customer);
    if tree.names(spot).join(" / ") == typed.trim() {
        return Ok(None);
    }
    let branches = tree.branches(customer).into_iter();
    let mut ids = branches.map(|branch| branch.place.id);
    let meant = ids.find(|id| {
        let at = Spot {
            place: Some(*id),
            ..spot
        };
        tree.names(at).join(" / ") == typed.trim()
    });
    let unknown = || Failed(AppError::from(Denied::NotFound("place")));
    meant.map(Some).ok_or_else(unknown)
}

async fn customer_of(person: &Person, place: PlaceId) -> Result<TenantId, Failed> {
    let tree = person.caller.tree().await?;
    let place = tree.place(place).map(|place| place.tenant);
    place.ok_or(Failed(AppError::from(Denied::NotFound("place"))))
}

fn page_of(customer: TenantId) -> Redirect {
    Redirect::to(&format!("/customers/{customer}"))
}

pub(crate) async fn add(person: Person, Form(fields): Form<Named>) -> Result<Redirect, Failed> {
    Ok(page_of(person.caller.add_tenant(&fields.name).await?.id))
}

pub(crate) async fn rename(
    person: Person,
    Id(id): Id<TenantId>,
    Form(fields): Form<Named>,
) -> Result<Redirect, Failed> {
    person.caller.rename_tenant(id, &fields.name).await?;
    Ok(page_of(id))
}

pub(crate) async fn remove(person: Person, Id(id): Id<TenantId>) -> Result<Redirect, Failed> {
    person.caller.remove_tenant(id).await?;
    Ok(Redirect::to("/customers"))
}

pub(crate) async fn add_place(
    person: Person,
    Id(id): Id<TenantId>,
    Form(fields): Form<NewPlace>,
) -> Result<Redirect, Failed> {
    let spot = Spot {
        tenant: id,
        place: place(&fields.inside)?,
    };
    let added = person.caller.add_place(spot, fields.kind, &fields.name);
    added.await?;
    Ok(page_of(id))
}

pub(crate) async fn rename_place(
    person: Person,
    Id(id): Id<PlaceId>,
    Form(fields): Form<Named>,
) -> Result<Redirect, Failed> {
    let customer = customer_of(&person, id).await?;
    person.caller.rename_place(id, &fields.name).await?;
    Ok(page_of(customer))
}

pub(crate) async fn move_place(
    person: Person,
    Id(id): Id<PlaceId>,
    Form(fields): Form<To>,
) -> Result<Redirect, Failed> {
    let customer = customer_of(&person, id).await?;
    let tree = person.caller.tree().await?;
    let to = typed(&tree, customer, &fields.to)?;
    person.caller.move_place(id, to).await?;
    Ok(page_of(customer))
}

/// Whether people need a second factor here.
#[derive(Deserialize)]
pub(crate) struct Factor {
    #[serde(default)]
    needed: Option<String>,
}

pub(crate) async fn factor(
    person: Person,
    Id(id): Id<TenantId>,
    Form(fields): Form<Factor>,
) -> Result<Redirect, Failed> {
    let needed = fields.needed.is_some();
    person.caller.set_tenant_factor(id, needed).await?;
    Ok(page_of(id))
}

/// What is in it goes to where it lay itself.
pub(crate) async fn remove_place(person: Person, Id(id): Id<PlaceId>) -> Result<Redirect, Failed> {
    let customer = customer_of(&person, id).await?;
    let tree = person.caller.tree().await?;
    let outside = Spot {
        tenant: customer,
        place: tree.place(id).and_then(|place| place.parent),
    };
    person.caller.remove_place(id, Some(outside)).await?;
    Ok(page_of(customer))
}
