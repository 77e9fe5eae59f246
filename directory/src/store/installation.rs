//! What is kept about facts about the installation, its organisation and its tenants.

use async_trait::async_trait;
use farpane_protocol::ids::OrgId;

use super::StoreError;
use crate::audit::Entry;
use crate::model::{Founding, Org, Tenant};

/// Numbers for the overview and for metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Devices of the catalogue: those that may be used, those that wait, those that are expected.
    pub devices: u64,
    /// Devices that may be used.
    pub approved: u64,
    /// Devices that wait for approval.
    pub pending: u64,
    /// Relays.
    pub relays: u64,
    /// Open sessions.
    pub open_sessions: u64,
    /// Records in the chain.
    pub records: u64,
}

impl Counts {
    /// Adds those of another organisation.
    pub fn add(&mut self, other: &Self) {
        self.devices += other.devices;
        self.approved += other.approved;
        self.pending += other.pending;
        self.relays += other.relays;
        self.open_sessions += other.open_sessions;
        self.records += other.records;
    }
}

/// Facts about this installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// The address that tickets carry.
    Url,
    /// When the server was last alive, in microseconds.
    AliveAt,
}

/// What is kept about facts about the installation, its organisation and its tenants.
#[async_trait]
pub trait Installation: Send + Sync {
    /// Answers if the database does.
    async fn ping(&self) -> Result<(), StoreError>;
    /// Reads a fact about this installation.
    async fn setting(&self, setting: Setting) -> Result<Option<String>, StoreError>;
    /// Writes one.
    async fn set(&self, setting: Setting, value: &str) -> Result<(), StoreError>;
    /// Makes the organisation, its tenant and its administrator. False if there is one.
    async fn found(&self, founding: &Founding, entry: &Entry) -> Result<bool, StoreError>;
    /// Makes one more organisation. False if its name or its administrator's address is taken.
    async fn found_another(&self, founding: &Founding, entry: &Entry) -> Result<bool, StoreError>;
    /// The first organisation of this installation, once founded.
    async fn org(&self) -> Result<Option<Org>, StoreError>;
    /// One organisation.
    async fn org_by_id(&self, id: OrgId) -> Result<Option<Org>, StoreError>;
    /// Every organisation, oldest first.
    async fn orgs(&self) -> Result<Vec<Org>, StoreError>;
    /// Gives an organisation another name. False if another one has it, or there is none.
    async fn rename_org(&self, org: OrgId, name: &str, entry: &Entry) -> Result<bool, StoreError>;
    /// The tenant that was made first: with the organisation, unless that one was removed.
    async fn first_tenant(&self, org: OrgId) -> Result<Option<Tenant>, StoreError>;
    /// Its tenants, in order of name.
    async fn tenants(&self, org: OrgId) -> Result<Vec<Tenant>, StoreError>;
    /// Numbers.
    async fn counts(&self, org: OrgId) -> Result<Counts, StoreError>;
}
