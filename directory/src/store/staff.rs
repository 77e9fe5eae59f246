//! What is kept about people, as those who manage them see and change it.

use async_trait::async_trait;
use farpane_protocol::ids::{OrgId, UserId, ViewerId};
use farpane_protocol::time::Timestamp;

use super::StoreError;
use super::roles::Change;
use crate::audit::Entry;
use crate::model::Account;
use crate::model::access::ViewerSeen;
use crate::password::Hashed;

/// What is recorded of a viewer that goes with something else. Which viewers there are is read in the
/// transaction that removes them.
pub type ViewerEntry<'a> = &'a (dyn Fn(&ViewerSeen) -> Entry + Send + Sync);

/// What is kept about people, as those who manage them see and change it.
#[async_trait]
pub trait Staff: Send + Sync {
    /// One person.
    async fn account(&self, org: OrgId, id: UserId) -> Result<Option<Account>, StoreError>;
    /// Keeps a new person who signs in with this password.
    async fn add_account(
        &self,
        account: &Account,
        password: &Hashed,
        now: Timestamp,
        entry: &Entry,
    ) -> Result<Change, StoreError>;
    /// Gives a person another name.
    async fn rename_account(
        &self,
        org: OrgId,
        id: UserId,
        name: &str,
        entry: &Entry,
    ) -> Result<Change, StoreError>;
    /// Disables a person: signed out everywhere.
    async fn disable_account(
        &self,
        org: OrgId,
        id: UserId,
        now: Timestamp,
        entry: &Entry,
    ) -> Result<Change, StoreError>;
    /// Removes a person: what is kept of them holds no name any more, and nothing of theirs works.
    async fn remove_account(
        &self,
        org: OrgId,
        id: UserId,
        now: Timestamp,
        entry: &Entry,
    ) -> Result<Change, StoreError>;
    /// A person's viewers that work, the newest sign-in first.
    async fn viewers_of(&self, org: OrgId, id: UserId) -> Result<Vec<ViewerSeen>, StoreError>;
    /// Removes a viewer: its key is worth nothing until somebody signs in with it again.
    async fn remove_viewer(
        &self,
        org: OrgId,
        account: UserId,
        id: ViewerId,
        now: Timestamp,
        entry: &Entry,
    ) -> Result<Change, StoreError>;
}
