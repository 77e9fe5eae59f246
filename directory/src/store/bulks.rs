//! Acts on many devices: choosing them, doing it, undoing it.

use async_trait::async_trait;
use farpane_protocol::ids::{DeviceId, OrgId};
use farpane_protocol::time::Timestamp;
use uuid::Uuid;

use super::StoreError;
use crate::audit::Entry;
use crate::model::bulk::{Act, Bulk};
use crate::model::catalogue::Cond;
use crate::model::field::FieldValue;
use crate::model::place::Spot;

/// Which devices an act is meant for.
#[derive(Clone, Debug)]
pub enum Chosen {
    /// All that meet a condition.
    Search(Cond),
    /// These.
    Devices(Vec<DeviceId>),
}

/// What was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Previewed {
    /// So many devices; kept under the bulk's id.
    Yes {
        /// How many.
        count: u64,
        /// SHA-256 over their ids, sorted.
        digest: [u8; 32],
        /// The first names, in order.
        names: Vec<String>,
    },
    /// More than one act may change.
    TooMany,
}

/// What came of running or undoing an act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ran {
    /// So many devices changed.
    Yes(u64),
    /// It ran, or was undone, before.
    Before,
    /// There are too many tags.
    TooManyTags,
    /// With what the person removed before, it is more than one person may alone.
    TooManyAlone,
}

/// How many devices one person may remove without a second one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alone {
    /// So many, those of this act counted.
    pub most: u64,
    /// Since then. What was undone or approved does not count.
    pub since: Timestamp,
}

/// Acts on many devices.
#[async_trait]
pub trait Bulks: Send + Sync {
    /// Chooses devices for an act and keeps which they are. Nothing else changes.
    async fn preview(
        &self,
        org: OrgId,
        bulk: Uuid,
        account: Option<farpane_protocol::ids::UserId>,
        act: &Act,
        chosen: &Chosen,
        now: Timestamp,
    ) -> Result<Previewed, StoreError>;
    /// An act that was previewed, whether it ran or not.
    async fn bulk(&self, org: OrgId, bulk: Uuid) -> Result<Option<Bulk>, StoreError>;
    /// Where its devices stand, each spot once.
    async fn bulk_spots(&self, bulk: Uuid) -> Result<Vec<Spot>, StoreError>;
    /// Where the devices that it moved stood before, each spot once; nothing for other acts.
    async fn bulk_before(&self, bulk: Uuid) -> Result<Vec<Spot>, StoreError>;
    /// The latest acts that ran, newest first.
    async fn bulks(&self, org: OrgId, limit: u32) -> Result<Vec<Bulk>, StoreError>;
    /// Does it. `value` is that of the field that it fills in, checked; `alone` bounds what the
    /// person removes, counted in the same transaction, so that many at once count too.
    async fn run_bulk(
        &self,
        org: OrgId,
        bulk: &Bulk,
        value: Option<&FieldValue>,
        alone: Option<Alone>,
        now: Timestamp,
        entry: &Entry,
    ) -> Result<Ran, StoreError>;
    /// Puts every device that it changed back as it was.
    async fn undo_bulk(
        &self,
        org: OrgId,
        bulk: &Bulk,
        now: Timestamp,
        entry: &Entry,
    ) -> Result<Ran, StoreError>;
    /// Forgets what cannot be run or undone any more, and devices that were removed before
    /// `removed_before`: at most `most` of each, so that nobody waits long. How many were forgotten.
    async fn purge(
        &self,
        made_before: Timestamp,
        removed_before: Timestamp,
        most: u32,
    ) -> Result<u64, StoreError>;
}
