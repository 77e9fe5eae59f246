//! Carries what was recorded onto the bus, whoever recorded it: this server, or a command line
//! beside it.

use std::sync::Arc;
use std::time::Duration;

use farpane_protocol::api::DeviceState;
use farpane_protocol::ids::{DeviceId, OrgId, RelayId};
use tokio::time::MissedTickBehavior;

use super::App;
use crate::live::bus::{Bus as _, Signal};
use crate::model::happening::Happening;
use crate::store::StoreError;

/// Pause between two looks. What a person does shows in another's browser within it; one indexed
/// look costs some ten microseconds.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Records that are read at once.
const AT_ONCE: u32 = 500;

/// Carries until the server ends.
pub async fn run(app: Arc<App>) {
    let mut look = tokio::time::interval(LOOK_EVERY);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // What was before the start is in the store for those who ask for it.
    let mut told = None;
    loop {
        tokio::select! {
            () = app.shutdown.cancelled() => return,
            _ = look.tick() => {}
        }
        if let Err(error) = app.carry(&mut told).await {
            tracing::error!(%error, "could not read what happened");
        }
    }
}

impl App {
    /// Tells who may see them that devices came or went.
    pub(super) fn tell_presence(&self, org: OrgId, devices: &[DeviceId], state: DeviceState) {
        if devices.is_empty() {
            return;
        }
        let devices = devices.iter().map(|device| (*device, state)).collect();
        self.bus.tell(Signal::Presence { org, devices });
    }

    /// Tells who may see it that a relay connected or went away.
    pub(super) fn tell_relay(&self, org: OrgId, relay: RelayId, connected: bool) {
        self.bus.tell(Signal::Relay {
            org,
            relay,
            connected,
        });
    }

    /// Tells what was recorded since number `told`; the first time only notes the number.
    async fn carry(&self, told: &mut Option<u64>) -> Result<(), StoreError> {
        let Some(last) = told else {
            *told = Some(self.core.store.newest_number().await?);
            return Ok(());
        };
        let fresh = self.core.store.records_since(None, *last, AT_ONCE).await?;
        for kept in fresh {
            *last = kept.number;
            let happening = Arc::new(Happening::of(&kept));
            self.bus.tell(Signal::Recorded(happening));
        }
        Ok(())
    }
}
