//! Who is logged on at this machine, from the system's own record (utmp).

use std::collections::BTreeSet;
use std::fs;

/// Size of one entry in bytes, and where its parts are (`utmp(5)` on 64-bit Linux).
const ENTRY: usize = 384;
const KIND: usize = 0;
const USER: std::ops::Range<usize> = 44..76;

/// The kind of an entry for a person who is logged on.
const USER_PROCESS: i16 = 7;

/// Largest record that is read, in bytes: a thousand logins.
const RECORD_BYTES: usize = ENTRY * 1000;

/// The names that people logged on with, each once; empty where there is no record.
pub fn logged_on() -> Vec<String> {
    let record = fs::read("/run/utmp").or_else(|_| fs::read("/var/run/utmp"));
    names(&record.unwrap_or_default())
}

fn names(record: &[u8]) -> Vec<String> {
    let record = &record[..record.len().min(RECORD_BYTES)];
    let person = |entry: &[u8]| {
        let kind = i16::from_ne_bytes([entry[KIND], entry[KIND + 1]]);
        let name = entry[USER].split(|byte| *byte == 0).next()?;
        let name = String::from_utf8_lossy(name).into_owned();
        (kind == USER_PROCESS && !name.is_empty()).then_some(name)
    };
    let found: BTreeSet<_> = record.chunks_exact(ENTRY).filter_map(person).collect();
    found.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_named_once_and_other_entries_are_not_people() {
        let entry = |kind: i16, name: &str| {
            let mut entry = vec![0; ENTRY];
            entry[KIND..KIND + 2].copy_from_slice(&kind.to_ne_bytes());
            entry[USER.start..USER.start + name.len()].copy_from_slice(name.as_bytes());
            entry
        };
        let record = [
            entry(2, "reboot"),
            entry(USER_PROCESS, "k.berg"),
            entry(USER_PROCESS, "k.berg"),
            entry(USER_PROCESS, ""),
            entry(USER_PROCESS, "anna"),
            vec![7; 100],
        ]
        .concat();
        assert_eq!(names(&record), ["anna", "k.berg"]);
        assert_eq!(names(b"not a record"), Vec::<String>::new());
    }
}
