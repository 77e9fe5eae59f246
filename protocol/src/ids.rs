//! Identifiers: one type per thing, so that none can stand in for another.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

/// Why some text is not an identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a valid identifier")]
pub struct BadId;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = BadId;

            fn from_str(text: &str) -> Result<Self, BadId> {
                Uuid::try_parse(text).map(Self).map_err(|_| BadId)
            }
        }
    };
}

uuid_id!(
    /// An organisation: the service provider that runs the directory's people and rules.
    OrgId
);
uuid_id!(
    /// A tenant: a customer of an organisation; owns devices.
    TenantId
);
uuid_id!(
    /// A site or group below a tenant, in which devices stand.
    PlaceId
);
uuid_id!(
    /// A device in the catalogue.
    DeviceId
);
uuid_id!(
    /// A person with an account.
    UserId
);
uuid_id!(
    /// A viewer installation, enrolled under a person's account.
    ViewerId
);
uuid_id!(
    /// A relay known to the directory.
    RelayId
);
uuid_id!(
    /// One session: one viewer on one host.
    SessionId
);

/// A grant's unique number: 128 random bits, recorded by the host so that it works once.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GrantId(pub [u8; 16]);

/// A nonce that a host draws at every start; grants name it, so that one made for an earlier run
/// of the host is worth nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EpochNonce(pub [u8; 16]);

macro_rules! bytes16 {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = BadId;

            fn from_str(text: &str) -> Result<Self, BadId> {
                let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| BadId)?;
                Ok(Self(bytes.try_into().map_err(|_| BadId)?))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?
                    .parse()
                    .map_err(de::Error::custom)
            }
        }
    };
}

bytes16!(GrantId);
bytes16!(EpochNonce);

/// Two legs joined at a relay, named by 48 random bits; the same on both legs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChannelId(u64);

impl ChannelId {
    const MASK: u64 = (1 << 48) - 1;

    /// Keeps the low 48 bits of a random number.
    pub const fn from_random(bits: u64) -> Self {
        Self(bits & Self::MASK)
    }

    /// From six bytes, most significant first.
    pub const fn from_bytes(b: [u8; 6]) -> Self {
        Self(u64::from_be_bytes([
            0, 0, b[0], b[1], b[2], b[3], b[4], b[5],
        ]))
    }

    /// As six bytes, most significant first.
    pub const fn to_bytes(self) -> [u8; 6] {
        let b = self.0.to_be_bytes();
        [b[2], b[3], b[4], b[5], b[6], b[7]]
    }

    /// As a number below 2^48.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// From a number; `None` if it does not fit in 48 bits.
    pub const fn new(bits: u64) -> Option<Self> {
        if bits > Self::MASK {
            None
        } else {
            Some(Self(bits))
        }
    }
}

impl fmt::Display for ChannelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:012x}", self.0)
    }
}

impl fmt::Debug for ChannelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChannelId({self})")
    }
}

impl FromStr for ChannelId {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        if text.len() != 12 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(BadId);
        }
        u64::from_str_radix(text, 16).map(Self).map_err(|_| BadId)
    }
}

impl Serialize for ChannelId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ChannelId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channel_ids_round_trip_and_stay_within_48_bits() {
        let id = ChannelId::from_random(u64::MAX);
        assert_eq!(id.get(), (1 << 48) - 1);
        assert_eq!(ChannelId::from_bytes(id.to_bytes()), id);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert!(ChannelId::new(1 << 48).is_none());
        assert!("+0000000000f".parse::<ChannelId>().is_err());
    }

    #[test]
    fn grant_ids_round_trip_through_text() {
        let id = GrantId([9; 16]);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert!("short".parse::<GrantId>().is_err());
    }
}
