//! MeshCentral with its embedded database beside us: how long it takes to list its devices, as its
//! own console does, and how much memory it holds.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::rig::estate::free_tcp_port;

/// What runs it, for Node.js: MeshCentral is a library of that.
const SCRIPT: &str = include_str!("meshcentral.mjs");

/// Devices in its catalogue, one after the other. It sends all of them at once.
const DEVICES: [&str; 3] = ["1000", "10000", "100000"];

/// Lists per number of devices; each takes a second where there are many.
const SAMPLES: &str = "30";

/// Measures the MeshCentral that `npm install meshcentral` put into `install`.
pub(super) fn measure(install: &Path, scratch: &Path) -> Result<Value> {
    let install = install.canonicalize().context("no such folder")?;
    let program = install.join("node_modules/meshcentral");
    ensure!(
        program.exists(),
        "{} is missing: run `npm install meshcentral@1.1` there",
        program.display()
    );
    let work = scratch.join("meshcentral");
    std::fs::create_dir(&work)?;
    let script = work.join("run.mjs");
    std::fs::write(&script, SCRIPT)?;
    let ran = Command::new("node")
        .arg(&script)
        .args([&install, &work])
        .args([&free_tcp_port()?.to_string(), SAMPLES])
        .args(DEVICES)
        .output()
        .context("node (Debian: nodejs) is missing")?;
    ensure!(
        ran.status.success(),
        "MeshCentral failed: {}",
        String::from_utf8_lossy(&ran.stderr)
    );
    let lines = String::from_utf8(ran.stdout)?;
    let read = lines.lines().map(serde_json::from_str);
    Ok(read.collect::<Result<Vec<Value>, _>>()?.into())
}
