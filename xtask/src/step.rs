//! One visible step of a chore: its name, its own output as it comes, the time that it took, and
//! a sentence when it fails.

use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};

/// Runs `command` in the foreground under `name`; a failing exit status is an error.
pub(crate) fn run(name: &str, command: &mut Command) -> Result<()> {
    // On standard error, so that a chore with `--json` leaves standard output to its data.
    eprintln!("── {name}");
    let started = Instant::now();
    let status = command
        .status()
        .with_context(|| format!("{name}: cannot start {}", command.get_program().display()))?;
    let took = started.elapsed().as_secs_f32();
    if !status.success() {
        bail!("{name} failed after {took:.1} s ({status}); its own words are above");
    }
    eprintln!("── {name}: ok, {took:.1} s");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_command_fails_the_step_by_name() {
        let error = run("lint", &mut Command::new("false")).expect_err("false fails");
        assert!(error.to_string().starts_with("lint failed"), "{error}");
    }

    #[test]
    fn a_missing_program_is_named() {
        let error = run("lint", &mut Command::new("no-such-program")).expect_err("missing");
        assert!(error.to_string().contains("no-such-program"), "{error}");
    }

    #[test]
    fn a_command_that_ends_well_is_a_step_done() {
        assert!(run("nothing", &mut Command::new("true")).is_ok());
    }
}
