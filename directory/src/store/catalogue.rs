//! What is kept about devices and relays, and the tickets that make them known.

use async_trait::async_trait;
use farpane_protocol::ids::{DeviceId, OrgId, PlaceId, RelayId, TenantId};
use farpane_protocol::key::PublicKey;
use farpane_protocol::time::Timestamp;
use uuid::Uuid;

use super::StoreError;
use crate::audit::Entry;
use crate::model::ticket::Arrival;
use crate::model::{Agent, Device, DevicePage, Relay, TicketRecord};
use crate::secret::SecretDigest;

/// What came of using a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redeemed {
    /// One use of the ticket is gone and the thing is known.
    Yes,
    /// It enrols nothing.
    Refused(TicketRefusal),
}

/// Why a ticket enrols nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TicketRefusal {
    /// Nobody made it, or not for this kind of thing.
    Unknown,
    /// All its uses are gone.
    UsedUp,
    /// It is too old.
    Expired,
    /// Somebody took it back.
    Revoked,
    /// Whoever made it is gone, or may not make it any more.
    Orphaned,
    /// It works from other addresses only.
    WrongNetwork,
    /// The device whose key it replaces is gone, or stands elsewhere.
    NothingToReplace,
    /// The key belongs to something else already.
    KeyTaken,
}

/// Whole customers, and places with everything below them named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Within {
    /// The customers.
    pub tenants: Vec<TenantId>,
    /// The places.
    pub places: Vec<PlaceId>,
}

/// What is kept about devices and relays, and the tickets that make them known.
#[async_trait]
pub trait Catalogue: Send + Sync {
    /// Keeps a new ticket.
    async fn add_ticket(&self, ticket: &TicketRecord, entry: &Entry) -> Result<(), StoreError>;
    /// The ticket with that secret.
    async fn ticket(&self, secret: SecretDigest) -> Result<Option<TicketRecord>, StoreError>;
    /// Spends one use of a device ticket on this new device.
    async fn enroll_device(
        &self,
        ticket: Uuid,
        device: &Device,
        arrival: &Arrival,
        now: Timestamp,
        entry: &Entry,
    ) -> Result<Redeemed, StoreError>;
    /// Takes in what a known device says about itself when it enrols again.
    async fn refresh_device(&self, device: &Device, entry: &Entry) -> Result<(), StoreError>;
    /// Spends one use of a relay ticket on this relay. A relay of the same name gets the new key:
    /// whoever made the ticket for that name meant to replace it.
    async fn enroll_relay(
        &self,
        ticket: Uuid,
        relay: &Relay,
        now: Timestamp,
        entry: &Entry,
    ) -> Result<Redeemed, StoreError>;
    /// Who is behind a key.
    async fn agent(&self, key: &PublicKey) -> Result<Option<Agent>, StoreError>;
    /// One device.
    async fn device(&self, org: OrgId, id: DeviceId) -> Result<Option<Device>, StoreError>;
    /// Devices whose name, system or tenant contains `search` (in any case), in order of name;
    /// only those in `within`, if that says anything.
    async fn devices(
        &self,
        org: OrgId,
        search: &str,
        within: Option<&Within>,
        offset: u32,
        limit: u32,
    ) -> Result<DevicePage, StoreError>;
    /// Devices that wait for approval, oldest first, at most `limit`.
    async fn pending_devices(&self, org: OrgId, limit: u32) -> Result<Vec<Device>, StoreError>;
    /// Lets a device be used. False if it was approved or is not there.
    async fn approve_device(
        &self,
        org: OrgId,
        id: DeviceId,
        entry: &Entry,
    ) -> Result<bool, StoreError>;
    /// Gives a device another name. False if it is not there.
    async fn rename_device(
        &self,
        org: OrgId,
        id: DeviceId,
        name: &str,
        entry: &Entry,
    ) -> Result<bool, StoreError>;
    /// Removes a device and ends its open session. False if it is not there.
    async fn remove_device(
        &self,
        org: OrgId,
        id: DeviceId,
        now: Timestamp,
        entry: &Entry,
    ) -> Result<bool, StoreError>;
    /// Every relay, in order of name.
    async fn relays(&self, org: OrgId) -> Result<Vec<Relay>, StoreError>;
    /// Notes that a relay begins to listen, and its version.
    async fn note_relay(
        &self,
        relay: RelayId,
        version: &str,
        now: Timestamp,
    ) -> Result<(), StoreError>;
    /// Notes who listens now: these relays and no others do.
    async fn note_listening(&self, relays: &[RelayId], now: Timestamp) -> Result<(), StoreError>;
    /// The relays of an organisation that listened when the server last wrote that it is alive.
    async fn listening(&self, org: OrgId) -> Result<Vec<RelayId>, StoreError>;
}
