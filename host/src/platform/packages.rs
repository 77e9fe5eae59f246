//! What is installed on this machine, from the package managers' own records.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use farpane_protocol::api::inventory::Software;

/// Longest record that is read, in bytes: a desktop's is under 10 MiB.
const RECORD_BYTES: u64 = 64 * 1024 * 1024;

/// Every package, sorted; empty where no record can be read.
pub fn installed() -> Vec<Software> {
    let mut all = BTreeSet::new();
    all.extend(debian(&record(Path::new("/var/lib/dpkg/status"))));
    all.extend(alpine(&record(Path::new("/lib/apk/db/installed"))));
    all.extend(arch(Path::new("/var/lib/pacman/local")));
    if Path::new("/var/lib/rpm").exists() || Path::new("/usr/lib/sysimage/rpm").exists() {
        all.extend(tabbed(&rpm()));
    }
    all.into_iter().collect()
}

fn record(path: &Path) -> String {
    match fs::metadata(path) {
        Ok(known) if known.len() <= RECORD_BYTES => {
            let bytes = fs::read(path).unwrap_or_default();
            String::from_utf8_lossy(&bytes).into_owned()
        }
        Ok(_) | Err(_) => String::new(),
    }
}

/// Paragraphs of `Field: value`; removed packages whose settings are left over do not count.
fn debian(status: &str) -> Vec<Software> {
    let paragraph = |text: &str| {
        let field = |name: &str| {
            let value = text.lines().find_map(|line| line.strip_prefix(name))?;
            Some(value.trim().to_owned())
        };
        let installed = field("Status:")?.ends_with(" installed");
        installed.then_some(Software {
            name: field("Package:")?,
            version: field("Version:").unwrap_or_default(),
        })
    };
    status.split("\n\n").filter_map(paragraph).collect()
}

/// Paragraphs of `P:name` and `V:version`.
fn alpine(record: &str) -> Vec<Software> {
    let paragraph = |text: &str| {
        let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name));
        Some(Software {
            name: field("P:")?.to_owned(),
            version: field("V:").unwrap_or_default().to_owned(),
        })
    };
    record.split("\n\n").filter_map(paragraph).collect()
}

/// A folder per package, called `name-version-release`.
fn arch(folder: &Path) -> Vec<Software> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let read = |name: String| {
        let (rest, release) = name.rsplit_once('-')?;
        let (name, version) = rest.rsplit_once('-')?;
        Some(Software {
            name: name.to_owned(),
            version: format!("{version}-{release}"),
        })
    };
    let names = entries.flatten().map(|entry| entry.file_name());
    names
        .filter_map(|name| read(name.to_string_lossy().into_owned()))
        .collect()
}

/// rpm keeps its record in a database of its own kind, which only rpm reads.
fn rpm() -> String {
    let output = Command::new("rpm")
        .args(["-qa", "--qf", "%{NAME}\\t%{VERSION}-%{RELEASE}\\n"])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output();
    output.map_or_else(
        |_| String::new(),
        |output| String::from_utf8_lossy(&output.stdout).into_owned(),
    )
}

fn tabbed(text: &str) -> Vec<Software> {
    let lines = text.lines().filter_map(|line| line.split_once('\t'));
    lines
        .map(|(name, version)| Software {
            name: name.to_owned(),
            version: version.to_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(software: Vec<Software>) -> Vec<String> {
        let line = |program: Software| format!("{} {}", program.name, program.version);
        software.into_iter().map(line).collect()
    }

    #[test]
    fn records_of_package_managers_are_read() {
        let dpkg = "Package: curl\nStatus: install ok installed\nVersion: 7.88\n\n\
                    Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n\n\
                    Package: odd\nStatus: install ok installed\n";
        assert_eq!(lines(debian(dpkg)), ["curl 7.88", "odd "]);
        let apk = "C:Q1\nP:musl\nV:1.2.4-r2\n\nP:busybox\nV:1.36\n";
        assert_eq!(lines(alpine(apk)), ["musl 1.2.4-r2", "busybox 1.36"]);
        assert_eq!(lines(tabbed("bash\t5.2-1\nbroken\n")), ["bash 5.2-1"]);
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("gtk-update-icon-cache-1:4.12-2")).expect("a folder");
        fs::create_dir(folder.path().join("ALPM")).expect("a folder");
        assert_eq!(
            lines(arch(folder.path())),
            ["gtk-update-icon-cache 1:4.12-2"]
        );
        assert_eq!(lines(debian("\0\u{fffd}\n\n\n:")), Vec::<String>::new());
    }
}
