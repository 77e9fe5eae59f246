//! Customers, and the sites and groups below them, as administrators change them.

use std::collections::HashMap;
use std::sync::Arc;

use farpane_protocol::ids::{PlaceId, TenantId};

use super::caller::Caller;
use super::{AppError, Denied};
use crate::audit::{Change, Entry, Event, Personal};
use crate::model::place::{DEPTH_MOST, PLACES_MOST, PlaceKind, PlaceRecord, Spot, Tree};
use crate::model::{Tenant, new_uuid, text};
use crate::policy::rights::{Action, Path, Visible};
use crate::store::places::Placed;
use crate::store::search::Tally;

/// A customer as far as somebody may see it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Which.
    pub tenant: TenantId,
    /// Its sites and groups, each before what lies in it.
    pub places: Vec<PlaceId>,
    /// How many devices it has, if all of it may be seen.
    pub tally: Option<Tally>,
}

const UNKNOWN: Denied = Denied::NotFound("place");

fn named(typed: &str, missing: &'static str) -> Result<String, Denied> {
    let name = text::name(typed);
    if name.is_empty() {
        return Err(Denied::BadRequest(missing));
    }
    Ok(name)
}

fn settled(placed: Placed, what: &'static str, in_use: &'static str) -> Result<(), AppError> {
    match placed {
        Placed::Yes => Ok(()),
        Placed::Unknown => Err(Denied::NotFound(what).into()),
        Placed::NameTaken => Err(Denied::NameTaken(what).into()),
        Placed::InUse => Err(Denied::NotEmpty(in_use).into()),
    }
}

impl Caller {
    fn place_entry(&self, place: PlaceId, change: Change, tenant: TenantId, name: &str) -> Entry {
        self.core
            .entry(self.actor(), Event::PlaceChanged { place, change })
            .about(tenant)
            .with(Personal::named(name))
    }

    fn tenant_entry(&self, customer: TenantId, change: Change, name: &str) -> Entry {
        self.core
            .entry(self.actor(), Event::TenantChanged { customer, change })
            .with(Personal::named(name))
    }

    /// A spot that exists and that the caller may see.
    pub(super) fn known_spot(&self, tree: &Tree, spot: Spot) -> Result<Path, Denied> {
        let place_fits = spot.place.is_none_or(|id| {
            tree.place(id)
                .is_some_and(|place| place.tenant == spot.tenant)
        });
        if tree.tenant(spot.tenant).is_none() || !place_fits {
            return Err(UNKNOWN);
        }
        Ok(tree.path(spot))
    }

    /// A place, where it lies, if the caller may edit it.
    fn editable(&self, tree: &Tree, id: PlaceId) -> Result<PlaceRecord, Denied> {
        let place = tree.place(id).cloned().ok_or(UNKNOWN)?;
        let spot = Spot {
            tenant: place.tenant,
            place: Some(id),
        };
        self.check(Action::EditPlaces, &tree.path(spot), "place")?;
        Ok(place)
    }

    /// Customers and places that the caller may see, in order of name. A whole customer comes with
    /// how many devices it has; one of which only parts are seen comes with those parts.
    pub async fn places(&self) -> Result<(Arc<Tree>, Vec<Seen>), AppError> {
        let tree = self.tree().await?;
        let tallies = self.core.store.tallies(self.core.org.id).await?;
        let tallies: HashMap<TenantId, Tally> = tallies.into_iter().collect();
        let visible = self.rights.visible_devices();
        let mut seen = Vec::new();
        for tenant in tree.tenants() {
            let whole = match &visible {
                Visible::All => true,
                Visible::Below { tenants, .. } => tenants.contains(&tenant.id),
            };
            let shows = |id: PlaceId| match &visible {
                Visible::All => true,
                Visible::Below { nodes, .. } => {
                    // What lies in it, and the way to it.
                    let mut chain = tree.chain(id).into_iter();
                    whole
                        || chain.any(|above| nodes.contains(&above))
                        || nodes.iter().any(|node| tree.chain(*node).contains(&id))
                }
            };
            let places: Vec<_> = tree
                .branches(tenant.id)
                .into_iter()
                .map(|branch| branch.place.id)
                .filter(|id| shows(*id))
                .collect();
            if whole || !places.is_empty() {
                seen.push(Seen {
                    tenant: tenant.id,
                    places,
                    tally: whole.then(|| tallies.get(&tenant.id).copied().unwrap_or_default()),
                });
            }
        }
        Ok((tree, seen))
    }

    /// A customer, as far as the caller may see it.
    pub async fn customer(&self, id: TenantId) -> Result<(Arc<Tree>, Seen), AppError> {
        let (tree, seen) = self.places().await?;
        let found = seen.into_iter().find(|seen| seen.tenant == id);
        Ok((tree, found.ok_or(Denied::NotFound("customer"))?))
    }

    /// A site or group that the caller may see.
    pub async fn place(&self, id: PlaceId) -> Result<PlaceRecord, AppError> {
        let (tree, seen) = self.places().await?;
        let shows = seen.iter().any(|seen| seen.places.contains(&id));
        let place = tree.place(id).filter(|_| shows);
        Ok(place.cloned().ok_or(UNKNOWN)?)
    }

    /// Whether the caller may change a site or group.
    pub async fn editable_place(&self, id: PlaceId) -> Result<(), AppError> {
        self.editable(&*self.tree().await?, id)?;
        Ok(())
    }

    /// Adds a customer.
    pub async fn add_tenant(&self, name: &str) -> Result<Tenant, AppError> {
        self.check(Action::ManageTenants, &Path::ORG, "customer")?;
        let now = self.core.clock.now();
        let tenant = Tenant {
            id: TenantId(new_uuid(now)),
            org: self.core.org.id,
            name: named(name, "A customer needs a name.")?,
        };
        let entry = self.tenant_entry(tenant.id, Change::Added, &tenant.name);
        let placed = self.core.store.add_tenant(&tenant, now, &entry).await?;
        settled(placed, "customer", "")?;
        Ok(tenant)
    }

    /// Gives a customer another name.
    pub async fn rename_tenant(&self, id: TenantId, name: &str) -> Result<(), AppError> {
        self.check(Action::ManageTenants, &Path::tenant(id), "customer")?;
        let name = named(name, "A customer needs a name.")?;
        let mut entry = self.tenant_entry(id, Change::Renamed, &name);
        let tree = self.tree().await?;
        entry.personal.was = tree.tenant(id).map(|tenant| tenant.name.clone());
        let org = self.core.org.id;
        let placed = self.core.store.rename_tenant(org, id, &name, &entry);
        settled(placed.await?, "customer", "")
    }

    /// Removes a customer that has nothing any more.
    pub async fn remove_tenant(&self, id: TenantId) -> Result<(), AppError> {
        self.check(Action::ManageTenants, &Path::tenant(id), "customer")?;
        let tree = self.tree().await?;
        let tenant = tree.tenant(id).ok_or(Denied::NotFound("customer"))?;
        let entry = self.tenant_entry(id, Change::Removed, &tenant.name);
        let org = self.core.org.id;
        let placed = self.core.store.remove_tenant(org, id, &entry);
        settled(
            placed.await?,
            "customer",
            "This customer still has devices, sites, tickets or sessions in the record. Move or \
             remove its devices and sites first; what stands in the record stays with its \
             customer.",
        )
    }

    /// Adds a site or group at a spot.
    pub async fn add_place(
        &self,
        at: Spot,
        kind: PlaceKind,
        name: &str,
    ) -> Result<PlaceRecord, AppError> {
        let tree = self.tree().await?;
        let path = self.known_spot(&tree, at)?;
        self.check(Action::EditPlaces, &path, "place")?;
        if path.nodes.len() >= DEPTH_MOST {
            return Err(Denied::BadRequest(
                "Places may lie eight deep and no deeper. Add it further up.",
            )
            .into());
        }
        if tree.len() >= PLACES_MOST {
            return Err(Denied::BadRequest(
                "There are as many places as one organisation may have. Remove some first.",
            )
            .into());
        }
        self.keep_place(at, kind, name).await
    }

    /// Keeps a place at a spot that exists, below which it may lie, and where the caller may edit.
    pub(super) async fn keep_place(
        &self,
        at: Spot,
        kind: PlaceKind,
        name: &str,
    ) -> Result<PlaceRecord, AppError> {
        let now = self.core.clock.now();
        let place = PlaceRecord {
            id: PlaceId(new_uuid(now)),
            tenant: at.tenant,
            parent: at.place,
            kind,
            name: named(name, "A site or group needs a name.")?,
        };
        let entry = self.place_entry(place.id, Change::Added, place.tenant, &place.name);
        let org = self.core.org.id;
        let placed = self.core.store.add_place(org, &place, now, &entry).await?;
        settled(placed, "place", "")?;
        Ok(place)
    }

    /// Gives a site or group another name.
    pub async fn rename_place(&self, id: PlaceId, name: &str) -> Result<(), AppError> {
        let tree = self.tree().await?;
        let place = self.editable(&tree, id)?;
        let name = named(name, "A site or group needs a name.")?;
        let mut entry = self.place_entry(id, Change::Renamed, place.tenant, &name);
        entry.personal.was = Some(place.name.clone());
        let org = self.core.org.id;
        let placed = self.core.store.rename_place(org, id, &name, &entry);
        settled(placed.await?, "place", "")
    }

    /// Puts a site or group, with all in it, elsewhere at the same customer.
    pub async fn move_place(&self, id: PlaceId, to: Option<PlaceId>) -> Result<(), AppError> {
        let tree = self.tree().await?;
        let place = self.editable(&tree, id)?;
        let spot = Spot {
            tenant: place.tenant,
            place: to,
        };
        let path = self.known_spot(&tree, spot)?;
        self.check(Action::EditPlaces, &path, "place")?;
        if to.is_some_and(|to| tree.below(id).contains(&to)) {
            return Err(Denied::BadRequest("A place cannot lie in itself.").into());
        }
        if path.nodes.len() + tree.height(id) > DEPTH_MOST {
            return Err(Denied::BadRequest(
                "Places may lie eight deep and no deeper. Move it further up.",
            )
            .into());
        }
        let entry = self.place_entry(id, Change::Moved, place.tenant, &place.name);
        let org = self.core.org.id;
        let placed = self.core.store.move_place(org, id, to, &entry);
        settled(placed.await?, "place", "")
    }

    /// Removes a site or group. With a spot, all devices in it and below it go there; without one
    /// nothing may be in it.
    pub async fn remove_place(
        &self,
        id: PlaceId,
        devices_to: Option<Spot>,
    ) -> Result<(), AppError> {
        let tree = self.tree().await?;
        let place = self.editable(&tree, id)?;
        let mut below = vec![id];
        if let Some(spot) = devices_to {
            let path = self.known_spot(&tree, spot)?;
            self.check(Action::EditPlaces, &path, "place")?;
            let inner = tree.below(id);
            if spot.tenant != place.tenant || spot.place.is_some_and(|to| inner.contains(&to)) {
                return Err(Denied::BadRequest(
                    "Its devices have to go to a place of the same customer that stays.",
                )
                .into());
            }
            below = inner.into_iter().collect();
            below.sort_by_cached_key(|id| std::cmp::Reverse(tree.chain(*id).len()));
        }
        let entry = self.place_entry(id, Change::Removed, place.tenant, &place.name);
        let org = self.core.org.id;
        let placed = self
            .core
            .store
            .remove_places(org, &below, devices_to, &entry)
            .await?;
        settled(
            placed,
            "place",
            "Devices or places are still in it. Say where they should go, or move them first.",
        )
    }
}
