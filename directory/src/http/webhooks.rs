//! `/api/v1/webhooks`: where an organisation is told what happens.

pub mod deliveries;
pub mod list;
pub mod remove;
pub mod trial;

use farpane_protocol::ids::UserId;
use farpane_protocol::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::model::webhook::{Delivery, Webhook, name};

/// A webhook, without its secret.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct WebhookShown {
    /// Its id.
    id: Uuid,
    /// Where it is: scheme and host. The rest may be a secret of the receiver's and is not shown.
    url: String,
    /// What it is told: kinds of events, `thing.*`, or `*`.
    events: Vec<String>,
    /// When it was made.
    created: Timestamp,
    /// Events that were not told because too many waited or it was on hold.
    missed: u64,
    /// Who made it; absent where the operator did.
    maker: Option<UserId>,
    /// Whether it is told nothing, because that person is disabled, gone or has lost the rights for
    /// it.
    on_hold: bool,
}

impl From<Webhook> for WebhookShown {
    fn from(webhook: Webhook) -> Self {
        Self {
            id: webhook.id,
            url: webhook.place,
            events: webhook.kinds.names().to_vec(),
            created: webhook.created,
            missed: webhook.missed,
            maker: webhook.maker,
            on_hold: webhook.on_hold,
        }
    }
}

/// Something that was told, or has to be.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct DeliveryShown {
    /// Its `webhook-id`: the same in every try.
    id: String,
    /// What kind of event.
    event: String,
    /// When it was made.
    made: Timestamp,
    /// How often it was tried.
    tries: u32,
    /// When it is tried next; absent once it was taken or given up.
    next: Option<Timestamp>,
    /// When the last try ended.
    tried: Option<Timestamp>,
    /// With which status it was answered last.
    status: Option<u16>,
    /// Why it was not taken; empty if it was, or was not tried yet.
    why: String,
}

impl From<Delivery> for DeliveryShown {
    fn from(delivery: Delivery) -> Self {
        Self {
            id: name(delivery.id),
            event: delivery.kind,
            made: delivery.made,
            tries: delivery.tries,
            next: delivery.due,
            tried: delivery.tried,
            status: delivery.status,
            why: delivery.why,
        }
    }
}
