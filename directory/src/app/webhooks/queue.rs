//! Turns what happened into what each webhook has to be told: its own organisation's events, of the
//! kinds that it chose.

use std::collections::HashMap;

use farpane_protocol::api::DeviceState;
use farpane_protocol::ids::OrgId;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::TryRecvError;
use uuid::Uuid;

use crate::app::{App, AppError};
use crate::live::bus::Signal;
use crate::model::happening::Happening;
use crate::model::webhook::{Delivery, Webhook, body, body_now};

/// Records that are read at once.
const RECORDS: u32 = 500;

/// Devices that came or went after which no more signals are taken up in one look.
const PRESENCE: usize = 1_000;

/// Deliveries after which a transaction ends: others wait for it.
const ROWS: usize = 1_000;

/// Devices that came or went since the last look, with their organisations.
fn presence(signals: &mut Receiver<Signal>) -> Vec<(OrgId, &'static str, serde_json::Value)> {
    let mut found = Vec::new();
    while found.len() < PRESENCE {
        match signals.try_recv() {
            Ok(Signal::Presence { org, devices }) => {
                for (device, state) in devices.iter() {
                    let kind = match state {
                        DeviceState::Reachable => "device.reachable",
                        DeviceState::Away => "device.away",
                        DeviceState::Never | DeviceState::Pending => continue,
                    };
                    found.push((org, kind, serde_json::json!({ "device": device })));
                }
            }
            Ok(Signal::Recorded(_) | Signal::Relay { .. }) => {}
            // What was missed here is in no record: only the newest state counts, and the next
            // change is told.
            Err(TryRecvError::Lagged(_)) => {}
            Err(TryRecvError::Empty | TryRecvError::Closed) => break,
        }
    }
    found
}

impl App {
    /// Queues what happened since the last look for the webhooks that want it.
    pub(super) async fn queue_for_webhooks(
        &self,
        signals: &mut Receiver<Signal>,
    ) -> Result<(), AppError> {
        let presence = presence(signals);
        let webhooks = self.core.store.webhooks(None).await?;
        let webhooks = self.core.as_they_stand(webhooks).await?;
        let Some(told) = webhooks.iter().map(|webhook| webhook.told).min() else {
            return Ok(());
        };
        let now = self.now();
        let mut new = Vec::new();
        // What those on hold would have been told.
        let mut missed: HashMap<Uuid, u64> = HashMap::new();
        for (org, kind, about) in &presence {
            let wanted = |webhook: &&Webhook| webhook.org == *org && webhook.kinds.has(kind);
            for webhook in webhooks.iter().filter(wanted) {
                if webhook.on_hold {
                    *missed.entry(webhook.id).or_default() += 1;
                    continue;
                }
                let body = body_now(kind, *org, about, now);
                new.push(Delivery::new(webhook.id, kind, body, now));
            }
            // What is in no record depends on nothing else: it goes in parts.
            if new.len() >= ROWS {
                self.core.store.queue_deliveries(&new, &[], &[]).await?;
                new.clear();
            }
        }
        let records = self.core.store.records_since(None, told, RECORDS).await?;
        let mut last = None;
        for kept in &records {
            // The rest is read at the next look, from here on.
            if new.len() >= ROWS {
                break;
            }
            last = Some(kept.number);
            let happening = Happening::of(kept);
            let wanted = |webhook: &&Webhook| {
                webhook.org == happening.org
                    && webhook.told < happening.number
                    && webhook.kinds.has(&happening.what)
            };
            for webhook in webhooks.iter().filter(wanted) {
                if webhook.on_hold {
                    *missed.entry(webhook.id).or_default() += 1;
                    continue;
                }
                let (kind, body) = (&happening.what, body(&happening));
                new.push(Delivery::new(webhook.id, kind, body, now));
            }
        }
        let behind = webhooks.iter().filter_map(|webhook| {
            let last = last.filter(|last| *last > webhook.told)?;
            Some((webhook.id, last))
        });
        let behind: Vec<_> = behind.collect();
        let missed: Vec<_> = missed.into_iter().collect();
        if new.is_empty() && behind.is_empty() && missed.is_empty() {
            return Ok(());
        }
        // Together in one transaction: what is told is queued, so a crash repeats or loses nothing.
        let store = &self.core.store;
        Ok(store.queue_deliveries(&new, &behind, &missed).await?)
    }
}
