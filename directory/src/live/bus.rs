//! Live events between the parts of a server: what happened reaches every open event stream. In
//! one process here; several nodes would put an engine behind the same trait. Nothing depends on
//! it for being right: who misses something looks it up.

use std::fmt;
use std::sync::Arc;

use farpane_protocol::api::DeviceState;
use farpane_protocol::ids::{DeviceId, OrgId, RelayId};
use tokio::sync::broadcast;

use crate::model::happening::Happening;

/// Signals that a slow listener may fall behind before it is told to look everything up: a few
/// seconds of a busy directory.
const BEHIND: usize = 1024;

/// One live event.
#[derive(Clone, Debug)]
pub enum Signal {
    /// Something was recorded.
    Recorded(Arc<Happening>),
    /// Devices came or went. Kept nowhere: only the newest state counts.
    Presence {
        /// In which organisation.
        org: OrgId,
        /// Which, and how they are now.
        devices: Arc<[(DeviceId, DeviceState)]>,
    },
    /// A relay connected or went away. Kept nowhere either.
    Relay {
        /// In which organisation.
        org: OrgId,
        /// Which.
        relay: RelayId,
        /// Whether it is there now.
        connected: bool,
    },
}

/// Carries signals to everybody who listens.
pub trait Bus: fmt::Debug + Send + Sync {
    /// Tells everybody. Nobody listening is no failure.
    fn tell(&self, signal: Signal);
    /// Listens from now on.
    fn listen(&self) -> broadcast::Receiver<Signal>;
}

/// The bus of one process.
#[derive(Debug)]
pub struct LocalBus(broadcast::Sender<Signal>);

impl Default for LocalBus {
    fn default() -> Self {
        Self(broadcast::Sender::new(BEHIND))
    }
}

impl Bus for LocalBus {
    fn tell(&self, signal: Signal) {
        self.0.send(signal).ok();
    }

    fn listen(&self) -> broadcast::Receiver<Signal> {
        self.0.subscribe()
    }
}
