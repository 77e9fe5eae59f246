//! What waits for a second person: exactly what will be done, who asked for it and why, and what
//! was decided.

use std::time::Duration;

use farpane_protocol::ids::{DeviceId, OrgId, TenantId, UserId};
use farpane_protocol::scope::ScopeSet;
use farpane_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::policy::second_person::SecondPerson;

/// How long a request waits to be decided.
pub const WAITS: Duration = Duration::from_secs(24 * 3600);

/// How long what was approved may be done, where the one who asked does it.
pub const PASS: Duration = Duration::from_secs(3600);

/// Most open requests of one person: enough for a day's work, too few to bury others in them.
pub const OPEN_MOST: u32 = 50;

/// Longest that a role may be asked for.
pub const ASK_MOST: Duration = Duration::from_secs(30 * 24 * 3600);

/// What is asked for. The text of it is what gets approved and what gets done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Act {
    /// Give somebody a role.
    GiveRole {
        /// To which person.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        person: Option<UserId>,
        /// To which group.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        group: Option<Uuid>,
        /// Name of a built-in role, or id of an own one.
        role: String,
        /// Where, as records name it.
        place: String,
        /// From when on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Timestamp>,
        /// Until when.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
        /// In which hours of the week.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hours: Option<String>,
    },
    /// Have a role oneself for some time, from when it is approved.
    HaveRole {
        /// Name of a built-in role, or id of an own one.
        role: String,
        /// Where, as records name it.
        place: String,
        /// For how many seconds.
        seconds: u64,
    },
    /// Remove the devices that were previewed.
    RemoveDevices {
        /// The preview.
        bulk: Uuid,
        /// How many.
        count: u64,
        /// SHA-256 over their ids.
        digest: String,
    },
    /// Put somebody into a group that holds power over the organisation.
    JoinGroup {
        /// Whom.
        person: UserId,
        /// Into which.
        group: Uuid,
    },
    /// Give a role that is held in the whole organisation more power.
    ChangeRole {
        /// Which.
        role: Uuid,
        /// Its name from then on.
        name: String,
        /// Whether it reaches devices.
        reach: bool,
        /// What it gives inside a session.
        scopes: ScopeSet,
        /// Whether it opens sessions where nobody is asked.
        unattended: bool,
        /// Names of the actions that it gives.
        actions: Vec<String>,
    },
    /// Move the devices that were previewed out of a customer whose devices are not opened unasked
    /// without a second person.
    MoveDevices {
        /// The preview.
        bulk: Uuid,
        /// How many.
        count: u64,
        /// SHA-256 over their ids.
        digest: String,
        /// To which customer.
        to: TenantId,
    },
    /// Open a session with a device where nobody is asked.
    OpenUnasked {
        /// Which.
        device: DeviceId,
    },
    /// Open more devices within an hour than one person may.
    OpenMore,
    /// Take the record out.
    ExportAudit,
    /// Ask a second person for less.
    Loosen {
        /// The new rules.
        rules: SecondPerson,
    },
}

impl Act {
    /// Its name in records.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::GiveRole { .. } => "give-role",
            Self::HaveRole { .. } => "have-role",
            Self::RemoveDevices { .. } => "remove-devices",
            Self::JoinGroup { .. } => "join-group",
            Self::ChangeRole { .. } => "change-role",
            Self::MoveDevices { .. } => "move-devices",
            Self::OpenUnasked { .. } => "open-unasked",
            Self::OpenMore => "open-more",
            Self::ExportAudit => "export-audit",
            Self::Loosen { .. } => "loosen-second-person",
        }
    }

    /// As it is kept.
    ///
    /// # Panics
    /// Only if a type of ours cannot be written as JSON, which is a bug.
    pub fn text(&self) -> String {
        serde_json::to_string(self).expect("acts serialise to JSON")
    }

    /// SHA-256 of it.
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.text().as_bytes()).into()
    }

    /// Whether an approval of it counts until it is over and not only once.
    pub const fn lasts(&self) -> bool {
        match self {
            Self::OpenMore => true,
            Self::GiveRole { .. }
            | Self::HaveRole { .. }
            | Self::RemoveDevices { .. }
            | Self::JoinGroup { .. }
            | Self::ChangeRole { .. }
            | Self::MoveDevices { .. }
            | Self::OpenUnasked { .. }
            | Self::ExportAudit
            | Self::Loosen { .. } => false,
        }
    }
}

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestState {
    /// It waits.
    Open,
    /// Somebody said yes.
    Approved {
        /// Who; absent for the operator at the directory's machine.
        by: Option<UserId>,
        /// When.
        at: Timestamp,
        /// When it was done, if it was.
        used: Option<Timestamp>,
    },
    /// Somebody said no.
    Refused {
        /// Who; absent for the operator at the directory's machine.
        by: Option<UserId>,
        /// When.
        at: Timestamp,
    },
    /// The one who asked took it back.
    Withdrawn {
        /// When.
        at: Timestamp,
    },
}

/// Something that waits for a second person, or waited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Its id.
    pub id: Uuid,
    /// In which organisation.
    pub org: OrgId,
    /// Who asked.
    pub asked_by: UserId,
    /// What that person is called.
    pub person: String,
    /// When.
    pub asked: Timestamp,
    /// Until when it waits.
    pub expires: Timestamp,
    /// Why, in their words.
    pub reason: String,
    /// For what.
    pub act: Act,
    /// Where it stands.
    pub state: RequestState,
    /// What the one who decided said to it; often nothing.
    pub answer: String,
}

impl Request {
    /// Whether it still waits at `now`.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.state == RequestState::Open && now < self.expires
    }

    /// Whether what it asked for may be done at `now` because of it.
    pub fn passes(&self, now: Timestamp) -> bool {
        match self.state {
            RequestState::Approved { at, used, .. } => {
                now < at.after(PASS) && (used.is_none() || self.act.lasts())
            }
            RequestState::Open | RequestState::Refused { .. } | RequestState::Withdrawn { .. } => {
                false
            }
        }
    }
}
