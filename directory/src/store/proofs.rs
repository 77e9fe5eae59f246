//! What is kept about signed checkpoints of the audit chains, and about how far the record was
//! sent out.

use async_trait::async_trait;
use farpane_protocol::time::Timestamp;

use super::StoreError;
use crate::audit::checkpoint::Checkpoint;
use crate::audit::{Chain, ChainId};

/// A checkpoint that was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// Number of the last record that it is over.
    pub seq: u64,
    /// When it was signed.
    pub at: Timestamp,
    /// The signed statement.
    pub sealed: String,
}

/// What is kept about proofs of the record.
#[async_trait]
pub trait Proofs: Send + Sync {
    /// Chains, of all organisations, that grew by at least so many records since their newest
    /// checkpoint, at most `limit`.
    async fn grown_chains(&self, by: u64, limit: u32) -> Result<Vec<Chain>, StoreError>;
    /// Keeps a checkpoint. Of older ones it keeps one a day, so that they do not outgrow the
    /// record.
    async fn keep_checkpoint(
        &self,
        checkpoint: &Checkpoint,
        sealed: &str,
    ) -> Result<(), StoreError>;
    /// A chain's checkpoints over records after `after` and up to `last`, in order.
    async fn checkpoints(
        &self,
        chain: ChainId,
        after: u64,
        last: u64,
    ) -> Result<Vec<(u64, String)>, StoreError>;
    /// A chain's checkpoints over records below this number, newest first, with when they were
    /// signed, at most `limit`.
    async fn newest_checkpoints(
        &self,
        chain: ChainId,
        below: u64,
        limit: u32,
    ) -> Result<Vec<Signed>, StoreError>;
    /// Number of the last record that was sent to this output; `None` for a new output.
    async fn delivered(&self, output: &str) -> Result<Option<u64>, StoreError>;
    /// Notes how far an output has come.
    async fn note_delivered(&self, output: &str, number: u64) -> Result<(), StoreError>;
}
