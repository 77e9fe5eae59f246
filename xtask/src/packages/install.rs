//! Installs what is missing with apt, after the person, `--yes` or a build server agreed.

use std::env;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::{Chore, Machine, Package, missing};
use crate::step;

/// Makes sure that everything `chore` needs is there; `yes` installs without asking.
pub(crate) fn ensure(chore: Chore, yes: bool) -> Result<()> {
    let lacking = missing(chore, &Machine::here());
    if lacking.is_empty() {
        return Ok(());
    }
    eprintln!("{}", list(&lacking));
    let has_apt = Machine::here().has(&super::Probe::Programs(&["apt-get"]));
    match agreement(has_apt, yes, build_server(), io::stdin().is_terminal()) {
        Agreement::Given => {}
        Agreement::Ask if asked_and_agreed()? => {}
        Agreement::Ask => bail!("nothing was installed, and nothing was started"),
        Agreement::Impossible => bail!(
            "this machine has no apt-get: install what the list above names with your system's \
             own tool, then try again"
        ),
        Agreement::NobodyToAsk => bail!(
            "system packages are missing and there is nobody to ask: pass --yes to install them, \
             or run: {}",
            by_hand(&lacking)
        ),
    }
    install(&lacking)?;
    let still = missing(chore, &Machine::here());
    if !still.is_empty() {
        bail!("apt-get ended well and left these out: {}", names(&still));
    }
    Ok(())
}

/// How to go on when packages are missing.
#[derive(Debug, PartialEq, Eq)]
enum Agreement {
    Given,
    Ask,
    NobodyToAsk,
    Impossible,
}

fn agreement(has_apt: bool, yes: bool, build_server: bool, terminal: bool) -> Agreement {
    match (has_apt, yes || build_server, terminal) {
        (false, _, _) => Agreement::Impossible,
        (true, true, _) => Agreement::Given,
        (true, false, true) => Agreement::Ask,
        (true, false, false) => Agreement::NobodyToAsk,
    }
}

/// Build servers set `CI=true`; what they start has agreed to whatever it needs.
fn build_server() -> bool {
    env::var_os("CI").is_some_and(|value| value == "true" || value == "1")
}

fn asked_and_agreed() -> Result<bool> {
    eprint!("Install them now with apt-get? [y/N] ");
    io::stderr()
        .flush()
        .context("cannot write to the terminal")?;
    let mut answer = String::new();
    io::stdin()
        .lock()
        .read_line(&mut answer)
        .context("cannot read the answer")?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

fn install(packages: &[&Package]) -> Result<()> {
    let prefix = privilege()?;
    // A third-party list that cannot be reached must not stop us: what counts is whether the
    // packages install.
    if let Err(error) = step::run("apt-get update", &mut apt(prefix, &["update"])) {
        eprintln!("{error:#}; going on with the package lists that are there");
    }
    let mut words = vec!["install", "-y", "--no-install-recommends"];
    words.extend(packages.iter().map(|package| package.name));
    step::run("apt-get install", &mut apt(prefix, &words))
}

/// `sudo` where we are not root ourselves; root of a container often has none.
fn privilege() -> Result<Option<&'static str>> {
    let root = std::fs::metadata("/proc/self")
        .context("cannot tell which user this is")?
        .uid()
        == 0;
    if root {
        return Ok(None);
    }
    if !Machine::here().has(&super::Probe::Programs(&["sudo"])) {
        bail!("installing packages takes root, and there is no sudo: run this as root once");
    }
    Ok(Some("sudo"))
}

fn apt(prefix: Option<&str>, words: &[&str]) -> Command {
    let mut line: Vec<&str> = prefix.into_iter().collect();
    // Through env(1), because sudo drops the environment that it is given.
    line.extend([
        "env",
        "DEBIAN_FRONTEND=noninteractive",
        "apt-get",
        "--quiet",
    ]);
    let mut command = Command::new(line[0]);
    command.args(&line[1..]).args(words);
    command
}

fn list(packages: &[&Package]) -> String {
    let lines = packages
        .iter()
        .map(|p| format!("  {:<20} {}", p.name, p.purpose));
    let lines: Vec<_> = lines.collect();
    format!("Missing system packages:\n{}", lines.join("\n"))
}

fn by_hand(packages: &[&Package]) -> String {
    format!(
        "sudo apt-get install --no-install-recommends {}",
        names(packages)
    )
}

fn names(packages: &[&Package]) -> String {
    let names: Vec<_> = packages.iter().map(|package| package.name).collect();
    names.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packages::PACKAGES;

    #[test]
    fn nothing_is_installed_without_agreement() {
        assert_eq!(agreement(true, false, false, true), Agreement::Ask);
        assert_eq!(agreement(true, false, false, false), Agreement::NobodyToAsk);
    }

    #[test]
    fn yes_and_build_servers_agree_beforehand() {
        assert_eq!(agreement(true, true, false, false), Agreement::Given);
        assert_eq!(agreement(true, false, true, false), Agreement::Given);
    }

    #[test]
    fn without_apt_even_a_yes_cannot_install() {
        assert_eq!(agreement(false, true, true, true), Agreement::Impossible);
    }

    #[test]
    fn the_list_names_packages_and_what_they_are_for() {
        let all: Vec<_> = PACKAGES.iter().collect();
        let list = list(&all);
        assert!(
            list.contains("nasm") && list.contains("three times slower"),
            "{list}"
        );
        assert!(by_hand(&all).ends_with("ffmpeg"), "{}", by_hand(&all));
    }

    #[test]
    fn apt_is_told_not_to_ask_also_through_sudo() {
        let command = apt(Some("sudo"), &["install", "-y", "nasm"]);
        let words: Vec<_> = command.get_args().map(|w| w.to_string_lossy()).collect();
        assert_eq!(command.get_program(), "sudo");
        assert_eq!(
            words.join(" "),
            "env DEBIAN_FRONTEND=noninteractive apt-get --quiet install -y nasm"
        );
        assert_eq!(apt(None, &["update"]).get_program(), "env");
    }
}
