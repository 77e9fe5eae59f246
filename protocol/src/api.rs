//! What agents and viewers say to the directory over HTTPS, and what it answers: JSON bodies.
//!
//! Agents (hosts, relays, viewers) prove their key once (`challenge`, then `token`) and then carry
//! a short-lived bearer token. Names and addresses in these bodies come from other machines and
//! are checked where they enter.

mod devices;
mod enrol;
mod host;
pub mod inventory;
pub mod machine;
pub mod path;
mod problem;
mod prove;
mod relay;
mod sign_in;

pub use devices::{Access, DeviceList, DeviceRow, DeviceState, SessionGranted, SessionRequest};
pub use enrol::{Approval, DeviceEnrolled, EnrollDevice, EnrollRelay, RelayEnrolled};
pub use host::{HostConfig, HostEvent, HostFact, LeaseAnswer, LeaseRequest, RelayOffer};
pub use problem::Problem;
pub use prove::{Challenge, ChallengeRequest, Proof, RotateKey, Token, TokenRequest};
pub use relay::{PresentPeer, RelayHello, RelayOrder, RelayPlace, RelayReport};
pub use sign_in::{
    DeviceCode, DeviceCodeAnswer, DeviceCodePoll, DeviceCodeRequest, SignIn, SignedIn,
};

/// Name that agents ask for in TLS: the certificate under the directory's identity key carries
/// it, whatever the operator's own name is.
pub const DIRECTORY_SERVER_NAME: &str = "directory.farpane.internal";
