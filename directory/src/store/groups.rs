//! What is kept about groups of people.

use async_trait::async_trait;
use farpane_protocol::ids::{OrgId, UserId};
use farpane_protocol::time::Timestamp;
use uuid::Uuid;

use super::StoreError;
use super::roles::Change;
use crate::audit::Entry;
use crate::model::Account;
use crate::model::access::Group;

/// What is kept about groups of people.
#[async_trait]
pub trait Groups: Send + Sync {
    /// Every group, in order of name.
    async fn groups(&self, org: OrgId) -> Result<Vec<Group>, StoreError>;
    /// Keeps a new group without members.
    async fn add_group(
        &self,
        group: &Group,
        now: Timestamp,
        entry: &Entry,
    ) -> Result<Change, StoreError>;
    /// Gives a group another name.
    async fn rename_group(
        &self,
        org: OrgId,
        id: Uuid,
        name: &str,
        entry: &Entry,
    ) -> Result<Change, StoreError>;
    /// Removes a group with everything that was assigned to it.
    async fn remove_group(
        &self,
        org: OrgId,
        id: Uuid,
        now: Timestamp,
        entry: &Entry,
    ) -> Result<Change, StoreError>;
    /// Who is in a group, in order of address.
    async fn members(&self, org: OrgId, group: Uuid) -> Result<Vec<Account>, StoreError>;
    /// In which groups a person is.
    async fn groups_of(&self, org: OrgId, account: UserId) -> Result<Vec<Group>, StoreError>;
    /// Puts a person into a group.
    async fn join_group(
        &self,
        org: OrgId,
        group: Uuid,
        account: UserId,
        entry: &Entry,
    ) -> Result<Change, StoreError>;
    /// Takes a person out of a group.
    async fn leave_group(
        &self,
        org: OrgId,
        group: Uuid,
        account: UserId,
        now: Timestamp,
        entry: &Entry,
    ) -> Result<Change, StoreError>;
}
