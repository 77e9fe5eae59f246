//! What is kept of the machines behind identities, and of the oldest versions that may take part.

use async_trait::async_trait;
use farpane_protocol::api::machine::MachinePrint;
use farpane_protocol::ids::{DeviceId, OrgId};
use farpane_protocol::time::Timestamp;

use super::StoreError;
use crate::audit::Entry;
use crate::model::Device;
use crate::policy::machine::{KnownMachine, SeenMachine};

/// A record of a second machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    /// The second machine's record.
    pub copy: DeviceId,
    /// Whose identity it used.
    pub of: DeviceId,
    /// Name of that device.
    pub of_name: String,
    /// When it was found.
    pub found: Timestamp,
}

/// The oldest versions that may take part; absent: any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MinimumVersions {
    /// Of the host program.
    pub host: Option<String>,
    /// Of the viewer program.
    pub viewer: Option<String>,
}

/// What is kept of the machines behind identities, and of the oldest versions that may take part.
#[async_trait]
pub trait Machines: Send + Sync {
    /// On which machines an identity was seen.
    async fn machines(&self, device: DeviceId) -> Result<Vec<KnownMachine>, StoreError>;
    /// Notes where an identity is; with an entry, that it moved there.
    async fn note_machine(
        &self,
        device: DeviceId,
        seen: &SeenMachine,
        now: Timestamp,
        moved: Option<&Entry>,
    ) -> Result<(), StoreError>;
    /// Keeps a record for a second machine that uses this device's identity. False if there is
    /// one already, or too many.
    async fn fork(
        &self,
        device: &Device,
        machine: MachinePrint,
        copy: (DeviceId, &str),
        now: Timestamp,
        entry: &Entry,
    ) -> Result<bool, StoreError>;
    /// Records of second machines that have not enrolled anew.
    async fn copies(&self, org: OrgId) -> Result<Vec<Copy>, StoreError>;
    /// Whether this machine was found to use the device's identity beside another one.
    async fn is_copy(&self, device: DeviceId, machine: MachinePrint) -> Result<bool, StoreError>;
    /// Notes the version that a host runs.
    async fn note_version(&self, device: DeviceId, version: &str) -> Result<(), StoreError>;
    /// The oldest versions that may take part.
    async fn minimum_versions(&self, org: OrgId) -> Result<MinimumVersions, StoreError>;
    /// Sets them.
    async fn set_minimum_versions(
        &self,
        org: OrgId,
        versions: &MinimumVersions,
        entry: &Entry,
    ) -> Result<(), StoreError>;
    /// Gives a device the key that its old one signed. False if the old one is not its key.
    async fn rotate_key(
        &self,
        device: DeviceId,
        old: &farpane_protocol::key::PublicKey,
        new: &farpane_protocol::key::PublicKey,
        entry: &Entry,
    ) -> Result<bool, StoreError>;
}
