//! What tells this machine from every other one, where the system says it: read from files, so
//! that nothing is started and nothing needs an administrator.

use std::fs;
use std::path::Path;

/// Longest file that is read here, in bytes: all of them are one line.
const LINE_BYTES: usize = 256;

/// Assigned by the hardware's maker, says Linux of such an address.
const PERMANENT: &str = "0";

fn line(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    let line = text.lines().next().unwrap_or_default().trim();
    line.chars().take(LINE_BYTES).collect()
}

/// The id of this installation of the system.
pub fn installation() -> String {
    let id = line(Path::new("/etc/machine-id"));
    if id.is_empty() {
        line(Path::new("/var/lib/dbus/machine-id"))
    } else {
        id
    }
}

/// A name of this start of the system: another one after each reboot.
pub fn boot() -> String {
    line(Path::new("/proc/sys/kernel/random/boot_id"))
}

/// The hardware address of the first network card that is built in. Cards that can be pulled out
/// belong to a dock or a pocket, and addresses that software made up do not last.
pub fn built_in_address() -> String {
    first_built_in(Path::new("/sys/class/net"))
}

fn first_built_in(folder: &Path) -> String {
    let Ok(entries) = fs::read_dir(folder) else {
        return String::new();
    };
    let mut cards: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    cards.sort();
    let built_in = |card: &Path| {
        // Only hardware has a device behind it; what hangs on USB can be pulled out.
        let device = fs::canonicalize(card.join("device")).ok()?;
        let on_usb = device.to_string_lossy().contains("/usb");
        let lasting = line(&card.join("addr_assign_type")) == PERMANENT;
        (!on_usb && lasting).then(|| line(&card.join("address")))
    };
    let found = cards.iter().find_map(|card| built_in(card));
    found.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn card(folder: &Path, name: &str, bus: &str, kind: &str, address: &str) {
        let card = folder.join("net").join(name);
        let device = folder.join("devices").join(bus).join(name);
        fs::create_dir_all(&card).expect("a folder");
        fs::create_dir_all(&device).expect("a folder");
        symlink(&device, card.join("device")).expect("a link");
        fs::write(card.join("addr_assign_type"), kind).expect("writes");
        fs::write(card.join("address"), format!("{address}\n")).expect("writes");
    }

    #[test]
    fn cards_that_can_be_pulled_out_or_make_up_their_address_do_not_count() {
        let folder = tempfile::tempdir().expect("a folder");
        card(folder.path(), "a-dock", "usb1", "0", "00:00:00:00:00:01");
        card(folder.path(), "b-random", "pci0", "1", "00:00:00:00:00:02");
        card(
            folder.path(),
            "c-built-in",
            "pci0",
            "0",
            "00:00:00:00:00:03",
        );
        let net = folder.path().join("net");
        fs::create_dir_all(net.join("aa-bridge")).expect("a folder");
        assert_eq!(first_built_in(&net), "00:00:00:00:00:03");
        assert_eq!(first_built_in(&folder.path().join("none")), "");
    }
}
