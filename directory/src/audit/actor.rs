//! Who did something, and the names and addresses that belong to a record.

use farpane_protocol::ids::{DeviceId, RelayId, UserId, ViewerId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Who did something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Actor {
    /// A person in the console.
    Account {
        /// Who.
        account: UserId,
    },
    /// A program with a token that a person made for it.
    Token {
        /// Whose rights it has a part of.
        account: UserId,
        /// Which token.
        token: Uuid,
    },
    /// A person with a viewer.
    Viewer {
        /// Who.
        account: UserId,
        /// With which installation.
        viewer: ViewerId,
    },
    /// A host.
    Device {
        /// Which.
        device: DeviceId,
    },
    /// A relay.
    Relay {
        /// Which.
        relay: RelayId,
    },
    /// Whoever may run commands on the directory's machine.
    Operator,
    /// The directory by itself.
    Directory,
    /// Somebody who has not proved anything.
    Stranger,
}

impl Actor {
    /// The person, if it was one, by themselves or by a program of theirs.
    pub const fn person(&self) -> Option<UserId> {
        match self {
            Self::Account { account }
            | Self::Token { account, .. }
            | Self::Viewer { account, .. } => Some(*account),
            Self::Device { .. }
            | Self::Relay { .. }
            | Self::Operator
            | Self::Directory
            | Self::Stranger => None,
        }
    }
}

/// Names and addresses that belong to a record and stand beside its chain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Personal {
    /// E-mail address of the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The person's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// Name of the device, relay, viewer or customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it was called before, where it was renamed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub was: Option<String>,
    /// Name of the role, where one was given or taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Name of the place where that was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Names of the devices, where it is about several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<String>,
    /// From which address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Why, in the person's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Personal {
    /// Whether there is nothing personal to keep.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// With a name of a thing.
    pub fn named(name: &str) -> Self {
        Self {
            name: Some(name.to_owned()),
            ..Self::default()
        }
    }

    /// With the new name of a thing, and the one that it had.
    pub fn renamed(name: &str, was: &str) -> Self {
        Self {
            was: Some(was.to_owned()),
            ..Self::named(name)
        }
    }
}
