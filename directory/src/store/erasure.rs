//! Erasing a person from beside the record: the chains stay as they are, the names and addresses
//! that stood beside them are gone.

use async_trait::async_trait;
use farpane_protocol::ids::{OrgId, UserId};

use super::StoreError;
use crate::audit::Entry;

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Erased {
    /// So many records lost what stood beside them.
    Yes(u64),
    /// There was never such a person.
    NotThere,
    /// The person was not removed: what they do is still recorded with their name.
    StillHere,
}

/// Erasing people.
#[async_trait]
pub trait Erasure: Send + Sync {
    /// Takes away everything personal beside the records that a removed person made, that are about
    /// them, or that somebody made under their address. What a record says by ids stays.
    async fn erase_personal(
        &self,
        org: OrgId,
        account: UserId,
        entry: &Entry,
    ) -> Result<Erased, StoreError>;
}
