//! What is kept about people and their viewers.

use async_trait::async_trait;
use farpane_protocol::ids::{OrgId, UserId, ViewerId};
use farpane_protocol::time::Timestamp;

use super::StoreError;
use crate::audit::Entry;
use crate::model::text::Email;
use crate::model::{Account, Viewer};
use crate::password::Hashed;

/// What came of enrolling a viewer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ViewerEnrolled {
    /// It is this person's viewer now.
    Yes(Viewer),
    /// The key belongs to another person, or to a device or relay.
    KeyTaken,
}

/// What is kept about people and their viewers.
#[async_trait]
pub trait People: Send + Sync {
    /// The account with that address, and its password.
    async fn account_by_email(
        &self,
        email: &Email,
    ) -> Result<Option<(Account, Hashed)>, StoreError>;
    /// Every account, in order of address.
    async fn accounts(&self, org: OrgId) -> Result<Vec<Account>, StoreError>;
    /// Disables or enables an account; disabling signs it out of the console. False if it was so.
    async fn set_disabled(
        &self,
        org: OrgId,
        account: UserId,
        disabled: Option<Timestamp>,
        entry: &Entry,
    ) -> Result<bool, StoreError>;
    /// Makes a key this person's viewer.
    async fn enroll_viewer(
        &self,
        viewer: &Viewer,
        now: Timestamp,
        entry: &Entry,
    ) -> Result<ViewerEnrolled, StoreError>;
    /// Viewer and account behind a viewer id, for tokens.
    async fn viewer(&self, id: ViewerId) -> Result<Option<(Viewer, Account)>, StoreError>;
}
