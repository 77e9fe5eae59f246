//! What a host says about the machine that it runs on: system, hardware, software, and whether it
//! could be helped right now. Everything is bounded here, for the sender as for the reader.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::machine::MachinePrint;

/// Largest report, in bytes of JSON: five thousand packages with long names.
pub const INVENTORY_BYTES: usize = 512 * 1024;

/// Most programs in one report: twice a full desktop distribution.
pub const SOFTWARE_MOST: usize = 5000;

/// Most of each other thing (disks, monitors, networks, people, checks): more than any machine has
/// that a person sits in front of. With the three bounds below they fill at most four fifths of a
/// report, whatever is in them.
pub const THINGS_MOST: usize = 64;

/// Most addresses of one network.
pub const ADDRESSES_MOST: usize = 16;

/// Longest address, in bytes: an IPv6 one with a zone and a prefix length.
pub const ADDRESS_BYTES: usize = 64;

/// Longest other text in a report, in bytes of UTF-8; longer ones are cut.
pub const FACT_BYTES: usize = 256;

/// What a host says about its machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Inventory {
    /// Which machine it is, so that a copied installation is noticed.
    pub machine: Option<MachinePrint>,
    /// Version of the host program.
    pub version: String,
    /// The operating system.
    pub os: SystemFacts,
    /// The machine.
    pub hardware: Hardware,
    /// The monitors that can be shared.
    pub monitors: Vec<Monitor>,
    /// The networks that it is in.
    pub networks: Vec<Network>,
    /// What is installed.
    pub software: Vec<Software>,
    /// Who is logged on; absent unless the device's own rules allow it to be said.
    pub people: Option<Vec<LoggedOn>>,
    /// Whether the device could be helped right now.
    pub self_test: Vec<SelfTest>,
}

/// An operating system.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct SystemFacts {
    /// Such as `Debian GNU/Linux`.
    pub name: String,
    /// Such as `12 (bookworm)`.
    pub version: String,
    /// Such as `6.1.0-18-amd64`.
    pub kernel: String,
    /// Such as `x86_64`.
    pub architecture: String,
}

/// A machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Hardware {
    /// Who made it.
    pub maker: String,
    /// What they call it.
    pub model: String,
    /// Its serial number; empty where only an administrator may read it.
    pub serial: String,
    /// The processor's name.
    pub cpu: String,
    /// Its logical cores.
    pub cores: u32,
    /// Memory in MiB.
    pub memory_mib: u64,
    /// Its disks.
    pub disks: Vec<Disk>,
}

/// A disk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Disk {
    /// Where it is mounted, or its name.
    pub name: String,
    /// The kind of file system.
    pub file_system: String,
    /// Its size in MiB. What is free on it changes all day and is not said here.
    pub size_mib: u64,
}

/// A monitor.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Monitor {
    /// Such as `HDMI-1`.
    pub name: String,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// How much larger than its pixels things are drawn, in percent; 0 where unknown.
    pub scale_percent: u32,
}

/// A network interface.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Network {
    /// Such as `eth0`.
    pub name: String,
    /// Its hardware address.
    pub mac: String,
    /// Its addresses with their prefix lengths.
    pub addresses: Vec<String>,
}

/// An installed program.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Software {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// A person who is logged on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct LoggedOn {
    /// The name that they log on with.
    pub name: String,
}

/// One thing that a host needs in order to be of help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Check {
    /// The screen can be seen.
    Capture,
    /// The screen can be encoded fast enough.
    Encoder,
    /// Keys and pointer can be moved.
    Input,
    /// A question can be shown to the person.
    Consent,
    /// What draws the screen is one that this version can work with.
    DisplayServer,
    /// A relay answers over UDP.
    Relay,
    /// Something that a later version checks.
    Other,
}

impl Check {
    /// Every check that this version knows.
    pub const ALL: [Self; 6] = [
        Self::Capture,
        Self::Encoder,
        Self::Input,
        Self::Consent,
        Self::DisplayServer,
        Self::Relay,
    ];

    /// Its name in searches and on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Capture => "capture",
            Self::Encoder => "encoder",
            Self::Input => "input",
            Self::Consent => "consent",
            Self::DisplayServer => "display",
            Self::Relay => "relay",
            Self::Other => "other",
        }
    }
}

impl From<String> for Check {
    fn from(word: String) -> Self {
        let known = Self::ALL.into_iter().find(|check| check.word() == word);
        known.unwrap_or(Self::Other)
    }
}

impl From<Check> for String {
    fn from(check: Check) -> Self {
        check.word().to_owned()
    }
}

/// What a check found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Verdict {
    /// It works.
    Ok,
    /// It does not.
    Failed,
    /// It could not be tried.
    #[default]
    Unknown,
}

/// A check and what it found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct SelfTest {
    /// What was tried.
    pub check: Check,
    /// What came of it.
    #[serde(default)]
    pub verdict: Verdict,
    /// With what: the back end's name, the relay's name.
    #[serde(default)]
    pub with: String,
    /// What came of it, for a person.
    #[serde(default)]
    pub sentence: String,
    /// How long it took, in microseconds: per picture of 1920 × 1080 for the encoder and the
    /// capture, there and back for a relay.
    #[serde(default)]
    pub micros: Option<u32>,
}

impl Inventory {
    /// Cuts lists and texts to what may be sent, drops programs until the whole fits, and sorts
    /// what has no order of its own, so that the same machine says the same twice.
    #[must_use]
    pub fn bounded(mut self) -> Self {
        // Texts first: what is cut may sort differently, or be the same as its neighbour.
        self.each_text(&mut |text| cut(text, FACT_BYTES));
        self.software.sort();
        self.software.dedup();
        self.software.truncate(SOFTWARE_MOST);
        self.hardware.disks.truncate(THINGS_MOST);
        self.monitors.truncate(THINGS_MOST);
        self.networks
            .sort_by(|one, other| one.name.cmp(&other.name));
        self.networks.truncate(THINGS_MOST);
        for network in &mut self.networks {
            let addresses = network.addresses.iter_mut();
            addresses.for_each(|address| cut(address, ADDRESS_BYTES));
            network.addresses.sort();
            network.addresses.truncate(ADDRESSES_MOST);
        }
        if let Some(people) = &mut self.people {
            people.sort_by(|one, other| one.name.cmp(&other.name));
            people.dedup();
            people.truncate(THINGS_MOST);
        }
        self.self_test.truncate(THINGS_MOST);
        let mut room = INVENTORY_BYTES.saturating_sub(self.bytes_without_software());
        let fits = self.software.iter().take_while(|program| {
            let needed = bytes_of(program) + 1;
            let fits = needed <= room;
            room = room.saturating_sub(needed);
            fits
        });
        let fits = fits.count();
        self.software.truncate(fits);
        self
    }

    fn bytes_without_software(&self) -> usize {
        let rest = Self {
            software: Vec::new(),
            ..self.clone()
        };
        bytes_of(&rest)
    }

    /// Goes through every text of the report.
    pub fn each_text(&mut self, change: &mut impl FnMut(&mut String)) {
        change(&mut self.version);
        let os = &mut self.os;
        let hardware = &mut self.hardware;
        for text in [
            &mut os.name,
            &mut os.version,
            &mut os.kernel,
            &mut os.architecture,
            &mut hardware.maker,
            &mut hardware.model,
            &mut hardware.serial,
            &mut hardware.cpu,
        ] {
            change(text);
        }
        for disk in &mut hardware.disks {
            change(&mut disk.name);
            change(&mut disk.file_system);
        }
        for monitor in &mut self.monitors {
            change(&mut monitor.name);
        }
        for network in &mut self.networks {
            change(&mut network.name);
            change(&mut network.mac);
            network.addresses.iter_mut().for_each(&mut *change);
        }
        for program in &mut self.software {
            change(&mut program.name);
            change(&mut program.version);
        }
        for person in self.people.iter_mut().flatten() {
            change(&mut person.name);
        }
        for test in &mut self.self_test {
            change(&mut test.with);
            change(&mut test.sentence);
        }
    }

    /// Equal for reports that say the same. How long a check took is left out: it is never the
    /// same twice.
    pub fn digest(&self) -> [u8; 32] {
        let mut lasting = self.clone();
        for test in &mut lasting.self_test {
            test.micros = None;
            // The sentence of a check that worked names the time that it took.
            if test.verdict == Verdict::Ok {
                test.sentence.clear();
            }
        }
        Sha256::digest(serde_json::to_vec(&lasting).unwrap_or_default()).into()
    }
}

fn bytes_of(value: &impl Serialize) -> usize {
    serde_json::to_vec(value).map_or(usize::MAX, |bytes| bytes.len())
}

/// Takes out control characters, which JSON writes six times as long, and cuts at a character's
/// boundary.
fn cut(text: &mut String, most: usize) {
    text.retain(|c| !c.is_control());
    if text.len() > most {
        text.truncate(text.floor_char_boundary(most));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn software() -> impl Strategy<Value = Vec<Software>> {
        let one = (".{0,400}", ".{0,40}").prop_map(|(name, version)| Software { name, version });
        prop::collection::vec(one, 0..40)
    }

    proptest! {
        #[test]
        fn a_bounded_report_fits_whatever_the_machine_holds(
            software in software(),
            copies in 1usize..400,
            names in prop::collection::vec(".{0,300}", 0..200),
        ) {
            let mut many = Vec::new();
            for copy in 0..copies {
                many.extend(software.iter().map(|program| Software {
                    name: format!("{} {copy}", program.name),
                    version: program.version.clone(),
                }));
            }
            let report = Inventory {
                software: many,
                monitors: names
                    .iter()
                    .map(|name| Monitor { name: name.clone(), ..Monitor::default() })
                    .collect(),
                networks: names
                    .iter()
                    .map(|name| Network {
                        name: name.clone(),
                        mac: name.clone(),
                        addresses: names.clone(),
                    })
                    .collect(),
                people: Some(
                    names.iter().map(|name| LoggedOn { name: name.clone() }).collect(),
                ),
                ..Inventory::default()
            };
            let mut bounded = report.bounded();
            prop_assert!(bytes_of(&bounded) <= INVENTORY_BYTES);
            prop_assert!(bounded.software.len() <= SOFTWARE_MOST);
            prop_assert!(bounded.monitors.len() <= THINGS_MOST);
            bounded.each_text(&mut |text| assert!(text.len() <= FACT_BYTES));
            let again = bounded.clone().bounded();
            prop_assert_eq!(again, bounded);
        }

        #[test]
        fn nothing_that_arrives_makes_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
            let read: Result<Inventory, _> = serde_json::from_slice(&bytes);
            if let Ok(read) = read {
                prop_assert!(bytes_of(&read.bounded()) <= INVENTORY_BYTES);
            }
        }
    }

    #[test]
    fn reports_of_other_versions_are_read() {
        let later = r#"{"version":"9","gpu":{"name":"x"},"self_test":[
            {"check":"teleport","verdict":"ok","sentence":"","beam":3},
            {"check":"capture","verdict":"failed"}]}"#;
        let read: Inventory = serde_json::from_str(later).expect("reads");
        let checks: Vec<_> = read.self_test.iter().map(|test| test.check).collect();
        assert_eq!(checks, [Check::Other, Check::Capture]);
        assert_eq!(
            serde_json::from_str::<Inventory>("{}").expect("reads"),
            Inventory::default()
        );
    }

    #[test]
    fn the_digest_sees_a_verdict_and_not_the_time_it_took() {
        let test = |verdict, micros| Inventory {
            self_test: vec![SelfTest {
                check: Check::Encoder,
                verdict,
                with: "openh264".into(),
                sentence: format!("{micros} µs"),
                micros: Some(micros),
            }],
            ..Inventory::default()
        };
        let (quick, slow) = (test(Verdict::Ok, 5000), test(Verdict::Ok, 9000));
        assert_eq!(quick.digest(), slow.digest());
        assert_ne!(quick.digest(), test(Verdict::Failed, 5000).digest());
    }

    #[test]
    fn a_report_that_nests_without_end_is_refused() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let deep = format!(r#"{{"monitors":{deep}}}"#);
        assert!(serde_json::from_str::<Inventory>(&deep).is_err());
    }
}
