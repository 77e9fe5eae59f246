//! Which chain a record belongs to: an organisation's, for its own acts, or a tenant's, for what
//! is about its devices.

use std::fmt;

use farpane_protocol::ids::{OrgId, TenantId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Head, Record};

/// Names a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChainId {
    /// An organisation's own acts.
    Org(OrgId),
    /// What is about a tenant's devices.
    Tenant(TenantId),
}

impl ChainId {
    /// The chain of what is about this tenant, or about the organisation itself.
    pub fn of(org: OrgId, tenant: Option<TenantId>) -> Self {
        tenant.map_or(Self::Org(org), Self::Tenant)
    }

    /// The id of the organisation or tenant.
    pub fn uuid(self) -> Uuid {
        match self {
            Self::Org(org) => org.0,
            Self::Tenant(tenant) => tenant.0,
        }
    }
}

impl fmt::Display for ChainId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Org(org) => write!(f, "organisation {}", org.0),
            Self::Tenant(tenant) => write!(f, "customer {}", tenant.0),
        }
    }
}

/// A chain and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chain {
    /// Which.
    pub id: ChainId,
    /// Whose.
    pub org: OrgId,
    /// Where it was left.
    pub head: Head,
}

/// A record with its place among those of all chains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Rises in the order of commit, over all chains.
    pub number: u64,
    /// In which organisation.
    pub org: OrgId,
    /// In which chain.
    pub chain: ChainId,
    /// The record.
    pub record: Record,
}
