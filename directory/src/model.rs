//! What the directory knows, as types: organisations, tenants, accounts, devices, relays,
//! viewers, tickets, sessions. Pure data and pure rules; nothing here reads or writes.

pub mod access;
pub mod api_token;
pub mod browser;
pub mod bulk;
pub mod catalogue;
pub mod fact;
pub mod field;
pub mod happening;
pub mod history;
pub mod inventory;
pub mod place;
pub mod proof;
pub mod query;
pub mod request;
pub mod ring;
pub mod said;
pub mod session;
pub mod sheet;
pub mod text;
pub mod ticket;
pub mod version;
pub mod webhook;
pub mod when;

use farpane_protocol::api::Approval;
use farpane_protocol::enrolment::TicketKind;
use farpane_protocol::ids::{DeviceId, EpochNonce, OrgId, RelayId, TenantId, UserId, ViewerId};
use farpane_protocol::key::PublicKey;
use farpane_protocol::time::Timestamp;
use uuid::Uuid;

use crate::password::Hashed;
use crate::secret::SecretDigest;
use text::Email;
use ticket::{TicketState, TicketTerms};

/// A new id that sorts by the time it was made (UUID version 7).
pub fn new_uuid(now: Timestamp) -> Uuid {
    let random = farpane_certs::random::bytes::<10>();
    uuid::Builder::from_unix_timestamp_millis(now.0 / 1000, &random).into_uuid()
}

/// An organisation: owns people, rules and the audit chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Org {
    /// Its id.
    pub id: OrgId,
    /// Its name.
    pub name: String,
}

/// A customer of an organisation: owns devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// Whose customer it is.
    pub org: OrgId,
    /// Its name.
    pub name: String,
}

/// A person who may sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: UserId,
    /// Where it belongs.
    pub org: OrgId,
    /// What it signs in with.
    pub email: Email,
    /// The person's name.
    pub name: String,
    /// Since when it may do nothing, if so.
    pub disabled: Option<Timestamp>,
}

/// The first organisation, customer and administrator, made together by `init`.
#[derive(Clone, Debug)]
pub struct Founding {
    /// The organisation.
    pub org: Org,
    /// Its own tenant, for devices that belong to no customer.
    pub tenant: Tenant,
    /// Its administrator.
    pub admin: Account,
    /// The administrator's password.
    pub password: Hashed,
}

/// A viewer installation, enrolled under a person's account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// Its id.
    pub id: ViewerId,
    /// Where it belongs.
    pub org: OrgId,
    /// Whose it is.
    pub account: UserId,
    /// Its key.
    pub key: PublicKey,
    /// What it is called.
    pub name: String,
    /// Version of the viewer program.
    pub version: String,
    /// Whether the person showed a second factor when it was signed in.
    pub strong: bool,
}

/// A device in the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// Who manages it.
    pub org: OrgId,
    /// Whose it is.
    pub tenant: TenantId,
    /// The name of whose it is.
    pub tenant_name: String,
    /// Its key.
    pub key: PublicKey,
    /// Its name.
    pub name: String,
    /// Operating system, as the host says.
    pub os: String,
    /// Version of the host program.
    pub version: String,
    /// Whether its administrator allowed that the directory alone may open it.
    pub unattended: bool,
    /// Whether it may be used yet.
    pub approval: Approval,
    /// When it became known.
    pub created: Timestamp,
    /// When it was last heard, as the store knows it.
    pub last_heard: Option<Timestamp>,
}

/// A relay known to the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relay {
    /// Its id.
    pub id: RelayId,
    /// Whose it is.
    pub org: OrgId,
    /// Its name.
    pub name: String,
    /// Its key.
    pub key: PublicKey,
    /// Version of the relay program.
    pub version: String,
    /// When it was last heard, as the store knows it.
    pub last_heard: Option<Timestamp>,
}

/// Who is behind a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Agent {
    /// A device's host.
    Host(Device),
    /// A relay.
    Relay(Relay),
    /// A person's viewer.
    Viewer(Viewer, Account),
}

/// A ticket as the directory keeps it: everything but the secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketRecord {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub org: OrgId,
    /// Into which tenant it enrols; set for devices, absent for relays.
    pub tenant: Option<TenantId>,
    /// What it enrols.
    pub kind: TicketKind,
    /// SHA-256 of its secret.
    pub secret: SecretDigest,
    /// The relay's name, or empty.
    pub name: String,
    /// How often it works.
    pub allowed: u32,
    /// How often it worked.
    pub used: u32,
    /// Whether what it enrols may be used at once.
    pub approval: Approval,
    /// When it was made.
    pub created: Timestamp,
    /// Until when it works.
    pub expires: Timestamp,
    /// What it asks and gives beyond its uses.
    pub terms: TicketTerms,
    /// When it was taken back, if it was.
    pub revoked: Option<Timestamp>,
    /// Who made it; absent for the operator at the directory's machine.
    pub made_by: Option<UserId>,
    /// Whether whoever made it was disabled or removed since.
    pub orphaned: bool,
}

impl TicketRecord {
    /// Whether it still works.
    pub fn state(&self, now: Timestamp) -> TicketState {
        if self.revoked.is_some() {
            TicketState::Revoked
        } else if self.orphaned {
            TicketState::Orphaned
        } else if self.used >= self.allowed {
            TicketState::UsedUp
        } else if self.expires <= now {
            TicketState::Expired
        } else {
            TicketState::Works
        }
    }
}

/// A device's own word that it is at a relay, checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Which device.
    pub device: DeviceId,
    /// At which relay.
    pub relay: PublicKey,
    /// Rises with every connection of the device.
    pub counter: u64,
    /// The nonce of this run of the host.
    pub epoch: EpochNonce,
}

/// A page of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DevicePage {
    /// In order of name.
    pub devices: Vec<Device>,
    /// How many match, all pages together.
    pub total: u64,
}
