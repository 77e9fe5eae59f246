//! What is kept about the tree that devices stand in: customers, and sites and groups below them.

use async_trait::async_trait;
use farpane_protocol::ids::{OrgId, PlaceId, TenantId};
use farpane_protocol::time::Timestamp;

use super::StoreError;
use crate::audit::Entry;
use crate::model::Tenant;
use crate::model::place::{PlaceRecord, Spot};

/// What came of a change to the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placed {
    /// It is done and recorded.
    Yes,
    /// There is no such customer or place.
    Unknown,
    /// A sibling has that name.
    NameTaken,
    /// Something is still in it, or the record still speaks of it.
    InUse,
}

/// What is kept about the tree that devices stand in.
#[async_trait]
pub trait Places: Send + Sync {
    /// Keeps a new customer.
    async fn add_tenant(
        &self,
        tenant: &Tenant,
        now: Timestamp,
        entry: &Entry,
    ) -> Result<Placed, StoreError>;
    /// Gives a customer another name.
    async fn rename_tenant(
        &self,
        org: OrgId,
        id: TenantId,
        name: &str,
        entry: &Entry,
    ) -> Result<Placed, StoreError>;
    /// Removes a customer that has no devices, places, tickets or sessions.
    async fn remove_tenant(
        &self,
        org: OrgId,
        id: TenantId,
        entry: &Entry,
    ) -> Result<Placed, StoreError>;
    /// Keeps a new place.
    async fn add_place(
        &self,
        org: OrgId,
        place: &PlaceRecord,
        now: Timestamp,
        entry: &Entry,
    ) -> Result<Placed, StoreError>;
    /// Gives a place another name.
    async fn rename_place(
        &self,
        org: OrgId,
        id: PlaceId,
        name: &str,
        entry: &Entry,
    ) -> Result<Placed, StoreError>;
    /// Puts a place, with all in it, elsewhere at the same customer. The caller has seen that it
    /// does not go into itself.
    async fn move_place(
        &self,
        org: OrgId,
        id: PlaceId,
        parent: Option<PlaceId>,
        entry: &Entry,
    ) -> Result<Placed, StoreError>;
    /// Removes places, children before parents; the devices in them go to a spot of the same
    /// customer, or, if none is named, there must be none.
    async fn remove_places(
        &self,
        org: OrgId,
        ids: &[PlaceId],
        devices_to: Option<Spot>,
        entry: &Entry,
    ) -> Result<Placed, StoreError>;
}
