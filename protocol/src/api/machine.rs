//! Which machine an installation runs on, in a form that says nothing about the machine: so that
//! the directory notices when one identity was copied to a second one.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest as _, Sha256};

use crate::ids::DeviceId;
use crate::key::{Fingerprint, PublicKey};

/// A machine, as a digest of what rarely changes about it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MachinePrint(pub [u8; 32]);

/// What both keys of a device sign when one follows the other (purpose `KeyChange`): worth nothing
/// for another device, directory or pair of keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyChange {
    /// Of which device.
    pub device: DeviceId,
    /// At which directory.
    pub directory: Fingerprint,
    /// The key that goes.
    pub old: PublicKey,
    /// The key that comes.
    pub new: PublicKey,
}

/// Why some text is not a machine's print.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the print of a machine: expected 43 letters and digits")]
pub struct BadPrint;

impl MachinePrint {
    /// From the installation's own id, the hardware's serial number and the address of the first
    /// network card that is built in. `None` where the machine says none of the three.
    ///
    /// The directory's pin goes in too: two directories cannot compare their machines.
    pub fn of(directory: &[u8], parts: [&str; 3]) -> Option<Self> {
        if parts.iter().all(|part| part.is_empty()) {
            return None;
        }
        let mut digest = Sha256::new();
        digest.update(b"farpane-machine/1");
        for part in [directory]
            .into_iter()
            .chain(parts.iter().map(|part| part.as_bytes()))
        {
            // With its length, so that no two sets of parts run together into the same bytes.
            digest.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            digest.update(part);
        }
        Some(Self(digest.finalize().into()))
    }
}

impl fmt::Display for MachinePrint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for MachinePrint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MachinePrint({self})")
    }
}

impl FromStr for MachinePrint {
    type Err = BadPrint;

    fn from_str(text: &str) -> Result<Self, BadPrint> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| BadPrint)?;
        Ok(Self(bytes.try_into().map_err(|_| BadPrint)?))
    }
}

impl Serialize for MachinePrint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for MachinePrint {
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
    fn a_print_follows_the_machine_and_the_directory() {
        let one = MachinePrint::of(b"d", ["a", "b", "c"]);
        assert!(one.is_some());
        assert_eq!(one, MachinePrint::of(b"d", ["a", "b", "c"]));
        assert_ne!(one, MachinePrint::of(b"d", ["ab", "", "c"]));
        assert_ne!(one, MachinePrint::of(b"e", ["a", "b", "c"]));
        assert_eq!(MachinePrint::of(b"d", ["", "", ""]), None);
    }

    #[test]
    fn a_print_survives_its_text() {
        let print = MachinePrint([7; 32]);
        assert_eq!(print.to_string().parse(), Ok(print));
        assert_eq!("short".parse::<MachinePrint>(), Err(BadPrint));
    }
}
