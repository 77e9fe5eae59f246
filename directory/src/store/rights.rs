//! What is kept about who may do what: roles, and where people hold them.

use async_trait::async_trait;
use farpane_protocol::ids::{DeviceId, OrgId, UserId};
use farpane_protocol::time::Timestamp;

use super::StoreError;
use crate::model::place::Spot;
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
    /// Where these devices stand; what is not there is left out.
    async fn spots(
        &self,
        org: OrgId,
        devices: &[DeviceId],
    ) -> Result<Vec<(DeviceId, Spot)>, StoreError>;
}
