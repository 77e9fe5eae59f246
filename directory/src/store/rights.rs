//! What is kept about who may do what: roles, and where people hold them.

use async_trait::async_trait;
use farpane_protocol::ids::{OrgId, UserId};
use farpane_protocol::time::Timestamp;

use super::StoreError;
use crate::policy::rights::Held;

/// What is kept about who may do what.
#[async_trait]
pub trait RightsStore: Send + Sync {
    /// The roles that a person holds at `now`, by themselves and through groups.
    async fn held_by(
        &self,
        org: OrgId,
        account: UserId,
        now: Timestamp,
    ) -> Result<Vec<Held>, StoreError>;
}
