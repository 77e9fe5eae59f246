//! The audit record as people and programs look through it: what they may read, newest first.

use super::caller::Caller;
use super::{AppError, Denied};
use crate::audit::{ChainId, Kept};
use crate::policy::rights::{Action, Visible};
use crate::store::records::Sought;

impl Caller {
    /// Records that fit and that the caller may read, newest first, from below a number.
    pub async fn records(
        &self,
        mut sought: Sought,
        below: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Kept>, AppError> {
        let org = self.core.org.id;
        sought.org = Some(org);
        if let Visible::Below { tenants, .. } = self.rights.visible(Action::SeeAudit) {
            // A chain is a whole customer's; who holds a site of one reads none.
            if tenants.is_empty() {
                return Err(Denied::Forbidden(Action::SeeAudit).into());
            }
            let mine = tenants
                .into_iter()
                .map(|tenant| ChainId::of(org, Some(tenant)));
            let wanted = sought.chains.take();
            let chains = mine.filter(|chain| {
                let wanted = wanted.as_ref();
                wanted.is_none_or(|wanted| wanted.contains(chain))
            });
            sought.chains = Some(chains.collect());
        }
        Ok(self.core.store.find_records(&sought, below, limit).await?)
    }

    /// Whether the caller reads the whole record of the organisation.
    pub fn reads_every_chain(&self) -> bool {
        self.rights.visible(Action::SeeAudit) == Visible::All
    }
}
