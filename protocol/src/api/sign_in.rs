//! How a viewer is signed in: by password, or by a person in a browser.

use serde::{Deserialize, Serialize};

use super::prove::Token;
use crate::ids::ViewerId;
use crate::key::PublicKey;

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
    /// A sealed `Proof` by that key.
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
    /// A sealed `Proof` by that key.
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
