//! Erasing a removed person from beside the record: what a data-subject request asks for, with the
//! chains whole.

use farpane_protocol::ids::UserId;

use super::super::caller::Caller;
use super::super::{AppError, Denied};
use crate::audit::Event;
use crate::policy::rights::Action;
use crate::store::erasure::Erased;

impl Caller {
    /// Erases names, addresses and reasons beside every record that a removed person made or that
    /// is about them; how many records. What they did stays, under an id that says nothing.
    pub async fn erase_person(&self, account: UserId) -> Result<u64, AppError> {
        self.check_org(Action::ManagePeople)?;
        let entry = self
            .core
            .entry(self.actor(), Event::PersonErased { account });
        let (store, org) = (&self.core.store, self.core.org.id);
        match store.erase_personal(org, account, &entry).await? {
            Erased::Yes(records) => Ok(records),
            Erased::NotThere => Err(Denied::NotFound("person").into()),
            Erased::StillHere => Err(Denied::Conflict(
                "Remove this person first: what they do is still recorded with their name.",
            )
            .into()),
        }
    }
}
