//! The command lines of the four programs, as the demo uses them.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::crew::Crew;
use super::scratch::Scratch;

/// A command that only asks or enrols takes well under a second; passwords are hashed slowly on
/// purpose, and the machine may be busy.
const COMMAND: Duration = Duration::from_secs(60);

/// The programs that make up the product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Product {
    Directory,
    Relay,
    Host,
    Viewer,
}

impl Product {
    /// Its name without the project's; also that of its data folder.
    fn short_name(self) -> &'static str {
        match self {
            Self::Directory => "directory",
            Self::Relay => "relay",
            Self::Host => "host",
            Self::Viewer => "viewer",
        }
    }

    /// What a command of it, as opposed to its service, is called in messages and logs.
    fn command_name(self) -> &'static str {
        match self {
            Self::Directory => "directory command",
            Self::Relay => "relay command",
            Self::Host => "host command",
            Self::Viewer => "viewer command",
        }
    }
}

/// Starts the programs, each with a data folder of its own.
#[derive(Debug)]
pub(crate) struct Products<'a> {
    bin_dir: PathBuf,
    scratch: &'a Scratch,
}

impl<'a> Products<'a> {
    /// Programs from `bin_dir`, data below `scratch`.
    pub(crate) fn new(bin_dir: PathBuf, scratch: &'a Scratch) -> Self {
        Self { bin_dir, scratch }
    }

    /// `farpane-PRODUCT WORDS… --data DIR`
    pub(crate) fn command<I>(&self, product: Product, words: I) -> Result<Command>
    where
        I: IntoIterator,
        I::Item: AsRef<OsStr>,
    {
        let name = product.short_name();
        let mut command = Command::new(self.bin_dir.join(format!("farpane-{name}")));
        command
            .args(words)
            .arg("--data")
            .arg(self.scratch.folder(name)?);
        Ok(command)
    }

    /// Runs such a command to its end; the last line of its standard output.
    pub(crate) fn ask<I>(&self, crew: &mut Crew, product: Product, words: I) -> Result<String>
    where
        I: IntoIterator,
        I::Item: AsRef<OsStr>,
    {
        crew.run(
            product.command_name(),
            COMMAND,
            &mut self.command(product, words)?,
        )
    }
}

/// What `farpane-directory info --json` tells.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct DirectoryInfo {
    /// Where console and programs find it.
    pub(crate) url: String,
    /// Of its identity key.
    pub(crate) fingerprint: String,
}

impl DirectoryInfo {
    /// From the one line of JSON.
    pub(crate) fn parse(line: &str) -> Result<Self> {
        let value: Value = serde_json::from_str(line)
            .with_context(|| format!("the directory's info is not JSON: {line}"))?;
        let text = |name: &str| {
            let value = value.get(name).and_then(Value::as_str).map(str::to_owned);
            value.with_context(|| format!("the directory's info has no \"{name}\": {line}"))
        };
        Ok(Self {
            url: text("url")?,
            fingerprint: text("fingerprint")?,
        })
    }
}

/// The id of the reachable device called `name` in what `farpane-viewer devices --json` tells, a
/// list or a page with one; `None` while it is not reachable.
pub(crate) fn reachable_device(line: &str, name: &str) -> Result<Option<String>> {
    let value: Value = serde_json::from_str(line)
        .with_context(|| format!("the list of devices is not JSON: {line}"))?;
    let devices = value.get("devices").unwrap_or(&value).as_array();
    let devices = devices.with_context(|| format!("the list of devices is no list: {line}"))?;
    let has = |device: &Value, field: &str, wanted: &str| {
        device.get(field).and_then(Value::as_str) == Some(wanted)
    };
    let Some(device) = devices
        .iter()
        .find(|device| has(device, "name", name) && has(device, "state", "reachable"))
    else {
        return Ok(None);
    };
    let id = device.get("id").and_then(Value::as_str);
    let id = id.with_context(|| format!("a device without an id is listed: {line}"))?;
    Ok(Some(id.to_owned()))
}

/// The command line with which a person can do the same by hand.
pub(crate) fn spelled(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<_> = words.map(|word| quoted(&word.to_string_lossy())).collect();
    words.join(" ")
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@,+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn info_is_read_from_one_line() {
        let info = DirectoryInfo::parse(r#"{"fingerprint":"ab12","url":"https://127.0.0.1:4"}"#);
        let expected = DirectoryInfo {
            url: "https://127.0.0.1:4".into(),
            fingerprint: "ab12".into(),
        };
        assert_eq!(info.expect("parsed"), expected);
        let error = DirectoryInfo::parse(r#"{"url":"https://127.0.0.1:4"}"#).expect_err("partial");
        assert!(error.to_string().contains("fingerprint"), "{error}");
    }

    #[test]
    fn only_the_named_and_reachable_device_is_taken() {
        let list = r#"[
            {"id": "1", "name": "other", "state": "reachable", "last_heard": null},
            {"id": "2", "name": "demo", "state": "unreachable", "last_heard": null}
        ]"#;
        assert_eq!(reachable_device(list, "demo").expect("parsed"), None);
        let list = list.replace("unreachable", "reachable");
        assert_eq!(
            reachable_device(&list, "demo").expect("parsed"),
            Some("2".to_owned())
        );
        let page = format!(r#"{{"devices": {list}, "total": 2}}"#);
        assert_eq!(
            reachable_device(&page, "demo").expect("parsed"),
            Some("2".to_owned())
        );
        assert!(reachable_device("no devices yet", "demo").is_err());
        assert!(reachable_device(r#"{"total": 2}"#, "demo").is_err());
    }

    #[test]
    fn a_spelled_command_survives_a_shell() {
        let mut command = Command::new("/tmp/a dir/farpane-viewer");
        command.args(["connect", "it's", ""]);
        assert_eq!(
            spelled(&command),
            r"'/tmp/a dir/farpane-viewer' connect 'it'\''s' ''"
        );
    }
}
