//! What is kept about the policy epoch: what was taken back, what a restored database does not
//! remember, and what has to be true after a restore.

use async_trait::async_trait;
use farpane_protocol::ids::{OrgId, UserId};
use farpane_protocol::revocation::Change;
use farpane_protocol::time::Timestamp;

use super::StoreError;
use crate::audit::Entry;

/// How far the epoch and the counters of envelopes leap at a restore: further than anything that
/// can have happened since the backup, and a long way below what the database can hold.
pub const LEAP: u64 = 1 << 40;

/// Epochs that this database does not remember.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// After this one.
    pub after: u64,
    /// Up to here hosts of the organisation told all.
    pub learned: u64,
}

/// What is kept about the policy epoch.
#[async_trait]
pub trait Epochs: Send + Sync {
    /// The epoch now.
    async fn policy_epoch(&self) -> Result<u64, StoreError>;
    /// An organisation's changes after an epoch, in order, at most `limit`.
    async fn changes(&self, org: OrgId, after: u64, limit: u32) -> Result<Vec<Change>, StoreError>;
    /// The gap that an epoch lies in, if this database does not remember it, and how much of it an
    /// organisation's hosts told.
    async fn gap(&self, org: OrgId, seen: u64) -> Result<Option<Gap>, StoreError>;
    /// Whether a change is kept.
    async fn remembers(&self, change: &Change) -> Result<bool, StoreError>;
    /// Keeps a change that a host remembered.
    async fn learn(&self, org: OrgId, change: &Change) -> Result<(), StoreError>;
    /// Notes up to where an organisation's hosts told all, and goes on above `upto`, the highest
    /// epoch that any of them named.
    async fn learned(&self, org: OrgId, gap: Gap, upto: u64) -> Result<(), StoreError>;
    /// Puts everything in doubt that may have been used, ended or taken back since the backup was
    /// made: sessions end; tickets, links and recovery codes are used up; everybody is signed out,
    /// viewers too; API tokens, requests that wait and approvals that were not used yet are gone;
    /// counters and the epoch leap ahead. `entries` record it, one per organisation.
    async fn after_restore(&self, now: Timestamp, entries: &[Entry]) -> Result<u64, StoreError>;
    /// Makes a person's password and passkeys worth nothing: who enables them again gives them a
    /// new way in, too. Either may have been changed because somebody else had it.
    async fn void_sign_in(&self, account: UserId) -> Result<(), StoreError>;
}
