//! A key of the person's own, as a security key or a telephone holds it: the browser's virtual
//! authenticator, which always has its owner's finger on it.

use anyhow::{Context as _, Result};
use serde_json::json;

use super::Browser;

/// A virtual authenticator that is plugged in.
#[derive(Debug)]
pub struct Authenticator(String);

impl Browser {
    /// Plugs an authenticator in that keeps passkeys and knows its owner.
    pub fn plug_in_authenticator(&self) -> Result<Authenticator> {
        self.protocol("WebAuthn.enable", json!({}))?;
        let options = json!({"options": {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": true,
            "hasUserVerification": true,
            "isUserVerified": true,
            "automaticPresenceSimulation": true,
        }});
        let added = self.protocol("WebAuthn.addVirtualAuthenticator", options)?;
        let id = added["authenticatorId"].as_str();
        Ok(Authenticator(id.context("no authenticator")?.to_owned()))
    }

    /// How many passkeys an authenticator keeps.
    pub fn passkeys(&self, authenticator: &Authenticator) -> Result<usize> {
        let which = json!({"authenticatorId": authenticator.0});
        let kept = self.protocol("WebAuthn.getCredentials", which)?;
        Ok(kept["credentials"].as_array().map_or(0, Vec::len))
    }
}
