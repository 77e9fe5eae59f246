//! The use cases: what agents, viewers, people in the console and operators on the command line
//! can make the directory do. Each reads facts, lets the pure layers decide, and writes.

pub mod access;
pub mod administer;
pub mod authenticate;
pub mod bulk;
mod bulk_leave;
pub mod caller;
pub mod confirm;
pub mod csv;
pub mod denied;
pub mod device_code;
pub mod devices;
pub mod dispatch;
pub mod enroll;
pub mod epochs;
pub mod export;
pub mod factors;
pub mod find;
pub mod grant_keys;
pub mod happenings;
pub mod hearing;
pub mod host;
pub mod inventory;
pub mod keeper;
pub mod labels;
pub mod limits;
pub mod machines;
pub mod metrics;
pub mod organisation;
pub mod outputs;
pub mod overview;
pub mod passwords;
pub mod places;
pub mod proofs;
pub mod record;
pub mod record_list;
pub mod relay_list;
pub mod relays;
pub mod second;
mod session_latency;
pub mod session_list;
pub mod sessions;
pub mod sign_in;
pub mod storage;
mod ticket_maker;
pub mod tickets;
pub mod web;
pub mod web_sessions;
pub mod webhooks;
pub mod whereabouts;

use std::net::IpAddr;
use std::sync::Arc;

use farpane_protocol::ids::{OrgId, TenantId};
use farpane_protocol::key::{Fingerprint, PublicKey, SecretKey};
use farpane_protocol::time::Timestamp;
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

pub use denied::{AppError, Denied};

use crate::audit::{Actor, Entry, Event, Personal};
use crate::clock::Clock;
use crate::config::DirectoryUrl;
use crate::live::board::Board;
use crate::live::bus::LocalBus;
use crate::live::pages::Pages;
use crate::live::signing::Signing;
use crate::live::stamps::Stamps;
use crate::live::storage::StorageWatch;
use crate::live::streams::Streams;
use crate::live::tokens::Tokens;
use crate::model::Org;
use crate::passkey::Passkeys;
use crate::password::Hashed;
use crate::store::Store;
use crate::vault::Vault;

/// What every use case needs, on the command line as in the server.
#[derive(Clone)]
pub struct Core {
    /// What is kept.
    pub store: Arc<dyn Store>,
    /// Directory time.
    pub clock: Clock,
    /// The organisation of this installation.
    pub org: Org,
}

impl Core {
    /// An audit entry of now.
    pub fn entry(&self, actor: Actor, event: Event) -> Entry {
        Entry {
            org: self.org.id,
            tenant: None,
            at: self.clock.now(),
            actor,
            event,
            personal: Personal::default(),
        }
    }
}

impl Entry {
    /// In the chain of this organisation, whoever's use case it is.
    #[must_use]
    pub fn of(self, org: OrgId) -> Self {
        Self { org, ..self }
    }

    /// About a tenant's device.
    #[must_use]
    pub fn about(self, tenant: TenantId) -> Self {
        Self {
            tenant: Some(tenant),
            ..self
        }
    }

    /// With names and addresses.
    #[must_use]
    pub fn with(self, personal: Personal) -> Self {
        Self { personal, ..self }
    }
}

/// Who the directory is, to agents.
#[derive(Clone, Debug)]
pub struct Identity {
    /// SHA-256 of its identity key.
    pub fingerprint: Fingerprint,
    /// The key that grants, relay tickets, envelopes and leases are signed with, where it was
    /// never changed.
    pub grant_key: SecretKey,
    /// The key that checkpoints and exports of the audit record are signed with.
    pub audit_key: SecretKey,
    /// Where agents reach it.
    pub url: DirectoryUrl,
    /// Seals what must be kept and read again.
    pub vault: Vault,
}

/// The running server.
pub struct App {
    /// What every use case needs.
    pub core: Core,
    /// Who the directory is.
    pub identity: Identity,
    /// The keys to sign with.
    pub signing: Signing,
    /// Challenges that agents sign.
    pub challenges: Stamps<PublicKey>,
    /// Working tokens.
    pub tokens: Tokens,
    /// Relays that listen, devices that are present.
    pub board: Board,
    /// Live events.
    pub bus: LocalBus,
    /// Open event streams.
    pub streams: Streams,
    /// Who tried too often.
    pub limits: limits::Limits,
    /// Where pages begin that are asked for by number.
    pub pages: Pages,
    /// People who are just proving who they are.
    pub proofs: proofs::Proofs,
    /// Whether anything can be recorded.
    pub storage: StorageWatch,
    /// How what sends the record out is.
    pub outputs: outputs::Outputs,
    /// Counters.
    pub metrics: metrics::Metrics,
    /// Ends everything that runs for the server.
    pub shutdown: CancellationToken,
    /// One at a time: changes that rest on what somebody looked at before.
    pub turns: Semaphore,
    hashing: Semaphore,
    decoy: Hashed,
    invites: mpsc::Sender<dispatch::Invite>,
    wake: Notify,
}

/// What belongs to a server beside its shared state: the queue that its dispatcher reads.
pub struct Backstage {
    invites: mpsc::Receiver<dispatch::Invite>,
}

/// Passwords that are hashed at once: each takes 19 MiB and a core for tens of milliseconds.
const HASHING_AT_ONCE: usize = 4;

impl App {
    /// A server on this store. [`keeper::run`], [`dispatch::run`] and [`happenings::run`] have to run beside it.
    pub fn new(
        core: Core,
        identity: Identity,
    ) -> Result<(Arc<Self>, Backstage), crate::password::BadPassword> {
        let (invites, queue) = mpsc::channel(dispatch::QUEUE);
        let passkeys = Passkeys::at(&identity.url, &core.org.name);
        let app = Self {
            proofs: proofs::Proofs::new(identity.vault.clone(), passkeys),
            core,
            signing: Signing::of(identity.grant_key.clone()),
            identity,
            challenges: Stamps::new(authenticate::CHALLENGE_LIVES),
            tokens: Tokens::default(),
            board: Board::default(),
            bus: LocalBus::default(),
            streams: Streams::default(),
            limits: limits::Limits::default(),
            pages: Pages::default(),
            storage: StorageWatch::default(),
            outputs: outputs::Outputs::default(),
            metrics: metrics::Metrics::default(),
            shutdown: CancellationToken::new(),
            turns: Semaphore::new(1),
            hashing: Semaphore::new(HASHING_AT_ONCE),
            decoy: Hashed::decoy()?,
            invites,
            wake: Notify::new(),
        };
        Ok((Arc::new(app), Backstage { invites: queue }))
    }

    /// The use cases in another organisation of this installation.
    pub async fn in_org(&self, org: OrgId) -> Result<Core, AppError> {
        let org = self.core.store.org_by_id(org).await?;
        Ok(Core {
            org: org.ok_or(Denied::NotFound("organisation"))?,
            ..self.core.clone()
        })
    }

    /// Directory time.
    pub fn now(&self) -> Timestamp {
        self.core.clock.now()
    }

    /// Keys whose word counts with hosts and relays.
    pub fn directory_keys(&self) -> Vec<PublicKey> {
        self.signing.counting(self.now())
    }
}

/// Where a request came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin(pub IpAddr);

impl Origin {
    /// The address, for a record.
    fn personal(self) -> Personal {
        Personal {
            address: Some(self.0.to_string()),
            ..Personal::default()
        }
    }
}
