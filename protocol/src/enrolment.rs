//! The enrolment ticket: one string that carries the directory's address, its pinned identity and
//! a secret that works a limited number of times.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::key::Fingerprint;

const PREFIX: &str = "farpane-ticket1.";
const CHECK_BYTES: usize = 4;
const MAX_CHARS: usize = 4096;

/// What a ticket enrols.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum TicketKind {
    /// A device to be shared.
    Device,
    /// A relay.
    Relay,
}

/// What a ticket says; printed as one string without spaces.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// What it enrols.
    #[serde(rename = "k")]
    pub kind: TicketKind,
    /// Where the directory is, such as `https://rmm.example:8443`.
    #[serde(rename = "u")]
    pub url: String,
    /// SHA-256 of the directory's identity key.
    #[serde(rename = "p")]
    pub pin: Fingerprint,
    /// The secret; the directory keeps only its hash.
    #[serde(rename = "s")]
    pub secret: String,
}

/// Why some text is not a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTicket {
    /// It does not begin like one.
    #[error("this is not a Farpane ticket: one begins with \"farpane-ticket1.\"")]
    NotATicket,
    /// It begins like one but is cut or changed.
    #[error("the ticket is incomplete or mistyped: copy the whole line again")]
    Damaged,
}

fn check(json: &[u8]) -> [u8; CHECK_BYTES] {
    let digest: [u8; 32] = Sha256::digest(json).into();
    [digest[0], digest[1], digest[2], digest[3]]
}

impl fmt::Display for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = serde_json::to_vec(self).map_err(|_| fmt::Error)?;
        bytes.extend_from_slice(&check(&bytes));
        write!(f, "{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))
    }
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ticket({:?} at {})", self.kind, self.url)
    }
}

impl FromStr for Ticket {
    type Err = BadTicket;

    fn from_str(text: &str) -> Result<Self, BadTicket> {
        let body = text
            .trim()
            .strip_prefix(PREFIX)
            .ok_or(BadTicket::NotATicket)?;
        if body.len() > MAX_CHARS {
            return Err(BadTicket::Damaged);
        }
        let bytes = URL_SAFE_NO_PAD
            .decode(body)
            .map_err(|_| BadTicket::Damaged)?;
        let at = bytes
            .len()
            .checked_sub(CHECK_BYTES)
            .ok_or(BadTicket::Damaged)?;
        let (json, sum) = bytes.split_at(at);
        if check(json) != *sum {
            return Err(BadTicket::Damaged);
        }
        serde_json::from_slice(json).map_err(|_| BadTicket::Damaged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticket() -> Ticket {
        Ticket {
            kind: TicketKind::Device,
            url: "https://rmm.example:8443".into(),
            pin: Fingerprint::of(b"key"),
            secret: "s3cret".into(),
        }
    }

    #[test]
    fn tickets_round_trip_even_with_stray_white_space() {
        let text = format!("  {}\n", ticket());
        assert_eq!(text.parse(), Ok(ticket()));
    }

    #[test]
    fn cut_changed_and_foreign_text_is_told_apart() {
        let text = ticket().to_string();
        assert_eq!(
            text[..text.len() - 3].parse::<Ticket>(),
            Err(BadTicket::Damaged)
        );
        assert_eq!(
            text.replace("1.e", "1.f").parse::<Ticket>(),
            Err(BadTicket::Damaged)
        );
        assert_eq!(
            "https://rmm.example".parse::<Ticket>(),
            Err(BadTicket::NotATicket)
        );
        assert!(!format!("{:?}", ticket()).contains("s3cret"));
    }
}
