//! Searching and listing the catalogue.

use std::sync::Arc;

use async_trait::async_trait;
use farpane_protocol::ids::{DeviceId, OrgId};

use super::StoreError;
use crate::model::catalogue::{Listed, Page, Wish};
use crate::model::place::Tree;

/// How many devices there are, by what a person looks for first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// All that are not removed.
    pub devices: u64,
    /// Present now.
    pub present: u64,
    /// Waiting for approval.
    pub pending: u64,
    /// Not enrolled yet.
    pub expected: u64,
}

/// Searching and listing the catalogue.
#[async_trait]
pub trait Search: Send + Sync {
    /// Customers and places of an organisation. Cheap: it is read anew only after it changed.
    async fn tree(&self, org: OrgId) -> Result<Arc<Tree>, StoreError>;
    /// One page of a search.
    async fn search(&self, org: OrgId, wish: &Wish) -> Result<Page, StoreError>;
    /// One device as the catalogue lists it.
    async fn listed(&self, org: OrgId, id: DeviceId) -> Result<Option<Listed>, StoreError>;
    /// Devices per customer, in no order; customers without devices are left out.
    async fn tallies(
        &self,
        org: OrgId,
    ) -> Result<Vec<(farpane_protocol::ids::TenantId, Tally)>, StoreError>;
}
