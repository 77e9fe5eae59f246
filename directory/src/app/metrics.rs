//! Numbers for operators (OpenMetrics text). No names, no addresses, no ids.

mod latency;

use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use self::latency::Pictures;
use super::App;
use crate::live::storage::Storage;
use crate::store::StoreError;
use crate::store::installation::Counts;

/// How something came out; the words are from lists in this program, never from input.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Result {
    /// `ok`, or the name of the problem.
    pub result: &'static str,
}

type Outcomes = Family<Result, Counter>;

/// The counters of this server.
#[derive(Debug, Default)]
pub struct Metrics {
    /// Sign-ins, viewers and console together.
    pub sign_ins: Outcomes,
    /// Enrolments of devices and relays.
    pub enrolments: Outcomes,
    /// Session requests.
    pub sessions: Outcomes,
    /// Presence proofs.
    pub presences: Outcomes,
    /// TLS connections taken.
    pub connections: Counter,
    /// How long pictures took.
    pub latency: Pictures,
}

/// Counts one outcome.
pub fn count(outcomes: &Outcomes, result: &'static str) {
    outcomes.get_or_create(&Result { result }).inc();
}

impl App {
    /// The text that a collector reads.
    pub async fn metrics_text(&self) -> std::result::Result<String, StoreError> {
        let mut counts = Counts::default();
        for org in self.core.store.orgs().await? {
            counts.add(&self.core.store.counts(org.id).await?);
        }
        let mut registry = Registry::with_prefix("farpane_directory");
        let mut gauge = |name: &str, help: &str, value: u64| {
            let gauge = Gauge::<u64, AtomicU64>::default();
            gauge.set(value);
            registry.register(name, help, gauge);
        };
        let present = u64::try_from(self.board.present()).unwrap_or(u64::MAX);
        let listening = u64::try_from(self.board.listening().len()).unwrap_or(u64::MAX);
        gauge("devices", "Devices that may be used", counts.approved);
        gauge(
            "devices_pending",
            "Devices that wait for approval",
            counts.pending,
        );
        gauge("devices_reachable", "Devices connected to a relay", present);
        gauge("relays", "Relays that are enrolled", counts.relays);
        gauge("relays_listening", "Relays that listen now", listening);
        gauge(
            "sessions_open",
            "Sessions that are not over",
            counts.open_sessions,
        );
        gauge(
            "audit_records",
            "Records in the audit chain",
            counts.records,
        );
        let writable = u64::from(self.storage.state() != Storage::Full);
        gauge(
            "storage_writable",
            "Whether anything can be recorded",
            writable,
        );
        let room = self.storage.room();
        if room < u64::MAX {
            gauge("storage_free_bytes", "Room where the database lies", room);
        }
        let outputs = self.outputs.states();
        if !outputs.is_empty() {
            let works = outputs.iter().all(|state| state.works);
            let newest = self.core.store.newest_number().await?;
            let behind = outputs
                .iter()
                .map(|state| newest.saturating_sub(state.delivered));
            gauge(
                "audit_output_up",
                "Whether everything that sends the record out works",
                u64::from(works),
            );
            gauge(
                "audit_output_behind",
                "Records that were not taken yet by the slowest output",
                behind.max().unwrap_or(0),
            );
        }
        let metrics = &self.metrics;
        registry.register("sign_ins", "Sign-ins by result", metrics.sign_ins.clone());
        registry.register(
            "enrolments",
            "Enrolments by result",
            metrics.enrolments.clone(),
        );
        registry.register(
            "session_requests",
            "Session requests by result",
            metrics.sessions.clone(),
        );
        registry.register(
            "presences",
            "Presence proofs by result",
            metrics.presences.clone(),
        );
        registry.register(
            "connections",
            "TLS connections taken",
            metrics.connections.clone(),
        );
        metrics.latency.register(&mut registry);
        let mut text = String::new();
        // Writing to a string does not fail.
        encode(&mut text, &registry).unwrap_or_default();
        Ok(text)
    }
}
