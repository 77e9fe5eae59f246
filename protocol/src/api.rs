//! What agents and viewers say to the directory over HTTPS, and what it answers: JSON bodies.
//!
//! Agents (hosts, relays, viewers) prove their key once (`challenge`, then `token`) and then carry
//! a short-lived bearer token. Names and addresses in these bodies come from other machines and
//! are checked where they enter.

pub mod inventory;
pub mod machine;

use serde::{Deserialize, Serialize};

use crate::ids::{ChannelId, DeviceId, GrantId, RelayId, SessionId, ViewerId};
use crate::key::{Fingerprint, PublicKey};
use crate::outcome::EndReason;
use crate::scope::ScopeSet;
use crate::time::Timestamp;

/// Name that agents ask for in TLS: the certificate under the directory's identity key carries
/// it, whatever the operator's own name is.
pub const DIRECTORY_SERVER_NAME: &str = "directory.farpane.internal";

/// Paths of the agent interface.
pub mod path {
    /// POST [`super::ChallengeRequest`] → [`super::Challenge`].
    pub const CHALLENGE: &str = "/agent/v1/challenge";
    /// POST [`super::TokenRequest`] → [`super::Token`].
    pub const TOKEN: &str = "/agent/v1/token";
    /// POST [`super::EnrollDevice`] → [`super::DeviceEnrolled`].
    pub const ENROLL_DEVICE: &str = "/agent/v1/enroll/device";
    /// POST [`super::EnrollRelay`] → [`super::RelayEnrolled`].
    pub const ENROLL_RELAY: &str = "/agent/v1/enroll/relay";
    /// GET `?unattended=0|1&epoch=N&machine=…&boot=…&version=…` → [`super::HostConfig`] (host
    /// token). The first parameter says whether the device's own rules allow unattended access
    /// now; the directory keeps and records a change. The second is the highest policy epoch that
    /// the host has seen. `machine` is a [`super::machine::MachinePrint`] and `boot` a name of
    /// this start of the system, by which a copied identity is noticed.
    pub const HOST_CONFIG: &str = "/agent/v1/host/config";
    /// POST [`super::LeaseRequest`] → [`super::LeaseAnswer`] (host token).
    pub const HOST_LEASE: &str = "/agent/v1/host/lease";
    /// POST [`super::HostEvent`] → empty (host token).
    pub const HOST_EVENT: &str = "/agent/v1/host/event";
    /// POST [`HostMemory`](crate::revocation::HostMemory) → empty (host token).
    pub const HOST_MEMORY: &str = "/agent/v1/host/memory";
    /// POST [`super::RotateKey`] → empty (host token).
    pub const HOST_KEY: &str = "/agent/v1/host/key";
    /// POST [`super::inventory::Inventory`] → empty (host token).
    pub const HOST_INVENTORY: &str = "/agent/v1/host/inventory";
    /// POST [`super::RelayHello`] → lines of [`super::RelayOrder`], for as long as the relay
    /// listens (relay token).
    pub const RELAY_STREAM: &str = "/agent/v1/relay/stream";
    /// POST [`super::RelayReport`] → empty (relay token).
    pub const RELAY_REPORT: &str = "/agent/v1/relay/report";
    /// POST [`super::SignIn`] → [`super::SignedIn`].
    pub const SIGN_IN: &str = "/api/v1/viewers";
    /// POST [`super::DeviceCodeRequest`] → [`super::DeviceCode`].
    pub const DEVICE_CODE: &str = "/api/v1/viewers/device-code";
    /// POST [`super::DeviceCodePoll`] → [`super::DeviceCodeAnswer`].
    pub const DEVICE_CODE_POLL: &str = "/api/v1/viewers/device-code/answer";
    /// GET `?q=…` → [`super::DeviceList`] (viewer token).
    pub const DEVICES: &str = "/api/v1/devices";
    /// POST [`super::SessionRequest`] → [`super::SessionGranted`]; DELETE `/{id}` (viewer token).
    pub const SESSIONS: &str = "/api/v1/sessions";
}

/// An agent asks for something to sign.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ChallengeRequest {
    /// The key that it will prove.
    pub key: PublicKey,
}

/// Something to sign, once, within a minute.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Challenge {
    /// Goes into [`Proof`].
    pub challenge: String,
    /// Directory time.
    pub time: Timestamp,
}

/// What an agent signs (purpose `Proof`) to prove its key to this directory and no other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// From [`Challenge`].
    pub challenge: String,
    /// The identity that the agent pinned, so that the proof is worth nothing elsewhere.
    pub directory: Fingerprint,
}

/// An agent proves its key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TokenRequest {
    /// Which key.
    pub key: PublicKey,
    /// A sealed [`Proof`].
    pub proof: String,
    /// Version of the program; empty from those that did not say yet.
    #[serde(default)]
    pub version: String,
}

/// A device names its new key; both keys have signed the change.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RotateKey {
    /// The new key.
    pub key: PublicKey,
    /// A [`machine::KeyChange`], sealed by the old key.
    pub by_old: String,
    /// The same, sealed by the new key.
    pub by_new: String,
}

/// Leave to use the agent interface for a while.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Token {
    /// Goes into `Authorization: Bearer …`.
    pub token: String,
    /// How long it works, in seconds.
    pub seconds: u32,
    /// Directory time.
    pub time: Timestamp,
}

/// A device asks to become known.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EnrollDevice {
    /// Secret of the ticket.
    pub secret: String,
    /// The device's key.
    pub key: PublicKey,
    /// A sealed [`Proof`] by that key.
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
    /// A sealed [`Proof`] by that key.
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

/// Where a relay is and how it proves itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct RelayPlace {
    /// Its name, for people.
    pub name: String,
    /// The key that it must prove.
    pub key: PublicKey,
    /// `address:port` (UDP).
    pub address: String,
}

/// A relay that a host may attach to, and the ticket for it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RelayOffer {
    /// Where.
    pub place: RelayPlace,
    /// A sealed relay ticket with leave to be present.
    pub ticket: String,
}

/// What a host needs to run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HostConfig {
    /// Whether the device may be used yet.
    pub approval: Approval,
    /// Relays in order of preference; none while no relay is running.
    pub relays: Vec<RelayOffer>,
    /// Keys whose word counts.
    pub directory_keys: Vec<PublicKey>,
    /// Directory time.
    pub time: Timestamp,
    /// What was taken back since the policy epoch that the host named, as a signed
    /// [`Changes`](crate::revocation::Changes); absent if there is nothing.
    #[serde(default)]
    pub changes: Option<String>,
    /// The directory forgot what happened after this policy epoch: tell it.
    #[serde(default)]
    pub tell_since: Option<u64>,
}

/// A host asks to keep a session running.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LeaseRequest {
    /// Which.
    pub session: SessionId,
}

/// Leave to keep it running.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LeaseAnswer {
    /// A sealed lease.
    pub lease: String,
}

/// Something happened at a host that belongs into the audit.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HostEvent {
    /// In which session; absent when a stranger was refused before one was named.
    pub session: Option<SessionId>,
    /// By which grant, where one was read.
    pub grant: Option<GrantId>,
    /// What.
    pub what: HostFact,
}

/// What happened at a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum HostFact {
    /// A person is being asked.
    Asked,
    /// The session is live.
    Started {
        /// What was granted in the end.
        scopes: ScopeSet,
        /// Whether a person agreed (or nobody had to be asked).
        by_person: bool,
    },
    /// It was refused before it was live.
    Refused {
        /// [`EndReason::word`].
        reason: String,
    },
    /// It is over.
    Ended {
        /// [`EndReason::word`].
        reason: String,
    },
}

impl HostFact {
    /// The fact that a session ended (or never began) for this reason.
    pub fn over(was_live: bool, reason: EndReason) -> Self {
        let reason = reason.word().to_owned();
        if was_live {
            Self::Ended { reason }
        } else {
            Self::Refused { reason }
        }
    }
}

/// A relay begins to listen to the directory.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RelayHello {
    /// `address:port` (UDP) where peers reach it.
    pub address: String,
    /// Version of the relay program.
    pub version: String,
}

/// One line of the stream that a relay listens to.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "snake_case")]
pub enum RelayOrder {
    /// First line, and then at least every 15 s: directory time and the keys that count.
    Now {
        /// Directory time.
        time: Timestamp,
        /// Keys whose relay tickets count.
        directory_keys: Vec<PublicKey>,
    },
    /// Carry this to a present peer.
    Deliver {
        /// To whom.
        peer: PublicKey,
        /// A sealed envelope.
        envelope: String,
    },
    /// Close both legs of a channel.
    Close {
        /// Which.
        channel: ChannelId,
    },
}

/// What changed at a relay since its last report.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct RelayReport {
    /// Whether this is the whole picture: peers not in it are gone.
    pub whole: bool,
    /// Peers that came (or are there, in a whole report).
    pub present: Vec<PresentPeer>,
    /// Peers that went.
    pub gone: Vec<PublicKey>,
}

/// A host at a relay, with its own word for it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PresentPeer {
    /// The host's key.
    pub peer: PublicKey,
    /// A sealed presence proof.
    pub proof: String,
}

/// A person signs in on a viewer installation and enrols its key.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct SignIn {
    /// The account.
    pub email: String,
    /// The password.
    pub password: String,
    /// The viewer's key.
    pub key: PublicKey,
    /// A sealed [`Proof`] by that key.
    pub proof: String,
    /// What to call this installation.
    pub name: String,
    /// Version of the viewer program.
    pub version: String,
}

/// A viewer is enrolled and signed in.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct SignedIn {
    /// Its id.
    pub viewer: ViewerId,
    /// The person's name.
    pub person: String,
    /// What the person signs in with.
    #[serde(default)]
    pub account: String,
    /// The organisation.
    pub org_name: String,
    /// Leave to use the interface.
    pub token: Token,
}

/// A viewer asks to be signed in by a person in a browser (in the manner of RFC 8628).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct DeviceCodeRequest {
    /// The viewer's key.
    pub key: PublicKey,
    /// A sealed [`Proof`] by that key.
    pub proof: String,
    /// What the installation is called.
    pub name: String,
    /// Version of the viewer program.
    pub version: String,
}

/// The two codes of a viewer that waits.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct DeviceCode {
    /// The viewer's own, secret: it asks with it.
    pub device_code: String,
    /// The person's, short: typed or compared in the browser.
    pub user_code: String,
    /// Where it is typed.
    pub url: String,
    /// The same with the code filled in.
    pub url_complete: String,
    /// How long both work, in seconds.
    pub seconds: u32,
    /// Pause before each question, in seconds.
    pub interval: u32,
}

/// A viewer asks whether a person has let it in.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct DeviceCodePoll {
    /// From [`DeviceCode`].
    pub device_code: String,
}

/// What it is told. A refusal, and a code that does not work any more, come as problems.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum DeviceCodeAnswer {
    /// Nobody has answered yet.
    Waiting {
        /// Pause before the next question, in seconds: longer for a viewer that asked too soon.
        seconds: u32,
    },
    /// It is signed in.
    SignedIn(SignedIn),
}

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

/// What an agent reads when something is refused (RFC 9457).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Problem {
    /// Stable name of the problem, such as `ticket-used-up`; travels as `/problems/ticket-used-up`.
    #[serde(rename = "type", with = "problem_type")]
    #[cfg_attr(feature = "schema", schema(value_type = String, format = "uri-reference", example = "/problems/not-found"))]
    pub kind: String,
    /// The name in words.
    #[serde(default)]
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// A sentence for a person: what happened, why, what to do next.
    pub detail: String,
    /// Which request it was, as the directory's log names it: `urn:uuid:…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
}

impl Problem {
    /// A problem of this kind, not yet of any one request.
    pub fn new(kind: &str, status: u16, detail: String) -> Self {
        let mut title = kind.replace('-', " ");
        if let Some(first) = title.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        Self {
            kind: kind.to_owned(),
            title,
            status,
            detail,
            instance: None,
        }
    }
}

/// The name of a problem as a URI reference, which RFC 9457 asks for.
mod problem_type {
    use serde::{Deserialize as _, Deserializer, Serializer};

    const FOLDER: &str = "/problems/";

    pub(super) fn serialize<S: Serializer>(kind: &str, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{FOLDER}{kind}"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
        let text = String::deserialize(from)?;
        // Earlier directories sent the bare name.
        let kind = text.strip_prefix(FOLDER).map(str::to_owned);
        Ok(kind.unwrap_or(text))
    }
}
