//! What can be searched in a host's report: each fact by a word, with its text or its number, and
//! the conditions that a search may put on it.

use std::cmp::Ordering;

use farpane_protocol::api::inventory::{Inventory, Verdict};

use super::text::{self, fold};

macro_rules! fact_keys {
    ($($(#[$doc:meta])* $name:ident = $word:literal, $kind:expr;)*) => {
        /// A fact that can be searched.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum FactKey { $($(#[$doc])* $name,)* }

        impl FactKey {
            /// Every fact.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its word in a search, such as `memory` in `memory:<8`.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// How it is searched.
            pub const fn kind(self) -> FactKind {
                match self { $(Self::$name => $kind,)* }
            }
        }
    };
}

/// How a fact is searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactKind {
    /// By words that it contains.
    Contains,
    /// By its beginning: there are as many of these as devices.
    Begins,
    /// By a number, of which a person types one where so many are kept.
    Number(i64),
}

fact_keys! {
    /// Version of the operating system.
    OsVersion = "os-version", FactKind::Contains;
    /// Version of its kernel.
    Kernel = "kernel", FactKind::Contains;
    /// Such as `x86_64`.
    Architecture = "arch", FactKind::Contains;
    /// Who made the machine.
    Maker = "maker", FactKind::Contains;
    /// What they call it.
    Model = "model", FactKind::Contains;
    /// Its serial number.
    Serial = "serial", FactKind::Begins;
    /// Its processor.
    Cpu = "cpu", FactKind::Contains;
    /// How many logical cores.
    Cores = "cores", FactKind::Number(1);
    /// Memory; typed in GiB, kept in MiB.
    Memory = "memory", FactKind::Number(1024);
    /// Size of any of its disks; typed in GiB, kept in MiB.
    Disk = "disk", FactKind::Number(1024);
    /// How many monitors.
    Monitors = "monitors", FactKind::Number(1);
    /// Name and size of a monitor.
    Monitor = "monitor", FactKind::Contains;
    /// A hardware address.
    Mac = "mac", FactKind::Begins;
    /// An address.
    Ip = "ip", FactKind::Begins;
    /// An installed program.
    Software = "software", FactKind::Contains;
    /// Who is logged on.
    Person = "person", FactKind::Contains;
    /// A check that works.
    Can = "can", FactKind::Contains;
    /// A check that failed.
    Cannot = "cannot", FactKind::Contains;
    /// A check that could not be tried.
    Untried = "untried", FactKind::Contains;
    /// How long a picture takes to encode; typed in milliseconds, kept in microseconds.
    Encoder = "encoder", FactKind::Number(1000);
    /// What draws the screen.
    Display = "display", FactKind::Contains;
}

impl FactKey {
    /// The fact of that word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|key| key.word() == word)
    }
}

/// One fact of one device.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fact {
    /// Which.
    pub key: FactKey,
    /// As it is searched.
    pub text: String,
    /// As it is compared, for facts that are numbers.
    pub number: Option<i64>,
    /// As a person reads it.
    pub shown: String,
}

/// What can be searched in a report, without its software, which is kept apart. Sorted, each once.
pub fn facts(report: &Inventory) -> Vec<Fact> {
    let mut all = Vec::new();
    let mut say = |key: FactKey, shown: &str| {
        if !shown.is_empty() {
            all.push(Fact {
                key,
                text: fold(shown),
                number: None,
                shown: shown.to_owned(),
            });
        }
    };
    let (os, hardware) = (&report.os, &report.hardware);
    say(FactKey::OsVersion, &os.version);
    say(FactKey::Kernel, &os.kernel);
    say(FactKey::Architecture, &os.architecture);
    say(FactKey::Maker, &hardware.maker);
    say(FactKey::Model, &hardware.model);
    say(FactKey::Serial, &hardware.serial);
    say(FactKey::Cpu, &hardware.cpu);
    for monitor in &report.monitors {
        let size = format!("{} {}×{}", monitor.name, monitor.width, monitor.height);
        say(FactKey::Monitor, &size);
    }
    for network in &report.networks {
        say(FactKey::Mac, &network.mac);
        for address in &network.addresses {
            say(FactKey::Ip, address);
        }
    }
    for person in report.people.iter().flatten() {
        say(FactKey::Person, &person.name);
    }
    for test in &report.self_test {
        let key = match test.verdict {
            Verdict::Ok => FactKey::Can,
            Verdict::Failed => FactKey::Cannot,
            Verdict::Unknown => FactKey::Untried,
        };
        say(key, test.check.word());
        if test.check == farpane_protocol::api::inventory::Check::DisplayServer {
            say(FactKey::Display, &test.with);
        }
    }
    let mut count = |key: FactKey, number: u64, shown: String| {
        let number = i64::try_from(number).unwrap_or(i64::MAX);
        all.push(Fact {
            key,
            text: number.to_string(),
            number: Some(number),
            shown,
        });
    };
    if hardware.cores > 0 {
        count(
            FactKey::Cores,
            hardware.cores.into(),
            hardware.cores.to_string(),
        );
    }
    if hardware.memory_mib > 0 {
        count(
            FactKey::Memory,
            hardware.memory_mib,
            size_in_words(hardware.memory_mib),
        );
    }
    for disk in &hardware.disks {
        count(FactKey::Disk, disk.size_mib, size_in_words(disk.size_mib));
    }
    if *report != Inventory::default() {
        let monitors = report.monitors.len();
        count(FactKey::Monitors, monitors as u64, monitors.to_string());
    }
    for test in &report.self_test {
        if let (farpane_protocol::api::inventory::Check::Encoder, Some(micros)) =
            (test.check, test.micros)
        {
            // In whole milliseconds: how long it took is never the same twice.
            let millis = micros.div_ceil(1000);
            count(
                FactKey::Encoder,
                u64::from(millis) * 1000,
                format!("{millis} ms"),
            );
        }
    }
    all.sort();
    all.dedup_by(|one, other| (one.key, &one.text) == (other.key, &other.text));
    all
}

/// A size as people say it.
pub fn size_in_words(mib: u64) -> String {
    const UNITS: [&str; 4] = ["MiB", "GiB", "TiB", "PiB"];
    let (mut tenths, mut unit) = (u128::from(mib) * 10, 0);
    while tenths >= 10_240 && unit + 1 < UNITS.len() {
        tenths = (tenths + 512) / 1024;
        unit += 1;
    }
    let name = UNITS[unit];
    match tenths % 10 {
        0 => format!("{} {name}", tenths / 10),
        rest => format!("{}.{rest} {name}", tenths / 10),
    }
}

/// What a search asks of a fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactCondition {
    /// Of which.
    pub key: FactKey,
    /// What.
    pub test: FactTest,
}

/// What a search asks of a fact's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FactTest {
    /// That it contains this folded text; empty: that there is one at all.
    Contains(String),
    /// That it begins with this folded text.
    Begins(String),
    /// How it compares to a number, in the unit that is kept.
    Compares(Comparison, i64),
}

/// How two numbers compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// Less than.
    Less,
    /// At most.
    AtMost,
    /// The same.
    Equal,
    /// At least.
    AtLeast,
    /// More than.
    More,
}

impl Comparison {
    /// Reads `<`, `<=`, `>=`, `>` or `=` off the front; without any it is [`Comparison::Equal`].
    pub fn take(text: &str) -> (Self, &str) {
        let known = [
            ("<=", Self::AtMost),
            (">=", Self::AtLeast),
            ("<", Self::Less),
            (">", Self::More),
            ("=", Self::Equal),
        ];
        let found = known
            .into_iter()
            .find_map(|(sign, comparison)| Some((comparison, text.strip_prefix(sign)?)));
        found.unwrap_or((Self::Equal, text))
    }

    /// Whether numbers in this order compare so.
    pub const fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Less => order.is_lt(),
            Self::AtMost => order.is_le(),
            Self::Equal => order.is_eq(),
            Self::AtLeast => order.is_ge(),
            Self::More => order.is_gt(),
        }
    }
}

/// Why a value is none that can be asked of a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{word} is a number: write {word}:8, {word}:<8 or {word}:>=8")]
pub struct NotANumber {
    /// The fact's word.
    pub word: &'static str,
}

impl FactCondition {
    /// What `key:value` asks, as a person typed it.
    pub fn parse(key: FactKey, value: &str) -> Result<Self, NotANumber> {
        let value = text::fact(value);
        let test = match key.kind() {
            FactKind::Contains => FactTest::Contains(fold(&value)),
            FactKind::Begins => FactTest::Begins(fold(&value)),
            FactKind::Number(each) => {
                let (comparison, digits) = Comparison::take(&value);
                let word = key.word();
                let number: f64 = digits.trim().parse().map_err(|_| NotANumber { word })?;
                if !number.is_finite() {
                    return Err(NotANumber { word });
                }
                // Saturates at both ends, where no device is.
                FactTest::Compares(comparison, (number * each as f64).round() as i64)
            }
        };
        Ok(Self { key, test })
    }
}

#[cfg(test)]
mod tests {
    use farpane_protocol::api::inventory::{Check, Hardware, SelfTest};

    use super::*;

    #[test]
    fn conditions_are_read_as_people_type_them() {
        let read = |word: &str, value: &str| {
            let key = FactKey::of(word).expect("a fact");
            FactCondition::parse(key, value).map(|condition| condition.test)
        };
        assert_eq!(
            read("memory", "<8"),
            Ok(FactTest::Compares(Comparison::Less, 8192))
        );
        assert_eq!(
            read("monitors", ">1"),
            Ok(FactTest::Compares(Comparison::More, 1))
        );
        assert_eq!(
            read("encoder", "<=7.5"),
            Ok(FactTest::Compares(Comparison::AtMost, 7500))
        );
        assert_eq!(
            read("software", "FireFox"),
            Ok(FactTest::Contains("firefox".into()))
        );
        assert_eq!(
            read("serial", "AB\u{202e}1"),
            Ok(FactTest::Begins("ab1".into()))
        );
        assert!(read("cores", "many").is_err());
        assert!(read("cores", "<NaN").is_err());
        assert_eq!(FactKey::of("colour"), None);
    }

    #[test]
    fn a_report_becomes_facts_that_can_be_searched() {
        let report = Inventory {
            hardware: Hardware {
                serial: "AB1".into(),
                memory_mib: 16_000,
                ..Hardware::default()
            },
            self_test: vec![SelfTest {
                check: Check::Consent,
                verdict: Verdict::Failed,
                with: String::new(),
                sentence: "no window manager".into(),
                micros: None,
            }],
            ..Inventory::default()
        };
        let said: Vec<_> = facts(&report)
            .into_iter()
            .map(|fact| format!("{}:{}", fact.key.word(), fact.shown))
            .collect();
        assert_eq!(
            said,
            [
                "serial:AB1",
                "memory:15.6 GiB",
                "monitors:0",
                "cannot:consent"
            ]
        );
    }
}
