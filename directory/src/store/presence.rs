//! What is kept about which devices were heard, and the numbers that keep old words from counting again.

use async_trait::async_trait;
use farpane_protocol::ids::{DeviceId, EpochNonce, OrgId};
use farpane_protocol::key::PublicKey;
use farpane_protocol::time::Timestamp;

use super::StoreError;
use crate::model::Heard;
use crate::model::history::Strip;

/// What the store knows about the latest presence of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownPresence {
    /// The highest counter that was taken.
    pub counter: u64,
    /// From which relay.
    pub relay: PublicKey,
    /// In which run of the host.
    pub epoch: EpochNonce,
}

/// What is kept about which devices were heard, and the numbers that keep old words from counting again.
#[async_trait]
pub trait Presence: Send + Sync {
    /// Approved devices of the organisation behind these keys, each with what is known of its
    /// presence; keys that are not theirs are left out.
    async fn presences(
        &self,
        org: OrgId,
        keys: &[PublicKey],
    ) -> Result<Vec<(PublicKey, DeviceId, Option<KnownPresence>)>, StoreError>;
    /// Takes checked presences that are newer than what is known (or the same word again, from
    /// the same relay), and answers for each whether it was taken.
    async fn note_present(&self, heard: &[Heard], now: Timestamp) -> Result<Vec<bool>, StoreError>;
    /// Notes that devices went away.
    async fn note_gone(&self, devices: &[DeviceId], now: Timestamp) -> Result<(), StoreError>;
    /// After a start: nobody is present, and who was is taken as last heard at `alive_at`.
    async fn nobody_present(&self, alive_at: Timestamp) -> Result<(), StoreError>;
    /// In which hours of the last thirty days a device was heard.
    async fn heard_hours(
        &self,
        org: OrgId,
        device: DeviceId,
        now: Timestamp,
    ) -> Result<Option<Strip>, StoreError>;
    /// A number for the next envelope to this device, higher than any before; `None` if it was
    /// removed.
    async fn next_envelope(&self, device: DeviceId) -> Result<Option<u64>, StoreError>;
    /// The same for many devices at once, each with its key; those that were removed, or have
    /// none yet, are left out.
    async fn next_envelopes(
        &self,
        devices: &[DeviceId],
    ) -> Result<Vec<(DeviceId, PublicKey, u64)>, StoreError>;
}
