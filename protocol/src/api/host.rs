//! What a host asks of the directory while it runs, and what it tells.

use serde::{Deserialize, Serialize};

use super::enrol::Approval;
use super::relay::RelayPlace;
use crate::ids::{GrantId, SessionId};
use crate::key::PublicKey;
use crate::outcome::EndReason;
use crate::scope::ScopeSet;
use crate::time::Timestamp;

/// A relay that a host may attach to, and the ticket for it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RelayOffer {
    /// Where.
    pub place: RelayPlace,
    /// A sealed relay ticket with leave to be present.
    pub ticket: String,
}

/// What a host needs to run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HostConfig {
    /// Whether the device may be used yet.
    pub approval: Approval,
    /// Relays in order of preference; none while no relay is running.
    pub relays: Vec<RelayOffer>,
    /// Keys whose word counts.
    pub directory_keys: Vec<PublicKey>,
    /// Directory time.
    pub time: Timestamp,
    /// What was taken back since the policy epoch that the host named, as a signed
    /// [`Changes`](crate::revocation::Changes); absent if there is nothing.
    #[serde(default)]
    pub changes: Option<String>,
    /// The directory forgot what happened after this policy epoch: tell it.
    #[serde(default)]
    pub tell_since: Option<u64>,
    /// How the directory's keys followed each other, as signed
    /// [`Succession`](crate::succession::Succession)s: to be shown to a directory that forgot.
    #[serde(default)]
    pub successions: Vec<String>,
}

/// A host asks to keep a session running.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LeaseRequest {
    /// Which.
    pub session: SessionId,
}

/// Leave to keep it running.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LeaseAnswer {
    /// A sealed lease.
    pub lease: String,
}

/// Something happened at a host that belongs into the audit.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HostEvent {
    /// In which session; absent when a stranger was refused before one was named.
    pub session: Option<SessionId>,
    /// By which grant, where one was read.
    pub grant: Option<GrantId>,
    /// What.
    pub what: HostFact,
}

/// What happened at a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum HostFact {
    /// A person is being asked.
    Asked,
    /// The session is live.
    Started {
        /// What was granted in the end.
        scopes: ScopeSet,
        /// Whether a person agreed (or nobody had to be asked).
        by_person: bool,
    },
    /// It was refused before it was live.
    Refused {
        /// [`EndReason::word`].
        reason: String,
    },
    /// It is over.
    Ended {
        /// [`EndReason::word`].
        reason: String,
    },
}

impl HostFact {
    /// The fact that a session ended (or never began) for this reason.
    pub fn over(was_live: bool, reason: EndReason) -> Self {
        let reason = reason.word().to_owned();
        if was_live {
            Self::Ended { reason }
        } else {
            Self::Refused { reason }
        }
    }
}
