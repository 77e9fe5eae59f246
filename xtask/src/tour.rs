//! `cargo xtask tour`: a picture of every page of the console, to be looked at before a change of
//! a page is called done.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;

use crate::packages::{self, Chore};
use crate::step;
use crate::workspace::{BIN_DIR_VARIABLE, Profile, Workspace};

/// Names the folder to the test that takes the pictures.
const FOLDER_VARIABLE: &str = "FARPANE_TOUR";

/// Where the pictures go.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Folder for the pictures; it is made if it is not there
    folder: PathBuf,
    /// Install missing system packages without asking
    #[arg(long)]
    yes: bool,
}

/// Builds the programs and takes the pictures.
pub(crate) fn run(options: &Options) -> Result<()> {
    let workspace = Workspace::find()?;
    packages::ensure(Chore::Test, options.yes)?;
    // The test runs in another folder than the person who named this one.
    let folder = std::path::absolute(&options.folder)
        .with_context(|| format!("cannot use {}", options.folder.display()))?;
    step::run(
        "build",
        &mut workspace.cargo(["build", "--workspace", "--bins", "--locked"]),
    )?;
    let mut tour = workspace.cargo(["test", "-p", "farpane-tests", "--locked"]);
    tour.args(["--test", "browser", "--", "--ignored", "tour::"])
        .env(BIN_DIR_VARIABLE, workspace.bin_dir(Profile::Dev))
        .env(FOLDER_VARIABLE, &folder);
    step::run("tour", &mut tour)?;
    eprintln!("the pictures are in {}", folder.display());
    Ok(())
}
