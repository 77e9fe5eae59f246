//! What is kept about the audit chains.

use async_trait::async_trait;
use farpane_protocol::ids::{DeviceId, OrgId, TenantId, UserId};
use farpane_protocol::time::Timestamp;

use super::StoreError;
use crate::audit::{Chain, ChainId, Entry, Head, Kept, Record};

/// What somebody looks for in the record. Every field narrows it down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sought {
    /// In which organisation.
    pub org: Option<OrgId>,
    /// In these chains only; `None` for all.
    pub chains: Option<Vec<ChainId>>,
    /// By this person, or about them.
    pub person: Option<UserId>,
    /// By this device, or about it.
    pub device: Option<DeviceId>,
    /// Of this kind, as records name it.
    pub kind: Option<String>,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
}

/// What is kept about the audit chains.
#[async_trait]
pub trait Records: Send + Sync {
    /// Records something by itself.
    async fn record(&self, entry: &Entry) -> Result<(), StoreError>;
    /// An organisation's chains: its own first, then its tenants', oldest first.
    async fn chains(&self, org: OrgId) -> Result<Vec<Chain>, StoreError>;
    /// Where a chain was left. One in which nothing was recorded yet stands at its beginning.
    async fn chain_head(&self, chain: ChainId) -> Result<Head, StoreError>;
    /// A chain's records after `seq`, oldest first, at most `limit`.
    async fn records_after(
        &self,
        chain: ChainId,
        seq: u64,
        limit: u32,
    ) -> Result<Vec<Record>, StoreError>;
    /// Records of all chains after this number, in the order of commit, at most `limit`.
    async fn records_since(
        &self,
        org: Option<OrgId>,
        number: u64,
        limit: u32,
    ) -> Result<Vec<Kept>, StoreError>;
    /// Records that fit, newest first, from below this number if one is given.
    async fn find_records(
        &self,
        sought: &Sought,
        below: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Kept>, StoreError>;
    /// How many records fit; counting stops at `most`. `None` where too many would have to be
    /// looked at.
    async fn count_records(&self, sought: &Sought, most: u32) -> Result<Option<u64>, StoreError>;
    /// Records that fit, oldest first, from above this number.
    async fn find_records_since(
        &self,
        sought: &Sought,
        above: u64,
        limit: u32,
    ) -> Result<Vec<Kept>, StoreError>;
    /// The first and last place in a chain whose times lie in a span; `None` if there are none.
    async fn span_of(
        &self,
        chain: ChainId,
        from: Option<Timestamp>,
        until: Option<Timestamp>,
    ) -> Result<Option<(u64, u64)>, StoreError>;
    /// Number of the newest record of all chains; 0 if there is none.
    async fn newest_number(&self) -> Result<u64, StoreError>;
    /// The tenant's name, for a chain; `None` for one that is gone.
    async fn tenant_name(&self, tenant: TenantId) -> Result<Option<String>, StoreError>;
}
