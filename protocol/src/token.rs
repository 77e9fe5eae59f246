//! Signed statements: PASETO v4.public (one algorithm, no negotiation), bound to a purpose.
//!
//! Source: the PASETO specification, version 4, public purpose. The purpose travels as the
//! implicit assertion, so a relay ticket can never pass for a grant; the key id travels in the
//! footer, so keys can overlap while they rotate. Written here and not taken from a library
//! because every PASETO crate draws random numbers, which this crate must not; `tests` below and
//! the official vectors hold it to the specification, and a well-kept library reads its output.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::key::{PublicKey, SecretKey};
use crate::limits::CONTROL_MESSAGE_BYTES;

const HEADER: &str = "v4.public.";
const SIGNATURE_BYTES: usize = 64;

/// What a signed statement is for; a statement made for one purpose is worthless for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Directory → host, carried by the viewer: who may do what until when.
    Grant,
    /// Directory → relay, carried by a peer: this key may be heard, or open this leg.
    RelayTicket,
    /// Directory → host, carried by a relay: invite, kill.
    Envelope,
    /// Directory → host: the session may go on.
    Lease,
    /// Host → directory, carried by a relay: I am here.
    Presence,
    /// Agent → directory: proof of a key.
    Proof,
    /// Directory → host, and back to a directory that forgot: what was taken back.
    Revocation,
    /// Host → directory: one key follows another.
    KeyChange,
    /// Directory → host, and back to a directory that forgot: one of its keys follows another.
    Succession,
    /// Directory → whoever checks the record: how far a chain had come, and when.
    Checkpoint,
    /// Directory → whoever checks the record: what an export of it holds.
    Export,
}

impl Purpose {
    const fn assertion(self) -> &'static str {
        match self {
            Self::Grant => "farpane-grant/1",
            Self::RelayTicket => "farpane-relay-ticket/1",
            Self::Envelope => "farpane-envelope/1",
            Self::Lease => "farpane-lease/1",
            Self::Presence => "farpane-presence/1",
            Self::Proof => "farpane-proof/1",
            Self::Revocation => "farpane-revocation/1",
            Self::KeyChange => "farpane-key-change/1",
            Self::Succession => "farpane-succession/1",
            Self::Checkpoint => "farpane-checkpoint/1",
            Self::Export => "farpane-export/1",
        }
    }
}

/// Why a signed statement was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not of the form `v4.public.…`, or a part is not what the form asks for.
    #[error("the statement is malformed")]
    Malformed,
    /// Signed by a key that the reader does not know.
    #[error("the statement is signed by an unknown key")]
    UnknownKey,
    /// The signature does not hold for this content, key and purpose.
    #[error("the signature does not hold")]
    BadSignature,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Footer {
    kid: String,
}

/// Short name of a signing key for the footer: enough to choose among a few known keys.
fn key_id(key: &PublicKey) -> String {
    URL_SAFE_NO_PAD.encode(&key.fingerprint().as_bytes()[..12])
}

/// Pre-authentication encoding of the specification, section 2.2.
fn pre_auth(parts: [&[u8]; 4]) -> Vec<u8> {
    let mut out = (parts.len() as u64).to_le_bytes().to_vec();
    for part in parts {
        out.extend_from_slice(&(part.len() as u64 & (u64::MAX >> 1)).to_le_bytes());
        out.extend_from_slice(part);
    }
    out
}

fn seal_raw(key: &SecretKey, message: &[u8], footer: &[u8], assertion: &[u8]) -> String {
    let signature = key.sign(&pre_auth([HEADER.as_bytes(), message, footer, assertion]));
    let mut token = HEADER.to_owned();
    URL_SAFE_NO_PAD.encode_string([message, &signature].concat(), &mut token);
    if !footer.is_empty() {
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(footer, &mut token);
    }
    token
}

struct Parts {
    message: Vec<u8>,
    signature: [u8; SIGNATURE_BYTES],
    footer: Vec<u8>,
}

fn split(token: &str) -> Result<Parts, TokenError> {
    if token.len() > CONTROL_MESSAGE_BYTES {
        return Err(TokenError::Malformed);
    }
    let rest = token.strip_prefix(HEADER).ok_or(TokenError::Malformed)?;
    let (body, footer) = rest.split_once('.').unwrap_or((rest, ""));
    let mut message = URL_SAFE_NO_PAD
        .decode(body)
        .map_err(|_| TokenError::Malformed)?;
    let footer = URL_SAFE_NO_PAD
        .decode(footer)
        .map_err(|_| TokenError::Malformed)?;
    let at = message
        .len()
        .checked_sub(SIGNATURE_BYTES)
        .ok_or(TokenError::Malformed)?;
    let signature = message
        .split_off(at)
        .try_into()
        .map_err(|_| TokenError::Malformed)?;
    Ok(Parts {
        message,
        signature,
        footer,
    })
}

/// Signs `claims` for a purpose.
///
/// # Panics
/// Only if a claims type of ours cannot be written as JSON, which is a bug.
pub fn seal<T: Serialize>(key: &SecretKey, purpose: Purpose, claims: &T) -> String {
    let message = serde_json::to_vec(claims).expect("claims types serialise to JSON");
    let footer = serde_json::to_vec(&Footer {
        kid: key_id(&key.public()),
    })
    .expect("a footer serialises to JSON");
    seal_raw(key, &message, &footer, purpose.assertion().as_bytes())
}

/// Checks a statement against the known keys and returns its claims and the key that signed.
pub fn open<T: DeserializeOwned>(
    keys: &[PublicKey],
    purpose: Purpose,
    token: &str,
) -> Result<(T, PublicKey), TokenError> {
    let parts = split(token)?;
    let footer: Footer =
        serde_json::from_slice(&parts.footer).map_err(|_| TokenError::Malformed)?;
    let key = keys
        .iter()
        .find(|key| key_id(key) == footer.kid)
        .ok_or(TokenError::UnknownKey)?;
    let signed = pre_auth([
        HEADER.as_bytes(),
        &parts.message,
        &parts.footer,
        purpose.assertion().as_bytes(),
    ]);
    if !key.verifies(&signed, &parts.signature) {
        return Err(TokenError::BadSignature);
    }
    let claims = serde_json::from_slice(&parts.message).map_err(|_| TokenError::Malformed)?;
    Ok((claims, *key))
}

#[cfg(test)]
mod tests {
    use pasetors::Public;
    use pasetors::keys::AsymmetricPublicKey;
    use pasetors::token::UntrustedToken;
    use pasetors::version4::V4;

    use super::*;

    fn key(seed: u8) -> SecretKey {
        SecretKey::from_seed([seed; 32])
    }

    #[test]
    fn official_vector_4_s_1() {
        let seed: [u8; 32] =
            hex("b4cbfb43df4ce210727d953e4a713307fa19bb7d9f85041438d9e11b942a3774")
                .try_into()
                .expect("32 bytes");
        let message = br#"{"data":"this is a signed message","exp":"2022-01-01T00:00:00+00:00"}"#;
        let token = seal_raw(&SecretKey::from_seed(seed), message, b"", b"");
        assert_eq!(
            token,
            "v4.public.eyJkYXRhIjoidGhpcyBpcyBhIHNpZ25lZCBtZXNzYWdlIiwiZXhwIjoiMjAyMi0wMS0wMVQ\
             wMDowMDowMCswMDowMCJ9bg_XBBzds8lTZShVlwwKSgeKpLT3yukTw6JUz3W4h_ExsQV-P0V54zemZDcAx\
             FaSeef1QlXEFtkqxT1ciiQEDA"
                .replace(' ', "")
        );
    }

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len())
            .step_by(2)
            .map(|i| u8::from_str_radix(&text[i..i + 2], 16).expect("hex digits"))
            .collect()
    }

    #[test]
    fn a_well_kept_library_reads_what_we_seal() {
        let token = seal(&key(3), Purpose::Grant, &"claims");
        let untrusted = UntrustedToken::<Public, V4>::try_from(token.as_str()).expect("parses");
        let public = AsymmetricPublicKey::<V4>::from(key(3).public().as_bytes()).expect("a key");
        let footer = untrusted.untrusted_footer().to_vec();
        let trusted = pasetors::version4::PublicToken::verify(
            &public,
            &untrusted,
            Some(&footer),
            Some(Purpose::Grant.assertion().as_bytes()),
        )
        .expect("verifies");
        assert_eq!(trusted.payload(), "\"claims\"");
    }

    #[test]
    fn opens_only_for_its_key_and_purpose() {
        let token = seal(&key(1), Purpose::Grant, &42u32);
        let keys = [key(2).public(), key(1).public()];
        assert_eq!(
            open::<u32>(&keys, Purpose::Grant, &token),
            Ok((42, key(1).public()))
        );
        assert_eq!(
            open::<u32>(&keys, Purpose::RelayTicket, &token),
            Err(TokenError::BadSignature)
        );
        assert_eq!(
            open::<u32>(&keys[..1], Purpose::Grant, &token),
            Err(TokenError::UnknownKey)
        );
    }

    #[test]
    fn every_changed_character_is_noticed() {
        let token = seal(&key(1), Purpose::Grant, &"who may do what");
        let keys = [key(1).public()];
        for at in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).expect("ascii");
            assert!(
                open::<String>(&keys, Purpose::Grant, &changed).is_err(),
                "at {at}"
            );
        }
        for junk in [
            "",
            "v4.public.",
            "v4.local.AAAA",
            "v4.public.AAAA.e30",
            &token[..40],
        ] {
            assert!(open::<String>(&keys, Purpose::Grant, junk).is_err());
        }
    }
}
