//! Passkeys: the ceremonies of WebAuthn, behind a type of ours. The library checks; what is kept
//! between the two halves of a ceremony stays with the server; of strangers it is stamped instead.

use serde_json::Value;
use url::Url;
use uuid::Uuid;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, Passkey as Credential, PasskeyAuthentication, PasskeyRegistration,
    PublicKeyCredential, RegisterPublicKeyCredential,
};
use webauthn_rs::{Webauthn, WebauthnBuilder};

use crate::config::DirectoryUrl;
use crate::model::Account;
use crate::model::proof::Passkey;

/// The ceremonies of one directory.
#[derive(Clone, Debug)]
pub struct Passkeys(Webauthn);

/// Why a ceremony failed: what was shown does not belong to it. The browser's part is foreign
/// input, so no more is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the passkey's answer does not hold")]
pub struct BadAnswer;

/// What is kept while a person makes a passkey.
#[derive(Clone, Debug)]
pub struct Making(PasskeyRegistration);

/// What is kept while a known person shows one of their passkeys.
#[derive(Clone, Debug)]
pub struct Showing(PasskeyAuthentication);

/// What is kept while somebody signs in with a passkey alone.
#[derive(Clone, Debug)]
pub struct Arriving(DiscoverableAuthentication);

impl Arriving {
    /// As it is stamped for the stranger to bring back.
    pub fn to_bytes(&self) -> Result<Vec<u8>, BadAnswer> {
        serde_json::to_vec(&self.0).map_err(|_| BadAnswer)
    }

    /// Of bytes that were stamped.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BadAnswer> {
        serde_json::from_slice(bytes)
            .map(Self)
            .map_err(|_| BadAnswer)
    }
}

/// A passkey that was made.
#[derive(Clone, Debug)]
pub struct Made {
    /// What the authenticator calls it.
    pub credential_id: Vec<u8>,
    /// Public key, counter and flags.
    pub credential: String,
}

/// A passkey that was shown, and holds.
#[derive(Clone, Debug)]
pub struct Shown {
    /// What the authenticator calls it.
    pub credential_id: Vec<u8>,
    /// Public key, counter and flags, as they are now.
    pub credential: String,
}

fn credential(passkey: &Passkey) -> Result<Credential, BadAnswer> {
    serde_json::from_str(&passkey.credential).map_err(|_| BadAnswer)
}

fn options(challenge: impl serde::Serialize) -> Result<Value, BadAnswer> {
    let value = serde_json::to_value(challenge).map_err(|_| BadAnswer)?;
    value.get("publicKey").cloned().ok_or(BadAnswer)
}

fn text(credential: &Credential) -> Result<String, BadAnswer> {
    serde_json::to_string(credential).map_err(|_| BadAnswer)
}

impl Passkeys {
    /// For the directory at that address. `None` where its name is an IP address: browsers bind
    /// passkeys to names only.
    pub fn at(url: &DirectoryUrl, org: &str) -> Option<Self> {
        let origin = Url::parse(&url.to_string()).ok()?;
        let domain = origin.domain()?.to_owned();
        let builder = WebauthnBuilder::new(&domain, &origin).ok()?;
        builder.rp_name(org).build().ok().map(Self)
    }

    /// Begins to make a passkey; `known` are those that the person has already.
    pub fn make(&self, account: &Account, known: &[Passkey]) -> Result<(Value, Making), BadAnswer> {
        let known = known
            .iter()
            .map(|passkey| passkey.credential_id.clone())
            .collect();
        let (challenge, state) = self
            .0
            .start_passkey_registration(
                account.id.0,
                account.email.as_str(),
                &account.name,
                Some(known),
            )
            .map_err(|_| BadAnswer)?;
        let mut options = options(challenge)?;
        // So that the passkey can also be signed in with alone, where the authenticator has room.
        if let Some(selection) = options.get_mut("authenticatorSelection") {
            selection["residentKey"] = "preferred".into();
        }
        Ok((options, Making(state)))
    }

    /// Ends it.
    pub fn made(&self, answer: Value, state: &Making) -> Result<Made, BadAnswer> {
        let answer: RegisterPublicKeyCredential =
            serde_json::from_value(answer).map_err(|_| BadAnswer)?;
        let made = self
            .0
            .finish_passkey_registration(&answer, &state.0)
            .map_err(|_| BadAnswer)?;
        Ok(Made {
            credential_id: made.cred_id().to_vec(),
            credential: text(&made)?,
        })
    }

    /// Asks a known person to show one of their passkeys.
    pub fn show(&self, known: &[Passkey]) -> Result<(Value, Showing), BadAnswer> {
        let known: Vec<_> = known.iter().map(credential).collect::<Result<_, _>>()?;
        let (challenge, state) = self
            .0
            .start_passkey_authentication(&known)
            .map_err(|_| BadAnswer)?;
        Ok((options(challenge)?, Showing(state)))
    }

    /// Checks what was shown. `known` are the person's passkeys as they are now.
    pub fn shown(
        &self,
        answer: Value,
        state: &Showing,
        known: &[Passkey],
    ) -> Result<Shown, BadAnswer> {
        let answer: PublicKeyCredential = serde_json::from_value(answer).map_err(|_| BadAnswer)?;
        let result = self
            .0
            .finish_passkey_authentication(&answer, &state.0)
            .map_err(|_| BadAnswer)?;
        // Removed since the ceremony began: then it counts for nothing.
        let used = known
            .iter()
            .find(|passkey| passkey.credential_id == result.cred_id().as_slice())
            .ok_or(BadAnswer)?;
        let mut kept = credential(used)?;
        kept.update_credential(&result);
        Ok(Shown {
            credential_id: used.credential_id.clone(),
            credential: text(&kept)?,
        })
    }

    /// Asks whoever comes to show a passkey that says who they are.
    pub fn arrive(&self) -> Result<(Value, Arriving), BadAnswer> {
        let (challenge, state) = self
            .0
            .start_discoverable_authentication()
            .map_err(|_| BadAnswer)?;
        Ok((options(challenge)?, Arriving(state)))
    }

    /// Which passkey is being shown, and by whom it says; nothing of this is proved yet.
    pub fn claimed(answer: &Value) -> Option<(Uuid, Vec<u8>)> {
        let answer: PublicKeyCredential = serde_json::from_value(answer.clone()).ok()?;
        let person = Uuid::from_slice(answer.get_user_unique_id()?).ok()?;
        Some((person, answer.get_credential_id().to_vec()))
    }

    /// Checks it against the passkey that it claims to be.
    pub fn arrived(
        &self,
        answer: Value,
        state: Arriving,
        passkey: &Passkey,
    ) -> Result<Shown, BadAnswer> {
        let answer: PublicKeyCredential = serde_json::from_value(answer).map_err(|_| BadAnswer)?;
        let mut kept = credential(passkey)?;
        let result = self
            .0
            .finish_discoverable_authentication_v2(&answer, state.0, &kept)
            .map_err(|_| BadAnswer)?;
        kept.update_credential(&result);
        Ok(Shown {
            credential_id: passkey.credential_id.clone(),
            credential: text(&kept)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passkeys_belong_to_a_name_and_there_are_none_at_a_bare_address() {
        let at = |url: &str| Passkeys::at(&url.parse().expect("an address"), "Acme");
        assert!(at("https://rmm.example:8443").is_some());
        assert!(at("https://localhost:8443").is_some());
        assert!(at("https://192.0.2.1:8443").is_none());
        assert!(at("https://[2001:db8::1]").is_none());
    }
}
