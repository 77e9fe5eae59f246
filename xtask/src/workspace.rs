//! Where things are: the repository, the build folder that every chore shares, and the `cargo`
//! that this chore was started with.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

/// The programs that make up the product, each a package with a binary of the same name.
pub(crate) const PRODUCTS: [&str; 4] = [
    "farpane-directory",
    "farpane-relay",
    "farpane-host",
    "farpane-viewer",
];

/// Names the folder of freshly built programs to the end-to-end tests and benchmarks.
pub(crate) const BIN_DIR_VARIABLE: &str = "FARPANE_BIN_DIR";

/// What cargo sets for the program that it runs. Handed on to an inner cargo it would look like a
/// changed environment to the build scripts that watch it, and rebuild half the tree every time.
const FROM_OUTER_CARGO: [&str; 6] = [
    "CARGO_PKG_",
    "CARGO_MANIFEST_",
    "CARGO_BIN_",
    "CARGO_CRATE_NAME",
    "CARGO_PRIMARY_PACKAGE",
    "OUT_DIR",
];

/// How the programs are built, which also names the folder that they end up in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// For demo and tests; optimised enough for pictures, see the workspace's Cargo.toml.
    Dev,
    /// What people install, and what is measured.
    Release,
}

/// The repository and the build folder of this run.
#[derive(Debug)]
pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// Finds both, without touching either.
    pub(crate) fn find() -> Result<Self> {
        // Cargo names our own folder at run time; the path from build time is only for a binary
        // that somebody starts by hand.
        let here = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = here
            .parent()
            .context("xtask lies in no workspace")?
            .to_path_buf();
        let target = target_dir(
            env::var_os("CARGO_TARGET_DIR"),
            env::var_os("XDG_CACHE_HOME"),
            env::var_os("HOME"),
        )
        .context("neither CARGO_TARGET_DIR nor HOME is set: set one to say where to build")?;
        Ok(Self {
            target: root.join(target),
            root,
        })
    }

    /// The repository's top folder.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The build folder, the same for every chore and every clone of one user.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// Where programs built with `profile` lie.
    pub(crate) fn bin_dir(&self, profile: Profile) -> PathBuf {
        self.target.join(match profile {
            Profile::Dev => "debug",
            Profile::Release => "release",
        })
    }

    /// `program`, to be run at the repository's top; what it builds goes into the shared folder.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        for (name, _) in env::vars_os() {
            if FROM_OUTER_CARGO
                .iter()
                .any(|own| name.to_string_lossy().starts_with(own))
            {
                command.env_remove(name);
            }
        }
        command
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", &self.target);
        command
    }

    /// `cargo WORDS…` at the repository's top, building into the shared folder.
    pub(crate) fn cargo<I>(&self, words: I) -> Command
    where
        I: IntoIterator,
        I::Item: AsRef<OsStr>,
    {
        let mut command = self.command(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(words);
        command
    }

    /// `cargo build` of the four programs.
    pub(crate) fn build_products(&self, profile: Profile) -> Command {
        let mut command = self.cargo(["build", "--locked", "--bins"]);
        for product in PRODUCTS {
            command.args(["--package", product]);
        }
        if profile == Profile::Release {
            command.arg("--release");
        }
        command
    }
}

/// `CARGO_TARGET_DIR` where set, else a folder in the user's cache, so that a fresh clone does not
/// build the same four hundred crates again.
fn target_dir(
    chosen: Option<OsString>,
    cache: Option<OsString>,
    home: Option<OsString>,
) -> Option<PathBuf> {
    let set = |value: Option<OsString>| value.filter(|v| !v.is_empty()).map(PathBuf::from);
    set(chosen).or_else(|| {
        let cache = set(cache).or_else(|| Some(set(home)?.join(".cache")))?;
        Some(cache.join("farpane").join("target"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(target: &str, cache: &str, home: &str) -> Option<PathBuf> {
        let given = |value: &str| (value != "unset").then(|| OsString::from(value));
        target_dir(given(target), given(cache), given(home))
    }

    #[test]
    fn an_explicit_target_folder_wins() {
        assert_eq!(chosen("/t", "/c", "/h"), Some("/t".into()));
    }

    #[test]
    fn the_cache_folder_comes_from_xdg_then_from_home() {
        assert_eq!(
            chosen("unset", "/c", "/h"),
            Some("/c/farpane/target".into())
        );
        assert_eq!(
            chosen("unset", "unset", "/h"),
            Some("/h/.cache/farpane/target".into())
        );
    }

    #[test]
    fn an_empty_variable_counts_as_unset() {
        assert_eq!(
            chosen("", "", "/h"),
            Some("/h/.cache/farpane/target".into())
        );
        assert_eq!(chosen("", "unset", ""), None);
    }

    #[test]
    fn inner_cargo_does_not_see_the_outer_package() {
        let workspace = Workspace::find().expect("found");
        let command = workspace.cargo(["--version"]);
        let removed: Vec<_> = command
            .get_envs()
            .filter(|(_, value)| value.is_none())
            .map(|(name, _)| name)
            .collect();
        // Cargo runs this very test with its package's variables set.
        assert!(
            removed.contains(&OsStr::new("CARGO_MANIFEST_DIR")),
            "{removed:?}"
        );
        assert!(
            removed.contains(&OsStr::new("CARGO_PKG_NAME")),
            "{removed:?}"
        );
    }
}
