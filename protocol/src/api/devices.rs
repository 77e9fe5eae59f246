//! What a viewer asks for: devices to choose from, and a session with one of them.

use serde::{Deserialize, Serialize};

use super::relay::RelayPlace;
use crate::ids::{ChannelId, DeviceId, SessionId};
use crate::key::PublicKey;
use crate::scope::ScopeSet;
use crate::time::Timestamp;

/// How a device may be reached by the person who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// A person at the device will be asked.
    Ask,
    /// Nobody will be asked.
    Unattended,
    /// Not now; `why` says why.
    Impossible,
}

/// Whether a device is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeviceState {
    /// It is connected to a relay.
    Reachable,
    /// It was heard before and is not connected now.
    Away,
    /// It was never heard.
    Never,
    /// It waits for approval.
    Pending,
}

/// One device as the list shows it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct DeviceRow {
    /// Its id.
    pub id: DeviceId,
    /// Its name.
    pub name: String,
    /// Whose it is.
    pub tenant: String,
    /// Operating system, as the host says.
    pub os: String,
    /// Whether it is there.
    pub state: DeviceState,
    /// When it was last heard, if ever.
    pub last_heard: Option<Timestamp>,
    /// How it may be reached.
    pub access: Access,
    /// In words, where `access` is impossible.
    pub why: Option<String>,
}

/// A page of devices.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct DeviceList {
    /// In order of name.
    pub devices: Vec<DeviceRow>,
    /// How many match, all pages together.
    pub total: u64,
    /// Directory time.
    pub time: Timestamp,
}

/// A viewer asks for a session.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct SessionRequest {
    /// With which device.
    pub device: DeviceId,
    /// To do what.
    pub scopes: ScopeSet,
    /// What else, where the rules give it: these rights are left out rather than refused.
    #[serde(default)]
    pub also: ScopeSet,
    /// Why, in the person's words; may be empty.
    pub reason: String,
}

/// The directory says yes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct SessionGranted {
    /// The session.
    pub session: SessionId,
    /// A sealed grant, for the host.
    pub grant: String,
    /// The device's name.
    pub device_name: String,
    /// The key that the device must prove.
    pub device_key: PublicKey,
    /// Where to meet.
    pub relay: RelayPlace,
    /// A sealed relay ticket for the viewer's leg.
    pub relay_ticket: String,
    /// The channel.
    pub channel: ChannelId,
}
