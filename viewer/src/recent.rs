//! The devices that were connected to last, newest first: what the start window shows on top.

use farpane_certs::files;
use farpane_media::paint::printable;
use farpane_protocol::ids::DeviceId;
use serde::{Deserialize, Serialize};

use crate::account::{Home, read_limited};

/// Most devices that are remembered: a screenful.
const KEPT: usize = 20;

/// Largest file that is read, in bytes: twenty of the longest names fit several times.
const RECENT_BYTES: u64 = 64 * 1024;

/// A device that was connected to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecentDevice {
    /// Which.
    pub id: DeviceId,
    /// What it was called then.
    pub name: String,
}

/// The remembered devices, newest first. A missing or damaged file is an empty list: nothing but
/// comfort is lost with it.
pub fn load(home: &Home) -> Vec<RecentDevice> {
    let text = read_limited(&home.recent_file(), RECENT_BYTES).unwrap_or_default();
    let mut devices: Vec<RecentDevice> = serde_json::from_str(&text).unwrap_or_default();
    devices.truncate(KEPT);
    devices
}

/// Puts a device on top of the list.
pub fn remember(home: &Home, id: DeviceId, name: &str) -> std::io::Result<()> {
    let mut devices = load(home);
    devices.retain(|device| device.id != id);
    let name = printable(name).into_owned();
    devices.insert(0, RecentDevice { id, name });
    devices.truncate(KEPT);
    let text = serde_json::to_vec(&devices)?;
    files::write_private(&home.recent_file(), &text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u8) -> DeviceId {
        format!("00000000-0000-0000-0000-0000000000{number:02x}")
            .parse()
            .expect("an id")
    }

    #[test]
    fn the_newest_is_first_once_and_the_list_is_bounded() {
        let dir = tempfile::tempdir().expect("temp dir");
        let home = Home::new(Some(dir.path().into())).expect("chosen");
        assert!(load(&home).is_empty());
        for number in 0..30 {
            remember(&home, id(number), "till").expect("writes");
        }
        remember(&home, id(25), "till\u{202e}").expect("writes");
        let devices = load(&home);
        assert_eq!(devices.len(), KEPT);
        assert_eq!(
            devices[0],
            RecentDevice {
                id: id(25),
                name: "till\u{fffd}".into()
            }
        );
        assert_eq!(
            devices.iter().filter(|device| device.id == id(25)).count(),
            1
        );
    }

    #[test]
    fn a_damaged_file_is_an_empty_list() {
        let dir = tempfile::tempdir().expect("temp dir");
        let home = Home::new(Some(dir.path().into())).expect("chosen");
        std::fs::write(home.recent_file(), "[{]").expect("writes");
        assert!(load(&home).is_empty());
    }
}
