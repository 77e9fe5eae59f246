//! For whom searches are timed: what somebody may see is part of every search, so the owner of all
//! and technicians of a small and of the largest customer are different measurements.

use anyhow::{Context as _, Result};
use farpane_directory::app::caller::Caller;
use farpane_directory::policy::rights::{Builtin, Held, Place, Rights};
use farpane_protocol::ids::TenantId;

/// Devices of a customer that is called small: half of all customers have fewer.
const SMALL: u64 = 100;

/// Somebody who searches.
pub(super) struct Viewer {
    pub(super) name: &'static str,
    /// Their only customer; none for the owner of all.
    tenant: Option<TenantId>,
    /// Whether they see too little for a deep page to be deep.
    pub(super) small: bool,
}

impl Viewer {
    /// The same use cases, with what this viewer may see.
    pub(super) fn of(&self, caller: &Caller) -> Caller {
        let mut caller = caller.clone();
        if let Some(tenant) = self.tenant {
            let mut held = Rights::everything().held;
            for held in &mut held {
                *held = Held {
                    role: Builtin::Technician.name().into(),
                    rights: Builtin::Technician.rights(),
                    place: Place::Tenant(tenant),
                    ..held.clone()
                };
            }
            caller.rights = Rights { held };
        }
        caller
    }
}

/// The owner, a technician of a small customer, and one of the largest.
pub(super) async fn viewers(caller: &Caller) -> Result<Vec<Viewer>> {
    let org = caller.core.org.id;
    let mut tallies = caller.core.store.tallies(org).await?;
    tallies.sort_by_key(|(tenant, tally)| (tally.devices, *tenant));
    let small = tallies.iter().find(|(_, tally)| tally.devices >= SMALL);
    let (small, _) = small.context("a small customer")?;
    let (largest, _) = tallies.last().context("a customer")?;
    Ok(vec![
        Viewer {
            name: "owner",
            tenant: None,
            small: false,
        },
        Viewer {
            name: "technician of a small customer",
            tenant: Some(*small),
            small: true,
        },
        Viewer {
            name: "technician of the largest customer",
            tenant: Some(*largest),
            small: false,
        },
    ])
}
