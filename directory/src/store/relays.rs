//! What is kept of relays once they are enrolled: their names, and that they are gone.

use async_trait::async_trait;
use farpane_protocol::ids::{OrgId, RelayId};

use super::StoreError;
use super::places::Placed;
use crate::audit::Entry;

/// What is kept of relays once they are enrolled.
#[async_trait]
pub trait Relays: Send + Sync {
    /// Gives a relay another name.
    async fn rename_relay(
        &self,
        org: OrgId,
        id: RelayId,
        name: &str,
        entry: &Entry,
    ) -> Result<Placed, StoreError>;
    /// Forgets a relay: its key is worth nothing any more. False if it is not there.
    async fn remove_relay(
        &self,
        org: OrgId,
        id: RelayId,
        entry: &Entry,
    ) -> Result<bool, StoreError>;
}
