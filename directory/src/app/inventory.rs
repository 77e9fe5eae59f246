//! What hosts report about their machines, and what people may read of it.

use farpane_protocol::api::inventory::Inventory;
use farpane_protocol::ids::DeviceId;

use super::caller::Caller;
use super::{App, AppError, Denied};
use crate::audit::{Actor, Event};
use crate::model::Device;
use crate::model::inventory::{Change, KeptInventory, harmless};
use crate::policy::rights::Action;
use crate::store::inventory::Reported;

/// Differences that are shown of one device.
const CHANGES_SHOWN: u32 = 200;

/// What is known about a device's machine.
#[derive(Clone, Debug)]
pub struct Machine {
    /// What it last reported, if it ever did.
    pub kept: Option<KeptInventory>,
    /// What changed, newest first.
    pub changes: Vec<Change>,
}

impl App {
    /// Takes in what a host says about its machine.
    pub async fn host_inventory(&self, device: &Device, report: Inventory) -> Result<(), AppError> {
        if let Some(machine) = report.machine
            && self.core.store.is_copy(device.id, machine).await?
        {
            return Err(Denied::Copied(device.name.clone()).into());
        }
        let report = harmless(report);
        let actor = Actor::Device { device: device.id };
        let event = Event::DevicePlaced { device: device.id };
        let claim = self.core.entry(actor, event).of(device.org);
        let claim = claim.about(device.tenant);
        let store = &self.core.store;
        match store.report(device.id, &report, self.now(), &claim).await? {
            Reported::New(_) | Reported::Same => Ok(()),
            Reported::TooMany => Err(Denied::ReportsUsedUp.into()),
            Reported::NoDevice => Err(Denied::KeyUnknown.into()),
        }
    }
}

impl Caller {
    /// What is known about the machine of a device, for somebody who may see that.
    pub async fn machine(&self, device: DeviceId) -> Result<Machine, AppError> {
        let (listed, tree) = self.listed(device).await?;
        self.check(Action::SeeInventory, &tree.path(listed.spot), "device")?;
        let org = self.core.org.id;
        Ok(Machine {
            kept: self.core.store.inventory(org, device).await?,
            changes: self
                .core
                .store
                .inventory_changes(org, device, CHANGES_SHOWN)
                .await?,
        })
    }
}
