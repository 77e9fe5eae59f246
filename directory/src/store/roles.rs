//! What is kept about roles and who holds them where. Whoever changes them was checked before;
//! what only the store can see in one look, it checks itself: that an organisation keeps an owner,
//! that names are taken once, that counts stay bounded.

use async_trait::async_trait;
use farpane_protocol::ids::OrgId;
use farpane_protocol::time::Timestamp;
use uuid::Uuid;

use super::StoreError;
use crate::audit::Entry;
use crate::model::access::{Assigned, Assignment, Role};

/// What came of a change to who may do what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is made and recorded.
    Made,
    /// It was so before.
    Was,
    /// What should change is not there.
    NotThere,
    /// Something else has that name.
    NameTaken,
    /// Assignments still rest on it.
    InUse,
    /// Nobody would be left who owns the organisation without an end.
    LastOwner,
    /// There are as many as may be.
    Full,
}

/// What is kept about roles and who holds them where.
#[async_trait]
pub trait Roles: Send + Sync {
    /// The organisation's own roles, in order of name.
    async fn roles(&self, org: OrgId) -> Result<Vec<Role>, StoreError>;
    /// Keeps a new role.
    async fn add_role(&self, role: &Role, entry: &Entry) -> Result<Change, StoreError>;
    /// Gives a role another name and other rights.
    async fn change_role(&self, role: &Role, entry: &Entry) -> Result<Change, StoreError>;
    /// Removes a role that nobody holds.
    async fn remove_role(&self, org: OrgId, id: Uuid, entry: &Entry) -> Result<Change, StoreError>;

    /// Every assignment, whether it counts now or not, in the order in which they were made.
    async fn assignments(&self, org: OrgId) -> Result<Vec<Assigned>, StoreError>;
    /// Keeps a new assignment; `Was` where one like it ([`Assignment::is_like`]) is kept already.
    async fn assign(&self, assignment: &Assignment, entry: &Entry) -> Result<Change, StoreError>;
    /// Takes an assignment away.
    async fn unassign(
        &self,
        org: OrgId,
        id: Uuid,
        now: Timestamp,
        entry: &Entry,
    ) -> Result<Change, StoreError>;
}
