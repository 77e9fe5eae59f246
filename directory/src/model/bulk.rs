//! Acts on many devices at once: what can be done to them, and for how long it can be undone.

use std::time::Duration;

use farpane_protocol::ids::{PlaceId, TenantId, UserId};
use farpane_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::policy::rights::Action;

/// Most previews of one person that wait to be run; a further one pushes out the oldest. Pages that
/// were left open, not a way to have the database written full.
pub const PREVIEWS_MOST: u32 = 10;

/// Most devices of one act: it is one transaction, and others wait for it.
pub const BULK_MOST: u64 = 100_000;

/// How long what was previewed may be run: as long as a person looks at a page.
pub const PREVIEW_LIFE: Duration = Duration::from_secs(15 * 60);

/// How long an act can be undone. Removed devices are kept that long, and no longer.
pub const UNDO_WINDOW: Duration = Duration::from_secs(10 * 60);

/// Most tags of one device.
pub const TAGS_PER_DEVICE: i64 = 50;

/// Most tags of one organisation.
pub const TAGS_MOST: i64 = 5_000;

/// Names of devices that a preview shows.
pub const NAMES_SHOWN: i64 = 10;

/// What is done to each device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Act {
    /// Give it a tag.
    Tag {
        /// The tag.
        tag: String,
    },
    /// Take a tag off.
    Untag {
        /// The tag.
        tag: String,
    },
    /// Put it elsewhere.
    Move {
        /// To which customer.
        customer: TenantId,
        /// Into which site or group; at the customer itself if none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<PlaceId>,
    },
    /// Fill in, or empty, a custom field.
    SetField {
        /// Its key.
        field: String,
        /// The value; none empties it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<String>,
    },
    /// Let it in.
    Approve,
    /// Remove it.
    Remove,
}

impl Act {
    /// Its name in records.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Tag { .. } => "tag",
            Self::Untag { .. } => "untag",
            Self::Move { .. } => "move",
            Self::SetField { .. } => "set-field",
            Self::Approve => "approve",
            Self::Remove => "remove",
        }
    }

    /// What has to be allowed where each device stands.
    pub const fn needs(&self) -> Action {
        match self {
            Self::Tag { .. } | Self::Untag { .. } | Self::Move { .. } | Self::SetField { .. } => {
                Action::EditDevices
            }
            Self::Approve => Action::ApproveDevices,
            Self::Remove => Action::RemoveDevices,
        }
    }
}

/// An act on the devices that were chosen for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bulk {
    /// Its id; whoever previewed it runs and undoes it by this.
    pub id: Uuid,
    /// Who previewed it; none for the operator.
    pub account: Option<UserId>,
    /// What it does.
    pub act: Act,
    /// When it was previewed.
    pub made: Timestamp,
    /// When it ran.
    pub ran: Option<Timestamp>,
    /// When it was undone.
    pub undone: Option<Timestamp>,
    /// How many devices were chosen.
    pub count: u64,
    /// SHA-256 over their ids, sorted.
    pub digest: [u8; 32],
}

impl Bulk {
    /// Until when it can be undone, if it can be now.
    pub fn undo_until(&self, now: Timestamp) -> Option<Timestamp> {
        let until = self.ran?.after(UNDO_WINDOW);
        (self.undone.is_none() && now < until).then_some(until)
    }
}
