//! Where agents and viewers ask: the paths of the directory's interface for programs.

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
/// POST [`super::SessionRequest`] → [`super::SessionGranted`]; DELETE `/{id}`, POST
/// [`SessionLatency`](crate::latency::SessionLatency) to `/{id}/latency` (viewer token).
pub const SESSIONS: &str = "/api/v1/sessions";
