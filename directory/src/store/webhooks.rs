//! What is kept of webhooks: where to tell what, what waits to be told, and how it went.

use async_trait::async_trait;
use farpane_protocol::ids::OrgId;
use farpane_protocol::time::Timestamp;
use uuid::Uuid;

use super::StoreError;
use crate::audit::Entry;
use crate::model::webhook::{Delivery, Webhook};

/// How a try went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// Of which delivery.
    pub delivery: Uuid,
    /// When it ended.
    pub at: Timestamp,
    /// With which status it was answered.
    pub status: Option<u16>,
    /// Why it was not taken; empty if it was.
    pub why: String,
    /// When to try next; absent if it was taken or is given up.
    pub due: Option<Timestamp>,
}

/// What is kept of webhooks.
#[async_trait]
pub trait Webhooks: Send + Sync {
    /// Keeps one; it is told what happens from now on. False if there are as many as may be.
    async fn add_webhook(&self, new: &Webhook, entry: &Entry) -> Result<bool, StoreError>;
    /// Forgets one, with all that waits for it. False if it is not there.
    async fn remove_webhook(&self, org: OrgId, id: Uuid, entry: &Entry)
    -> Result<bool, StoreError>;
    /// Those of an organisation, or of all, oldest first.
    async fn webhooks(&self, org: Option<OrgId>) -> Result<Vec<Webhook>, StoreError>;
    /// Keeps what has to be told, and up to which record each webhook was looked after. What finds
    /// no room is counted, and so are the events that each one `missed` while it was on hold.
    async fn queue_deliveries(
        &self,
        new: &[Delivery],
        told: &[(Uuid, u64)],
        missed: &[(Uuid, u64)],
    ) -> Result<(), StoreError>;
    /// Keeps a trial to be told. False if there were as many of this webhook just now as may be.
    async fn queue_trial(&self, trial: &Delivery, entry: &Entry) -> Result<bool, StoreError>;
    /// Webhooks that have to be told something now, the oldest first; none that is on hold.
    async fn webhooks_due(&self, now: Timestamp) -> Result<Vec<Webhook>, StoreError>;
    /// What a webhook has to be told now, the longest due first.
    async fn due_deliveries(
        &self,
        webhook: Uuid,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Delivery>, StoreError>;
    /// Notes how a try went.
    async fn note_tried(&self, tried: &Tried) -> Result<(), StoreError>;
    /// The newest deliveries of a webhook.
    async fn deliveries(&self, webhook: Uuid, limit: u32) -> Result<Vec<Delivery>, StoreError>;
}
