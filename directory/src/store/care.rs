//! What the store can say about the room that it has.

use async_trait::async_trait;

use super::StoreError;

/// What the store can say about the room that it has.
#[async_trait]
pub trait Care: Send + Sync {
    /// Bytes that are free where the database lies; `None` where it lies on another machine.
    async fn room(&self) -> Result<Option<u64>, StoreError>;
    /// Writes something that needs new room, synced, and takes it away again.
    async fn try_writing(&self) -> Result<(), StoreError>;
}
