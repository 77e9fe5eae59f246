//! How a device and a relay become known, and what they are told.

use serde::{Deserialize, Serialize};

use super::machine;
use crate::ids::{DeviceId, RelayId};
use crate::key::PublicKey;
use crate::time::Timestamp;

/// A device asks to become known.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EnrollDevice {
    /// Secret of the ticket.
    pub secret: String,
    /// The device's key.
    pub key: PublicKey,
    /// A sealed [`Proof`](super::Proof) by that key.
    pub proof: String,
    /// What to call it.
    pub name: String,
    /// Operating system, as the host says.
    pub os: String,
    /// Version of the host program.
    pub version: String,
    /// Whether its administrator allowed unattended access by hand.
    pub unattended: bool,
    /// Which machine it is.
    #[serde(default)]
    pub machine: Option<machine::MachinePrint>,
}

/// Whether a device may be used yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Approval {
    /// It may.
    Approved,
    /// An administrator has to approve it in the console first.
    Pending,
}

/// A device became known.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DeviceEnrolled {
    /// Its id in the catalogue.
    pub device: DeviceId,
    /// Its name in the catalogue.
    pub name: String,
    /// Whether it may be used yet.
    pub approval: Approval,
    /// Who manages it.
    pub org_name: String,
    /// Whose it is.
    pub tenant_name: String,
    /// Keys whose grants, envelopes and leases count.
    pub directory_keys: Vec<PublicKey>,
    /// Directory time.
    pub time: Timestamp,
}

/// A relay asks to become known.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EnrollRelay {
    /// Secret of the ticket.
    pub secret: String,
    /// The relay's key.
    pub key: PublicKey,
    /// A sealed [`Proof`](super::Proof) by that key.
    pub proof: String,
    /// Version of the relay program.
    pub version: String,
}

/// A relay became known.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RelayEnrolled {
    /// Its id.
    pub relay: RelayId,
    /// Its name, from the ticket.
    pub name: String,
    /// Keys whose relay tickets count.
    pub directory_keys: Vec<PublicKey>,
    /// Directory time.
    pub time: Timestamp,
}
