//! What is kept of tickets once they are made, and of how devices came in.

use async_trait::async_trait;
use farpane_protocol::ids::{DeviceId, OrgId, PlaceId};
use farpane_protocol::time::Timestamp;
use uuid::Uuid;

use super::StoreError;
use crate::audit::Entry;
use crate::model::ticket::{Arrival, Enrolment};
use crate::model::{Device, TicketRecord};
use crate::store::catalogue::Redeemed;

/// A device that waits for approval, with what helps to decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The device.
    pub device: Device,
    /// The site or group that it stands in.
    pub place: Option<PlaceId>,
    /// How it came in; absent for devices of an earlier version of the program.
    pub enrolment: Option<Enrolment>,
    /// What its ticket was for.
    pub note: String,
    /// Other devices of the same customer with the same name.
    pub same_name: u32,
}

/// What is kept of tickets once they are made, and of how devices came in.
#[async_trait]
pub trait Enrolments: Send + Sync {
    /// Tickets, newest first, at most `limit`.
    async fn tickets(&self, org: OrgId, limit: u32) -> Result<Vec<TicketRecord>, StoreError>;
    /// One ticket.
    async fn ticket_by_id(&self, org: OrgId, id: Uuid) -> Result<Option<TicketRecord>, StoreError>;
    /// Takes a ticket back. False if that was done or it is not there.
    async fn revoke_ticket(
        &self,
        org: OrgId,
        id: Uuid,
        now: Timestamp,
        entry: &Entry,
    ) -> Result<bool, StoreError>;
    /// Spends one use of a ticket on giving a known device another key. Its open session ends.
    async fn replace_device(
        &self,
        ticket: Uuid,
        device: &Device,
        arrival: &Arrival,
        now: Timestamp,
        entry: &Entry,
    ) -> Result<Redeemed, StoreError>;
    /// How a device came in.
    async fn enrolment(&self, device: DeviceId) -> Result<Option<Enrolment>, StoreError>;
    /// Devices that wait for approval, oldest first, at most `limit`.
    async fn waiting(&self, org: OrgId, limit: u32) -> Result<Vec<Waiting>, StoreError>;
}
