//! Where things stand: the path of a place or a device in the tree, and what a place is called.

use std::collections::HashMap;

use farpane_protocol::ids::TenantId;

use super::super::{AppError, Core, Denied};
use crate::model::Device;
use crate::policy::rights::{Path, Place};

/// Every place of an organisation by name, read once for a page or a list.
#[derive(Clone, Debug)]
pub struct PlaceNames {
    org: String,
    tenants: HashMap<TenantId, String>,
}

impl PlaceNames {
    /// What a place is called.
    pub fn of(&self, place: Place) -> String {
        match place {
            Place::Org => self.org.clone(),
            Place::Tenant(tenant) => {
                let known = self.tenants.get(&tenant).cloned();
                known.unwrap_or_else(|| "a removed customer".into())
            }
            Place::Node(_) => "a removed place".into(),
        }
    }
}

impl Core {
    /// The names of all places.
    pub async fn place_names(&self) -> Result<PlaceNames, AppError> {
        let tenants = self.store.tenants(self.org.id).await?;
        Ok(PlaceNames {
            org: self.org.name.clone(),
            tenants: tenants
                .into_iter()
                .map(|tenant| (tenant.id, tenant.name))
                .collect(),
        })
    }

    /// Where a place stands in the tree, if it is one of this organisation's.
    pub async fn path_of(&self, place: Place) -> Result<Path, AppError> {
        match place {
            Place::Org => Ok(Path::ORG),
            Place::Tenant(tenant) => {
                let tenants = self.store.tenants(self.org.id).await?;
                let known = tenants.iter().any(|known| known.id == tenant);
                let path = known.then(|| Path::tenant(tenant));
                Ok(path.ok_or(Denied::NotFound("customer"))?)
            }
            Place::Node(_) => Err(Denied::NotFound("place").into()),
        }
    }

    /// Where a device stands in the tree.
    pub async fn path_of_device(&self, device: &Device) -> Result<Path, AppError> {
        Ok(Path::tenant(device.tenant))
    }
}
