//! What is kept of what hosts say about their machines.

use async_trait::async_trait;
use farpane_protocol::api::inventory::Inventory;
use farpane_protocol::ids::{DeviceId, OrgId};
use farpane_protocol::time::Timestamp;

use super::StoreError;
use crate::audit::Entry;
use crate::model::fact::FactCondition;
use crate::model::inventory::{Change, KeptInventory};

/// What came of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reported {
    /// It says something new, which is kept now.
    New(Vec<Change>),
    /// It says what the one before it said.
    Same,
    /// The device sent all that it may send today.
    TooMany,
    /// There is no such device.
    NoDevice,
}

/// What is kept of what hosts say about their machines. Nothing here is recorded in the audit: it
/// decides nothing, and a device says it every day.
#[async_trait]
pub trait Inventories: Send + Sync {
    /// Takes a report whose texts were made harmless before. If the device takes the place of one
    /// that was expected, `claim` records it.
    async fn report(
        &self,
        device: DeviceId,
        report: &Inventory,
        now: Timestamp,
        claim: &Entry,
    ) -> Result<Reported, StoreError>;
    /// What a device last reported.
    async fn inventory(
        &self,
        org: OrgId,
        device: DeviceId,
    ) -> Result<Option<KeptInventory>, StoreError>;
    /// Devices of which every condition is true, in order of id, at most `limit`.
    async fn devices_with(
        &self,
        org: OrgId,
        conditions: &[FactCondition],
        limit: u32,
    ) -> Result<Vec<DeviceId>, StoreError>;
    /// What changed in its reports, newest first, at most `limit`.
    async fn inventory_changes(
        &self,
        org: OrgId,
        device: DeviceId,
        limit: u32,
    ) -> Result<Vec<Change>, StoreError>;
    /// Looks at `most` programs behind one and forgets those that no device has any more. Where
    /// to go on next time; from the beginning again after the last.
    async fn sweep_software(&self, after: i64, most: u32) -> Result<i64, StoreError>;
}
