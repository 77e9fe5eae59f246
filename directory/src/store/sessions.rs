//! What is kept about sessions from the grant to the end.

use async_trait::async_trait;
use farpane_protocol::api::HostFact;
use farpane_protocol::ids::{ChannelId, DeviceId, OrgId, SessionId, TenantId, UserId};
use farpane_protocol::key::PublicKey;
use farpane_protocol::latency::SessionLatency;
use farpane_protocol::outcome::EndReason;
use farpane_protocol::time::Timestamp;

use super::StoreError;
use crate::audit::Entry;
use crate::model::session::Session;

/// What came of opening a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opened {
    /// It is recorded and open.
    Yes,
    /// Another one on the device is open.
    Busy,
    /// The person has opened as many devices as one may.
    TooMany,
    /// The person was disabled meanwhile, or the viewer removed.
    NoLonger,
}

/// How many devices one person may open within a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DevicesMost {
    /// So many; the same one again is not another one.
    pub most: u64,
    /// Since then.
    pub since: Timestamp,
}

/// What came of a host's word about a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostHeard {
    /// The session changed and the word is recorded.
    Changed,
    /// It was said before.
    Repeated,
    /// The session was over; the word is recorded and the host is told again.
    TooLate,
    /// That device has no such session.
    NotFound,
}

/// A session that was ended here and whose host and relay have to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DueKill {
    /// Which.
    pub session: SessionId,
    /// Whose.
    pub org: OrgId,
    /// On which device.
    pub device: DeviceId,
    /// Its channel.
    pub channel: ChannelId,
    /// At which relay.
    pub relay: PublicKey,
    /// Since when it is over.
    pub ended: Timestamp,
}

/// Which sessions somebody looks for. Every field narrows it down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionsSought {
    /// Only open ones, or only those that are over.
    pub open: Option<bool>,
    /// With this device.
    pub device: Option<DeviceId>,
    /// Of this person.
    pub person: Option<UserId>,
    /// With devices of these customers.
    pub tenants: Option<Vec<TenantId>>,
}

/// What is kept about sessions from the grant to the end.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// Records and opens a session, unless another one on the device is open, or the person
    /// opened too many devices, where that is limited.
    async fn open_session(
        &self,
        session: &Session,
        limit: Option<DevicesMost>,
        entry: &Entry,
    ) -> Result<Opened, StoreError>;
    /// One session.
    async fn session(&self, org: OrgId, id: SessionId) -> Result<Option<Session>, StoreError>;
    /// The open session on each device that has one.
    async fn open_sessions(&self, org: OrgId) -> Result<Vec<Session>, StoreError>;
    /// The open session on one device.
    async fn open_session_of(&self, device: DeviceId) -> Result<Option<Session>, StoreError>;
    /// Sessions that fit, newest first, from below one that was granted then.
    async fn find_sessions(
        &self,
        org: OrgId,
        sought: &SessionsSought,
        below: Option<(Timestamp, SessionId)>,
        limit: u32,
    ) -> Result<Vec<Session>, StoreError>;
    /// The newest sessions, open or over, newest first.
    async fn recent_sessions(&self, org: OrgId, limit: u32) -> Result<Vec<Session>, StoreError>;
    /// Ends an open session and makes its kill due. False if it was over or is not there.
    async fn end_session(
        &self,
        org: OrgId,
        id: SessionId,
        reason: EndReason,
        now: Timestamp,
        entry: &Entry,
    ) -> Result<bool, StoreError>;
    /// Applies a host's word about a session of its device.
    async fn hear_host(
        &self,
        device: DeviceId,
        session: SessionId,
        fact: &HostFact,
        now: Timestamp,
        entry: &Entry,
    ) -> Result<HostHeard, StoreError>;
    /// Notes a lease for an open session of this device. False if there is none: no lease.
    async fn lease(
        &self,
        device: DeviceId,
        session: SessionId,
        now: Timestamp,
    ) -> Result<bool, StoreError>;
    /// Keeps how long a session's pictures took, in the place of what was told before. What is new
    /// in it; `None` if it is not what goes on from that. Nothing is decided by it, so nothing is
    /// recorded.
    async fn note_latency(
        &self,
        session: SessionId,
        told: &SessionLatency,
    ) -> Result<Option<SessionLatency>, StoreError>;
    /// Sessions whose hosts and relays have to be told that they are over.
    async fn due_kills(&self) -> Result<Vec<DueKill>, StoreError>;
    /// Notes that they were told, or that it is too late to matter.
    async fn kill_done(&self, session: SessionId) -> Result<(), StoreError>;
}
