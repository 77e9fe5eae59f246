//! What is kept about the audit chain.

use async_trait::async_trait;
use farpane_protocol::ids::OrgId;

use super::StoreError;
use crate::audit::{Entry, Head, Record};

/// What is kept about the audit chain.
#[async_trait]
pub trait Records: Send + Sync {
    /// Records something by itself.
    async fn record(&self, entry: &Entry) -> Result<(), StoreError>;
    /// Where the chain was left.
    async fn chain_head(&self, org: OrgId) -> Result<Head, StoreError>;
    /// Records after `seq`, oldest first, at most `limit`.
    async fn records_after(
        &self,
        org: OrgId,
        seq: u64,
        limit: u32,
    ) -> Result<Vec<Record>, StoreError>;
}
