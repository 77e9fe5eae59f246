//! What is kept about the keys that the directory signs with: what is public of them, and when
//! each one counts.

use async_trait::async_trait;
use farpane_protocol::key::PublicKey;
use farpane_protocol::time::Timestamp;

use super::StoreError;
use crate::audit::Entry;
use crate::model::ring::{GrantKey, Ring};

/// What is kept about the keys that the directory signs with.
#[async_trait]
pub trait GrantKeys: Send + Sync {
    /// All of them, in the order in which they were announced.
    async fn grant_keys(&self) -> Result<Ring, StoreError>;
    /// Announces `new`, which follows `old`, whose end is set with it. Hosts are told. Where a
    /// restore does it, every key that counted is marked so. False if another change is under way,
    /// by `now`.
    async fn announce_grant_key(
        &self,
        old: &GrantKey,
        new: &GrantKey,
        now: Timestamp,
        entries: &[Entry],
    ) -> Result<bool, StoreError>;
    /// Brings a change that is under way to its end: the youngest key signs, and every other one
    /// is withdrawn, at `at` or earlier. False if none is under way, by `now`.
    async fn hurry_grant_key(
        &self,
        at: Timestamp,
        now: Timestamp,
        entries: &[Entry],
    ) -> Result<bool, StoreError>;
    /// The end of a key is recorded. Hosts are told. False if it was before.
    async fn close_grant_key(&self, key: &PublicKey, entries: &[Entry])
    -> Result<bool, StoreError>;
}
