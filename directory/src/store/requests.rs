//! What is kept about requests that wait for a second person, and for what one is wanted.

use async_trait::async_trait;
use farpane_protocol::ids::{DeviceId, OrgId, UserId};
use farpane_protocol::time::Timestamp;
use uuid::Uuid;

use super::StoreError;
use super::roles::Change;
use crate::audit::Entry;
use crate::model::access::Assignment;
use crate::model::request::{Act, Request};
use crate::policy::second_person::SecondPerson;

/// What an approval does in the same transaction.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Nothing: the one who asked does it, or does it not.
    Pass,
    /// It keeps an assignment, with its record.
    Assign(Box<Assignment>, Box<Entry>),
    /// It changes for what a second person is wanted, with its record.
    Rules(SecondPerson, Box<Entry>),
}

/// What is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Yes.
    Approved,
    /// No.
    Refused,
    /// The one who asked took it back.
    Withdrawn,
}

/// A decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What it is.
    pub verdict: Verdict,
    /// Whose; absent for the operator at the directory's machine.
    pub by: Option<UserId>,
    /// When it was made.
    pub at: Timestamp,
    /// What the one who asked is told.
    pub answer: String,
}

/// What ties one who decides to one who asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ties {
    /// Whether the one who decides has their account, or a way to sign in, from the one who asked,
    /// or from somebody who has theirs from them.
    pub credential: bool,
    /// What the one who decides holds by the hand of those.
    pub assignments: Vec<Uuid>,
}

/// What is kept about requests that wait for a second person.
#[async_trait]
pub trait Requests: Send + Sync {
    /// For what a second person is wanted.
    async fn second_person(&self, org: OrgId) -> Result<SecondPerson, StoreError>;
    /// Changes that.
    async fn set_second_person(
        &self,
        org: OrgId,
        rules: &SecondPerson,
        entry: &Entry,
    ) -> Result<(), StoreError>;
    /// Keeps a request. The same one, still open, is returned instead.
    async fn ask(&self, request: &Request, entry: &Entry) -> Result<(Change, Uuid), StoreError>;
    /// The newest requests, open or decided, newest first.
    async fn requests(&self, org: OrgId, limit: u32) -> Result<Vec<Request>, StoreError>;
    /// The requests that still wait at `now`.
    async fn open_requests(&self, org: OrgId, now: Timestamp) -> Result<Vec<Request>, StoreError>;
    /// One request.
    async fn request(&self, org: OrgId, id: Uuid) -> Result<Option<Request>, StoreError>;
    /// Decides an open request, and does what follows from it, or neither.
    async fn decide(
        &self,
        request: &Request,
        decision: &Decision,
        effect: &Effect,
        entry: &Entry,
    ) -> Result<Change, StoreError>;
    /// What ties one who decides to one who asked, by what happened since.
    async fn ties(
        &self,
        org: OrgId,
        asker: UserId,
        decider: UserId,
        since: Timestamp,
    ) -> Result<Ties, StoreError>;
    /// Uses an approval of exactly this act up, if there is one that still counts. An approval that
    /// lasts is only noted.
    async fn use_approval(
        &self,
        org: OrgId,
        account: UserId,
        act: &Act,
        now: Timestamp,
    ) -> Result<bool, StoreError>;
    /// How many devices other than this one the person opened since.
    async fn devices_opened(
        &self,
        account: UserId,
        but: DeviceId,
        since: Timestamp,
    ) -> Result<u64, StoreError>;
}
