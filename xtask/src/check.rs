//! `cargo xtask test` and `cargo xtask ci`: what must hold before a change lands.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use clap::Args;

use crate::packages::{self, Chore};
use crate::step;
use crate::workspace::{BIN_DIR_VARIABLE, Profile, Workspace};

/// The one version of cargo-deny that reads our deny.toml: another may know other checks.
const CARGO_DENY: &str = "0.20.2";

/// All short tests together, and building them: ten times what they take on two cores, so that a
/// test that hangs ends the run and is named before whoever waits for it gives up.
const TESTS_MOST: Duration = Duration::from_secs(40 * 60);

/// The same with the long ones, which alone take an hour.
const LONG_TESTS_MOST: Duration = Duration::from_secs(6 * 3600);

/// What is built in only where it is asked for, and tested always.
const FEATURES: [&str; 2] = ["--features", "farpane-host/scrap"];

/// How to run the tests.
#[derive(Debug, Args)]
pub(crate) struct TestOptions {
    /// Run the long tests too, whose figures the documents quote
    #[arg(long)]
    long: bool,
    /// Install missing system packages without asking
    #[arg(long)]
    yes: bool,
}

/// How to run everything.
#[derive(Debug, Args)]
pub(crate) struct CiOptions {
    /// Install missing system packages without asking
    #[arg(long)]
    yes: bool,
}

/// Installs what tests need, builds the programs that end-to-end tests start, runs every test.
pub(crate) fn test(options: &TestOptions) -> Result<()> {
    let workspace = Workspace::find()?;
    packages::ensure(Chore::Test, options.yes)?;
    test_step(&workspace, options.long)
}

/// The cheap checks first, so that a slip of the pen is told within a minute.
pub(crate) fn ci(options: &CiOptions) -> Result<()> {
    let workspace = Workspace::find()?;
    packages::ensure(Chore::Test, options.yes)?;

    step::run("format", &mut workspace.cargo(["fmt", "--all", "--check"]))?;
    step::run(
        "lints",
        workspace
            .cargo(["clippy", "--workspace", "--all-targets", "--locked"])
            .args(FEATURES)
            .args(["--", "-D", "warnings"]),
    )?;
    step::run(
        "documents",
        workspace
            .cargo(["doc", "--workspace", "--no-deps", "--locked"])
            .env("RUSTDOCFLAGS", "-D warnings"),
    )?;
    deny(&workspace)?;
    test_step(&workspace, false)
}

fn test_step(workspace: &Workspace, long: bool) -> Result<()> {
    step::run(
        "build",
        &mut workspace.cargo(["build", "--workspace", "--bins", "--locked"]),
    )?;
    let limit = if long { LONG_TESTS_MOST } else { TESTS_MOST };
    let mut tests = workspace.cargo(["test", "--workspace", "--locked"]);
    tests.args(FEATURES);
    tests.env(BIN_DIR_VARIABLE, workspace.bin_dir(Profile::Dev));
    if long {
        // The long ones are marked as ignored, so that a short run says that it left them out.
        tests.args(["--", "--include-ignored"]);
    }
    step::run_within("tests", limit, &mut tests)
}

/// Licences, banned crates and sources, from what the lock file names and nothing else: advisories
/// change from day to day without us, and would make yesterday's good commit a bad one.
fn deny(workspace: &Workspace) -> Result<()> {
    let program = cargo_deny(workspace)?;
    // The check reads every crate for every system, also those that this machine never builds.
    step::run(
        "fetch",
        &mut workspace.cargo(["fetch", "--locked", "--quiet"]),
    )?;
    let words = [
        "--offline",
        "--log-level",
        "error",
        "check",
        "bans",
        "licenses",
        "sources",
    ];
    step::run("deny", workspace.command(program).args(words))
}

/// Our own copy of cargo-deny beside the build, installed on first use. The user's is left alone:
/// it may be of any version.
fn cargo_deny(workspace: &Workspace) -> Result<PathBuf> {
    let home = workspace.target().join("tools");
    let program = home.join("bin").join("cargo-deny");
    if !reports_version(&program, CARGO_DENY) {
        eprintln!("cargo-deny {CARGO_DENY} is built once; this takes some minutes");
        let mut install = workspace.cargo(["install", "--locked", "--quiet", "cargo-deny"]);
        install.args(["--version", CARGO_DENY, "--root"]).arg(&home);
        // Not into the shared build folder: its lock would make every other cargo wait.
        install.env_remove("CARGO_TARGET_DIR");
        step::run("install cargo-deny", &mut install)?;
    }
    Ok(program)
}

/// Whether `program --version` runs and ends in exactly `version`.
fn reports_version(program: &Path, version: &str) -> bool {
    Command::new(program)
        .arg("--version")
        .output()
        .is_ok_and(|output| {
            String::from_utf8_lossy(&output.stdout)
                .split_whitespace()
                .next_back()
                == Some(version)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_tool_has_no_version() {
        assert!(!reports_version(Path::new("no-such-program"), "1"));
    }

    #[test]
    fn a_tool_is_taken_only_in_the_version_that_was_asked_for() {
        let output = Command::new("rustc")
            .arg("--version")
            .output()
            .expect("rustc runs");
        let words = String::from_utf8(output.stdout).expect("text");
        let last = words.split_whitespace().next_back().expect("a word");
        assert!(reports_version(Path::new("rustc"), last));
        assert!(!reports_version(Path::new("rustc"), "0.0.0"));
    }
}
