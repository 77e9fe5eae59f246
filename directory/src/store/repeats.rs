//! What is kept so that a request which is sent again is answered again and not done again.

use std::time::Duration;

use async_trait::async_trait;
use farpane_protocol::time::Timestamp;
use uuid::Uuid;

use super::StoreError;

/// How long an answer is kept: a program that was down over night still learns what it did.
pub const KEPT_FOR: Duration = Duration::from_secs(24 * 3600);

/// Requests that are kept of one caller; the oldest give way.
pub const KEPT_MOST: u32 = 1000;

/// Which request: of whom, and the digest of what they call it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RepeatKey {
    /// The token, or the person without one.
    pub caller: Uuid,
    /// SHA-256 of the name that the caller gave it.
    pub key: [u8; 32],
}

/// Whether a request was sent before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begun {
    /// It is the first of this name and is noted as begun.
    First,
    /// It was done; this is the answer as it was kept.
    Done(Vec<u8>),
    /// It was begun and has no answer: it runs, or broke off.
    Open,
    /// Another request had this name.
    Differs,
}

/// What is kept so that a request which is sent again is answered again and not done again.
#[async_trait]
pub trait Repeats: Send + Sync {
    /// Notes that a request begins, synced, unless one of that name did. `request` is the digest
    /// of all that it says.
    async fn begin_request(
        &self,
        key: RepeatKey,
        request: [u8; 32],
        now: Timestamp,
    ) -> Result<Begun, StoreError>;
    /// Keeps the answer.
    async fn keep_answer(&self, key: RepeatKey, answer: &[u8]) -> Result<(), StoreError>;
    /// Forgets a request that did nothing.
    async fn forget_request(&self, key: RepeatKey) -> Result<(), StoreError>;
}
