//! `cargo xtask bench`: release builds of the four programs, measured by `farpane-bench`.

use std::path::{PathBuf, absolute};

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::packages::{self, Chore};
use crate::step;
use crate::workspace::{BIN_DIR_VARIABLE, Profile, Workspace};

/// What to measure and how to report it.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// What to measure
    what: Measure,
    /// Print one line of JSON instead of a table
    #[arg(long)]
    json: bool,
    /// Repeat the whole measurement N times
    #[arg(long, value_name = "N")]
    runs: Option<u32>,
    /// Keep what the measurement leaves in this folder: the catalogue, to use it again
    /// (`directory`), or the report so far and pictures that differ (`soak`)
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Install missing system packages without asking
    #[arg(long)]
    yes: bool,
    /// More options for the measurement itself (`farpane-bench WHAT --help` lists them)
    #[arg(last = true)]
    more: Vec<String>,
}

/// The measurements that exist.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Measure {
    /// From a real key to its picture in the viewer's window
    Latency,
    /// Frames, bytes and processor time while idle, typing and playing video
    Picture,
    /// A film and keys over narrow, shrinking and lossy lines
    Link,
    /// From a screen's last change until the viewer shows it exactly
    Still,
    /// Hours of mixed work over bad lines: what grows, and whether the picture is exact
    Soak,
    /// Searches, import, memory and pages of a directory with a million devices
    Directory,
    /// The same tasks with other remote desktop programs
    Peers,
}

impl Measure {
    fn word(self) -> &'static str {
        match self {
            Self::Latency => "latency",
            Self::Picture => "picture",
            Self::Link => "link",
            Self::Still => "still",
            Self::Soak => "soak",
            Self::Directory => "directory",
            Self::Peers => "peers",
        }
    }
}

impl Options {
    /// The words that `farpane-bench` is started with.
    fn words(&self) -> Vec<String> {
        let mut words = vec![self.what.word().to_owned()];
        if self.json {
            words.push("--json".to_owned());
        }
        if let Some(runs) = self.runs {
            words.extend(["--runs".to_owned(), runs.to_string()]);
        }
        if let Some(folder) = &self.folder {
            // The benchmark does not start where this was typed.
            let folder = absolute(folder).unwrap_or_else(|_| folder.clone());
            words.extend(["--folder".to_owned(), folder.display().to_string()]);
        }
        words.extend(self.more.iter().cloned());
        words
    }
}

/// Installs what is missing, builds, measures.
pub(crate) fn run(options: &Options) -> Result<()> {
    let workspace = Workspace::find()?;
    packages::ensure(Chore::Bench, options.yes)?;
    match options.what {
        Measure::Peers => packages::ensure(Chore::Peers, options.yes)?,
        Measure::Latency
        | Measure::Picture
        | Measure::Link
        | Measure::Soak
        | Measure::Still
        | Measure::Directory => {}
    }
    step::run("build", &mut workspace.build_products(Profile::Release))?;
    let bench = ["run", "--quiet", "--locked", "--release"];
    let bench = bench
        .into_iter()
        .chain(["--package", "farpane-tests", "--bin", "farpane-bench"]);
    step::run(
        "bench",
        workspace
            .cargo(bench)
            .arg("--")
            .args(options.words())
            .env(BIN_DIR_VARIABLE, workspace.bin_dir(Profile::Release)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_handed_on_as_they_were_given() {
        let options = Options {
            what: Measure::Picture,
            json: true,
            runs: Some(3),
            folder: Some("/var/catalogue".into()),
            yes: true,
            more: vec!["--seconds".into(), "3".into()],
        };
        assert_eq!(
            options.words(),
            [
                "picture",
                "--json",
                "--runs",
                "3",
                "--folder",
                "/var/catalogue",
                "--seconds",
                "3"
            ]
        );
        let options = Options {
            what: Measure::Peers,
            json: false,
            runs: None,
            folder: None,
            yes: false,
            more: Vec::new(),
        };
        assert_eq!(options.words(), ["peers"]);
    }
}
