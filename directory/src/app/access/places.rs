//! Where things stand: the path of a place or a device in the tree, and what a place is called.

use std::collections::HashMap;
use std::sync::Arc;

use farpane_protocol::ids::DeviceId;

use super::super::{AppError, Core, Denied};
use crate::model::place::{Spot, Tree};
use crate::policy::rights::{Path, Place, Visible};
use crate::store::catalogue::Within;

/// Every place of an organisation by name, read once for a page or a list.
#[derive(Clone, Debug)]
pub struct PlaceNames {
    org: String,
    tree: Arc<Tree>,
}

impl PlaceNames {
    /// What a place is called, from its customer down.
    pub fn of(&self, place: Place) -> String {
        let spot = match place {
            Place::Org => return self.org.clone(),
            Place::Tenant(tenant) => Spot::at(tenant),
            Place::Node(node) => match self.tree.place(node) {
                Some(known) => Spot {
                    tenant: known.tenant,
                    place: Some(node),
                },
                None => return "a removed place".into(),
            },
        };
        let names = self.tree.names(spot);
        if names.is_empty() {
            return "a removed customer".into();
        }
        names.join(" / ")
    }

    /// Where a place stands; what is gone is the organisation's to clear up.
    pub fn path(&self, place: Place) -> Path {
        match place {
            Place::Org => Path::ORG,
            Place::Tenant(tenant) => match self.tree.tenant(tenant) {
                Some(_) => Path::tenant(tenant),
                None => Path::ORG,
            },
            Place::Node(node) => match self.tree.place(node) {
                Some(known) => self.tree.path(Spot {
                    tenant: known.tenant,
                    place: Some(node),
                }),
                None => Path::ORG,
            },
        }
    }

    /// The tree that the names are from.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }
}

impl Core {
    /// The names of all places.
    pub async fn place_names(&self) -> Result<PlaceNames, AppError> {
        Ok(PlaceNames {
            org: self.org.name.clone(),
            tree: self.store.tree(self.org.id).await?,
        })
    }

    /// Where a place stands in the tree, if it is one of this organisation's.
    pub async fn path_of(&self, place: Place) -> Result<Path, AppError> {
        let tree = self.store.tree(self.org.id).await?;
        match place {
            Place::Org => Ok(Path::ORG),
            Place::Tenant(tenant) => {
                let known = tree.tenant(tenant).map(|_| Path::tenant(tenant));
                Ok(known.ok_or(Denied::NotFound("customer"))?)
            }
            Place::Node(node) => {
                let known = tree.place(node).ok_or(Denied::NotFound("place"))?;
                Ok(tree.path(Spot {
                    tenant: known.tenant,
                    place: Some(node),
                }))
            }
        }
    }

    /// Where devices stand in the tree; what is not there is left out.
    pub async fn paths_of(
        &self,
        devices: &[DeviceId],
    ) -> Result<HashMap<DeviceId, Path>, AppError> {
        let tree = self.store.tree(self.org.id).await?;
        let spots = self.store.spots(self.org.id, devices).await?;
        let path = |(device, spot)| (device, tree.path(spot));
        Ok(spots.into_iter().map(path).collect())
    }

    /// Where a device stands in the tree.
    pub async fn path_of_device(&self, device: DeviceId) -> Result<Path, AppError> {
        let path = self.paths_of(&[device]).await?.remove(&device);
        Ok(path.ok_or(Denied::NotFound("device"))?)
    }

    /// What can be seen, as queries about devices need it: places with all that lies below them.
    pub async fn within(&self, visible: &Visible) -> Result<Option<Within>, AppError> {
        let Visible::Below { tenants, nodes } = visible else {
            return Ok(None);
        };
        let tree = self.store.tree(self.org.id).await?;
        Ok(Some(Within {
            tenants: tenants.iter().copied().collect(),
            places: nodes.iter().flat_map(|node| tree.below(*node)).collect(),
        }))
    }
}
