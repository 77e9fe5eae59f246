//! The system, the hardware and the networks of this machine, as the operating system tells them.

use farpane_protocol::api::inventory::{Disk, Hardware, Network, SystemFacts};
use farpane_protocol::api::machine::MachinePrint;
use farpane_protocol::key::Fingerprint;
use sysinfo::{Disks, Motherboard, Networks, Product, System};

use crate::platform::machine;

const MIB: u64 = 1024 * 1024;

/// What makers write where a serial number belongs and there is none.
const NO_SERIALS: [&str; 8] = [
    "none",
    "default string",
    "to be filled by o.e.m.",
    "not specified",
    "not applicable",
    "system serial number",
    "0",
    "n/a",
];

fn real(text: Option<String>) -> String {
    let text = text.unwrap_or_default().trim().to_owned();
    let known = text.to_lowercase();
    let nothing = known
        .chars()
        .all(|c| matches!(c, '0' | '-' | '.' | 'f' | 'x'));
    if nothing || NO_SERIALS.contains(&known.as_str()) {
        String::new()
    } else {
        text
    }
}

/// System, hardware, networks.
pub fn survey() -> (SystemFacts, Hardware, Vec<Network>) {
    (os(), hardware(), networks())
}

fn os() -> SystemFacts {
    let known = os_info::get();
    let version = known.version().to_string();
    let version = match known.codename() {
        Some(codename) => format!("{version} ({codename})"),
        None => version,
    };
    SystemFacts {
        name: known.os_type().to_string(),
        version,
        kernel: System::kernel_version().unwrap_or_default(),
        architecture: std::env::consts::ARCH.to_owned(),
    }
}

fn hardware() -> Hardware {
    // What the system does not tell stays empty: a report with a gap is still a report.
    let system = System::new().map(|mut system| {
        system.refresh_memory();
        system.refresh_cpu_all();
        system
    });
    let cpus = system.as_ref().map(System::cpus).unwrap_or_default();
    let cpu = cpus.first();
    Hardware {
        maker: real(Product::vendor_name().ok()),
        model: real(Product::name().ok()),
        serial: real(Product::serial_number().ok()),
        cpu: cpu
            .map(|cpu| cpu.brand().trim().to_owned())
            .unwrap_or_default(),
        cores: u32::try_from(cpus.len()).unwrap_or(u32::MAX),
        memory_mib: system.as_ref().map_or(0, System::total_memory) / MIB,
        disks: disks(),
    }
}

/// Each disk once: one that is mounted in several places is still one.
fn disks() -> Vec<Disk> {
    let Ok(listed) = Disks::new_with_refreshed_list() else {
        return Vec::new();
    };
    let mut found: Vec<(String, Disk)> = Vec::new();
    for disk in listed.iter().filter(|disk| !disk.is_removable()) {
        let device = disk.name().to_string_lossy().into_owned();
        if disk.total_space() == 0 || found.iter().any(|(known, _)| *known == device) {
            continue;
        }
        let disk = Disk {
            name: disk.mount_point().to_string_lossy().into_owned(),
            file_system: disk.file_system().to_string_lossy().into_owned(),
            size_mib: disk.total_space() / MIB,
        };
        found.push((device, disk));
    }
    found.into_iter().map(|(_, disk)| disk).collect()
}

fn networks() -> Vec<Network> {
    let Ok(listed) = Networks::new_with_refreshed_list() else {
        return Vec::new();
    };
    let of_the_machine = listed
        .iter()
        .filter(|(_, data)| !data.ip_networks().iter().all(|net| net.addr.is_loopback()));
    of_the_machine
        .map(|(name, data)| Network {
            name: name.to_string_lossy().into_owned(),
            mac: data.mac_address().to_string(),
            addresses: data.ip_networks().iter().map(ToString::to_string).collect(),
        })
        .collect()
}

/// Which machine this is, to the directory with this identity.
pub fn print(directory: Fingerprint) -> Option<MachinePrint> {
    let serial = [
        real(Product::uuid().ok()),
        real(Product::serial_number().ok()),
        real(
            Motherboard::new()
                .ok()
                .and_then(|board| board.serial_number()),
        ),
    ];
    MachinePrint::of(
        directory.as_bytes(),
        [
            &machine::installation(),
            &serial.concat(),
            &machine::built_in_address(),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_makers_write_for_nothing_is_nothing() {
        for nothing in ["", "To be filled by O.E.M.", "0000-0000", "FFFF", " none "] {
            assert_eq!(real(Some(nothing.into())), "", "{nothing}");
        }
        assert_eq!(real(Some(" PF-4711 ".into())), "PF-4711");
    }

    #[test]
    fn this_machine_is_the_same_twice_and_another_to_another_directory() {
        let (one, other) = (Fingerprint::of(b"one"), Fingerprint::of(b"other"));
        assert_eq!(print(one), print(one));
        if let Some(known) = print(one) {
            assert_ne!(Some(known), print(other));
        }
        let (os, hardware, _) = survey();
        assert!(!os.architecture.is_empty());
        assert!(hardware.cores > 0 && hardware.memory_mib > 0);
    }
}
