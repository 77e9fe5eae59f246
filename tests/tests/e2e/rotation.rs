//! A device changes its key, and dies at each point of it: one key always works.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use farpane_tests::rig::estate::Estate;
use farpane_tests::rig::process::{Process, program, run};

use super::turn;

const PRESENT: &str = "present";

struct Device {
    data: PathBuf,
}

impl Device {
    fn enrol(estate: &Estate) -> Self {
        estate.enroll_host("till", &[]);
        Self {
            data: estate.folder().join("till"),
        }
    }

    fn key(&self) -> PathBuf {
        self.data.join("host.key")
    }

    fn next(&self) -> PathBuf {
        self.data.join("host.key.next")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program("farpane-host"));
        command.arg("--data").arg(&self.data).args(arguments);
        command
    }

    /// Starts the host, waits until it is there, and stops it again.
    fn becomes_present(&self) -> Result<()> {
        let command = self.command(&["run", "--display", "headless"]);
        let mut host = Process::start("host", &command, &self.data.join("host.log"))?;
        host.expect_line(PRESENT, farpane_tests::rig::estate::READY_WAIT);
        Ok(())
    }
}

fn copy(from: &Path, to: &Path) {
    fs::copy(from, to).expect("copies");
}

#[test]
fn a_device_that_dies_while_its_key_changes_keeps_one_that_works() -> Result<()> {
    let _turn = turn();
    let estate = Estate::start()?;
    let device = Device::enrol(&estate);
    let (first, kept) = (fs::read(device.key())?, device.data.join("first.key"));
    copy(&device.key(), &kept);

    // It died before the directory heard: a next key that nobody knows.
    let stray = estate.folder().join("stray");
    run({
        let mut command = Command::new(program("farpane-host"));
        let ticket = estate.admin(&["ticket", "device"]);
        command
            .arg("--data")
            .arg(&stray)
            .args(["enroll", ticket.expect_done(), "--name", "stray"]);
        command
    })
    .expect_done();
    let id = estate.admin(&["device", "list", "--search", "stray", "--json"]);
    let id: serde_json::Value = serde_json::from_str(id.expect_done())?;
    let id = id[0]["id"].as_str().expect("an id").to_owned();
    estate.admin(&["device", "remove", &id]).expect_done();
    copy(&stray.join("host.key"), &device.next());
    device.becomes_present()?;
    assert_eq!(fs::read(device.key())?, first, "the old key stays");
    assert!(!device.next().exists(), "nothing is left over");

    // It went well.
    run(device.command(&["rotate-key"])).expect_done();
    let second = fs::read(device.key())?;
    assert_ne!(second, first);
    device.becomes_present()?;

    // It died after the directory heard and before the file was put in place.
    copy(&device.key(), &device.next());
    copy(&kept, &device.key());
    device.becomes_present()?;
    assert_eq!(fs::read(device.key())?, second, "the new key is taken");
    assert!(!device.next().exists());
    assert_eq!(estate.audit("device_key_rotated").len(), 1);
    Ok(())
}
