//! What a host reported, made harmless, and how one report differs from the one before.

use std::collections::BTreeMap;

use farpane_protocol::api::inventory::{Inventory, Software};
use farpane_protocol::time::Timestamp;

use super::fact::facts;
use super::text;

/// Most differences that one report leaves in the history; the last line says how many more.
pub const CHANGES_AT_ONCE: usize = 100;

/// Most differences that are kept of one device.
pub const CHANGES_KEPT: u32 = 500;

/// Reports that one device may send on one day: one an hour. A host that changes more often than
/// that is broken or hostile.
pub const REPORTS_A_DAY: u32 = 24;

/// A report as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptInventory {
    /// What it says.
    pub inventory: Inventory,
    /// When the host last sent one.
    pub reported: Timestamp,
    /// When it last said something new.
    pub changed: Timestamp,
}

/// One difference between two reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// When it was reported.
    pub at: Timestamp,
    /// Of what: the word of a fact, or `software`.
    pub what: String,
    /// What was said before; empty for something new.
    pub before: String,
    /// What is said now; empty for something gone.
    pub after: String,
}

/// Makes every text of a report harmless and leaves out what is then empty.
pub fn harmless(report: Inventory) -> Inventory {
    let mut report = report.bounded();
    report.each_text(&mut |value| *value = text::fact(value));
    report.software.retain(|program| !program.name.is_empty());
    report.monitors.retain(|monitor| !monitor.name.is_empty());
    report.networks.retain(|network| !network.name.is_empty());
    for network in &mut report.networks {
        network.addresses.retain(|address| !address.is_empty());
    }
    if let Some(people) = &mut report.people {
        people.retain(|person| !person.name.is_empty());
    }
    // Cleaning may have made two lines the same, or put them into another order.
    report.bounded()
}

/// What changed from one report to the next, facts first, at most [`CHANGES_AT_ONCE`].
pub fn changes(before: &Inventory, after: &Inventory, at: Timestamp) -> Vec<Change> {
    let change = |what: &str, before: &str, after: &str| Change {
        at,
        what: what.to_owned(),
        before: before.to_owned(),
        after: after.to_owned(),
    };
    let mut found = Vec::new();
    let (old, new) = (grouped(before), grouped(after));
    let words: std::collections::BTreeSet<_> = old.keys().chain(new.keys()).collect();
    for word in words {
        let of = |facts: &BTreeMap<&'static str, Vec<String>>| {
            facts
                .get(*word)
                .map(|all| all.join(", "))
                .unwrap_or_default()
        };
        let (old, new) = (of(&old), of(&new));
        if old != new {
            found.push(change(word, &old, &new));
        }
    }
    let (old, new) = (versions(&before.software), versions(&after.software));
    let mut names: Vec<_> = old.keys().chain(new.keys()).copied().collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let of = |all: &BTreeMap<&str, Vec<&str>>| {
            let versions = all.get(name)?;
            Some(
                format!("{name} {}", versions.join(", "))
                    .trim_end()
                    .to_owned(),
            )
        };
        let (old, new) = (of(&old), of(&new));
        if old != new {
            let words = |said: Option<String>| said.unwrap_or_default();
            found.push(change("software", &words(old), &words(new)));
        }
    }
    if found.len() > CHANGES_AT_ONCE {
        let more = found.len() - CHANGES_AT_ONCE + 1;
        found.truncate(CHANGES_AT_ONCE - 1);
        found.push(change("more", "", &format!("{more} more differences")));
    }
    found
}

/// What a report says about each thing, as a person would read it.
fn grouped(report: &Inventory) -> BTreeMap<&'static str, Vec<String>> {
    let mut all = BTreeMap::<_, Vec<String>>::new();
    for fact in facts(report) {
        all.entry(fact.key.word()).or_default().push(fact.shown);
    }
    all
}

fn versions(software: &[Software]) -> BTreeMap<&str, Vec<&str>> {
    let mut all = BTreeMap::<_, Vec<&str>>::new();
    for program in software {
        let versions = all.entry(program.name.as_str()).or_default();
        versions.push(&program.version);
    }
    all
}

#[cfg(test)]
mod tests {
    use farpane_protocol::api::inventory::{Hardware, Monitor};

    use super::*;

    fn with(software: &[(&str, &str)], cores: u32) -> Inventory {
        Inventory {
            hardware: Hardware {
                cores,
                ..Hardware::default()
            },
            software: software
                .iter()
                .map(|(name, version)| Software {
                    name: (*name).into(),
                    version: (*version).into(),
                })
                .collect(),
            ..Inventory::default()
        }
    }

    #[test]
    fn hostile_words_become_plain_ones() {
        let report = Inventory {
            monitors: vec![
                Monitor {
                    name: "\u{202e}\0DP-1\u{200b}\n<script>".into(),
                    ..Monitor::default()
                },
                Monitor {
                    name: "\u{200f}\u{0007}".into(),
                    ..Monitor::default()
                },
            ],
            ..with(&[("\u{feff}", "1"), ("=cmd|'/c calc'!A0", "1\t2")], 1)
        };
        let clean = harmless(report);
        assert_eq!(clean.monitors.len(), 1);
        assert_eq!(clean.monitors[0].name, "DP-1<script>");
        assert_eq!(clean.software.len(), 1);
        assert_eq!(clean.software[0].name, "=cmd|'/c calc'!A0");
        assert_eq!(harmless(clean.clone()), clean);
    }

    #[test]
    fn differences_name_what_came_went_and_changed() {
        let before = with(&[("curl", "8.1"), ("vim", "9")], 4);
        let after = with(&[("curl", "8.2"), ("git", "2")], 8);
        let found = changes(&before, &after, Timestamp(7));
        let lines: Vec<_> = found
            .iter()
            .map(|change| {
                (
                    change.what.as_str(),
                    change.before.as_str(),
                    change.after.as_str(),
                )
            })
            .collect();
        assert_eq!(
            lines,
            [
                ("cores", "4", "8"),
                ("software", "curl 8.1", "curl 8.2"),
                ("software", "", "git 2"),
                ("software", "vim 9", "")
            ]
        );
        assert!(changes(&after, &after, Timestamp(7)).is_empty());
    }

    #[test]
    fn a_flood_of_differences_is_cut_and_says_so() {
        let many: Vec<_> = (0..1000).map(|n| format!("program {n}")).collect();
        let many: Vec<_> = many.iter().map(|name| (name.as_str(), "1")).collect();
        let found = changes(&with(&[], 1), &with(&many, 1), Timestamp(7));
        assert_eq!(found.len(), CHANGES_AT_ONCE);
        assert_eq!(
            found.last().map(|last| last.after.as_str()),
            Some("901 more differences")
        );
    }
}
