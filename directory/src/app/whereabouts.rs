//! Where things stand in the tree of places, which decides who may see them.

use farpane_protocol::ids::{DeviceId, TenantId};

use super::{AppError, Core};
use crate::policy::rights::Path;

impl Core {
    /// Where a device stands, or stood when it was last known: a device that is gone counts as
    /// standing at its customer.
    pub async fn device_path(&self, device: DeviceId, tenant: TenantId) -> Result<Path, AppError> {
        let known = self.store.listed(self.org.id, device).await?;
        let Some(known) = known else {
            return Ok(Path::tenant(tenant));
        };
        Ok(self.store.tree(self.org.id).await?.path(known.spot))
    }
}
