//! What a ticket asks of the devices that use it and gives to them.

use std::net::IpAddr;

use farpane_protocol::api::machine::MachinePrint;
use farpane_protocol::ids::{DeviceId, PlaceId};
use farpane_protocol::time::Timestamp;
use ipnet::IpNet;
use uuid::Uuid;

use super::said::Said;
use super::text;

/// Most tags that a ticket sets.
pub const TAGS_MOST: usize = 16;

/// Most networks that a ticket names: the sites of one customer.
pub const NETWORKS_MOST: usize = 32;

/// What a ticket asks and gives beyond its uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketTerms {
    /// The site or group that its devices stand in.
    pub place: Option<PlaceId>,
    /// Whether devices may be opened without anybody being asked, if their own rules allow it.
    pub unattended: bool,
    /// Tags that its devices get.
    pub tags: Vec<String>,
    /// Networks from which it works; none: from everywhere.
    pub networks: Vec<IpNet>,
    /// The device whose key it replaces.
    pub replaces: Option<DeviceId>,
    /// What it is for, in words.
    pub note: String,
}

impl Default for TicketTerms {
    fn default() -> Self {
        Self {
            place: None,
            unattended: true,
            tags: Vec::new(),
            networks: Vec::new(),
            replaces: None,
            note: String::new(),
        }
    }
}

/// Why terms are none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTerms {
    /// Not a network.
    #[error("{0} is not a network: write one such as 192.0.2.0/24 or 2001:db8::/48")]
    Network(String),
    /// Too many of them.
    #[error("a ticket names at most {NETWORKS_MOST} networks")]
    TooManyNetworks,
    /// Too many of them.
    #[error("a ticket sets at most {TAGS_MOST} tags")]
    TooManyTags,
}

impl BadTerms {
    /// What is wrong and what to type instead.
    pub fn sentence(&self) -> Said {
        match self {
            Self::Network(typed) => Said::new(
                "\"{typed}\" is not a network. Write one such as 192.0.2.0/24 or 2001:db8::/48.",
            )
            .text("typed", typed),
            Self::TooManyNetworks => {
                Said::new("A ticket names at most {most} networks.").number("most", NETWORKS_MOST)
            }
            Self::TooManyTags => {
                Said::new("A ticket sets at most {most} tags.").number("most", TAGS_MOST)
            }
        }
    }
}

impl TicketTerms {
    /// Whether it works from this address.
    pub fn works_from(&self, address: IpAddr) -> bool {
        // An IPv4 address that arrives over an IPv6 socket is still that address.
        let address = address.to_canonical();
        self.networks.is_empty() || self.networks.iter().any(|net| net.contains(&address))
    }

    /// Makes texts harmless and checks the bounds.
    pub fn checked(mut self) -> Result<Self, BadTerms> {
        self.note = text::reason(&self.note);
        self.tags = self.tags.iter().map(|tag| text::name(tag)).collect();
        self.tags.retain(|tag| !tag.is_empty());
        self.tags.sort();
        self.tags.dedup();
        self.networks.sort();
        self.networks.dedup();
        if self.tags.len() > TAGS_MOST {
            return Err(BadTerms::TooManyTags);
        }
        if self.networks.len() > NETWORKS_MOST {
            return Err(BadTerms::TooManyNetworks);
        }
        Ok(self)
    }
}

/// Reads networks that a person typed, parted by spaces, commas or lines. One address alone is a
/// network of one.
pub fn networks(typed: &str) -> Result<Vec<IpNet>, BadTerms> {
    let parts = typed.split(|c: char| c.is_whitespace() || c == ',');
    let read = |part: &str| {
        let alone = || part.parse::<IpAddr>().ok().map(IpNet::from);
        let net = part.parse::<IpNet>().ok().or_else(alone);
        net.map(|net| net.trunc())
            .ok_or_else(|| BadTerms::Network(text::name(part)))
    };
    parts.filter(|part| !part.is_empty()).map(read).collect()
}

/// Reads tags that a person typed, parted by commas.
pub fn tags(typed: &str) -> Vec<String> {
    let parts = typed.split(',').map(|part| part.trim().to_owned());
    parts.filter(|part| !part.is_empty()).collect()
}

/// How a device came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// From which address.
    pub address: IpAddr,
    /// On which machine, if it said so.
    pub machine: Option<MachinePrint>,
}

/// How a device came in, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolment {
    /// With which ticket.
    pub ticket: Uuid,
    /// When.
    pub at: Timestamp,
    /// From which address.
    pub address: String,
    /// Whether its ticket allowed that nobody is asked.
    pub unattended: bool,
}

/// Whether a ticket still works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TicketState {
    /// It does.
    Works,
    /// All its uses are gone.
    UsedUp,
    /// It is too old.
    Expired,
    /// Somebody took it back.
    Revoked,
    /// Whoever made it was disabled or removed.
    Orphaned,
}

impl TicketState {
    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Works => "works",
            Self::UsedUp => "used-up",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::Orphaned => "maker-gone",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_works_from_its_networks_alone() {
        let terms = |typed: &str| TicketTerms {
            networks: networks(typed).expect("networks"),
            ..TicketTerms::default()
        };
        let from = |terms: &TicketTerms, address: &str| {
            terms.works_from(address.parse().expect("an address"))
        };
        assert!(from(&terms(""), "203.0.113.9"));
        let oslo = terms("192.0.2.0/25, 2001:db8::/48\n198.51.100.7");
        assert!(from(&oslo, "192.0.2.127"));
        assert!(from(&oslo, "::ffff:192.0.2.1"));
        assert!(from(&oslo, "2001:db8::1"));
        assert!(from(&oslo, "198.51.100.7"));
        assert!(!from(&oslo, "192.0.2.128"));
        assert!(!from(&oslo, "2001:db8:1::1"));
        assert!(networks("192.0.2.0/33").is_err());
        assert!(networks("everywhere").is_err());
    }

    #[test]
    fn terms_are_bounded_and_their_words_harmless() {
        let terms = TicketTerms {
            tags: vec!["till\u{202e}".into(), " till ".into(), String::new()],
            ..TicketTerms::default()
        };
        assert_eq!(terms.checked().expect("good").tags, ["till"]);
        let many = TicketTerms {
            tags: (0..=TAGS_MOST).map(|n| n.to_string()).collect(),
            ..TicketTerms::default()
        };
        assert_eq!(many.checked(), Err(BadTerms::TooManyTags));
        assert_eq!(tags("till, shop floor,,"), ["till", "shop floor"]);
    }
}
