//! One visible step of a chore: its name, its own output as it comes, the time that it took, and
//! a sentence when it fails.

use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::demo::crew;
use crate::demo::crew::janitor::Janitor;

/// Between two looks at a step that may not take for ever.
const BEAT: Duration = Duration::from_millis(100);

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

/// The same for a step that could hang: after `limit` it is ended with everything that it started.
pub(crate) fn run_within(name: &str, limit: Duration, command: &mut Command) -> Result<()> {
    eprintln!("── {name}");
    let started = Instant::now();
    // A group of its own, so that all of it can be ended; it must not outlive us either, whatever
    // ends us.
    let mut janitor = Janitor::hire(None)?;
    let mut child = command
        .process_group(0)
        .spawn()
        .with_context(|| format!("{name}: cannot start {}", command.get_program().display()))?;
    janitor.remember(child.id())?;
    let ended = wait(&mut child, started + limit);
    if !matches!(ended, Ok(Some(_))) {
        crew::end(&mut child);
    }
    janitor.dismiss();
    let took = started.elapsed().as_secs_f32();
    match ended.with_context(|| format!("{name}: cannot wait for it"))? {
        Some(status) if status.success() => {
            eprintln!("── {name}: ok, {took:.1} s");
            Ok(())
        }
        Some(status) => {
            bail!("{name} failed after {took:.1} s ({status}); its own words are above")
        }
        None => bail!(
            "{name} was ended after {took:.0} s, the most that it may take; what it did last \
             stands above. Run that alone to see where it hangs"
        ),
    }
}

/// How it ended, or nothing if it has not by then.
fn wait(child: &mut Child, until: Instant) -> std::io::Result<Option<ExitStatus>> {
    loop {
        match child.try_wait()? {
            Some(status) => return Ok(Some(status)),
            None if Instant::now() >= until => return Ok(None),
            None => thread::sleep(BEAT),
        }
    }
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

    #[test]
    fn a_step_that_hangs_is_ended_with_all_that_it_started_and_named() {
        // The shell waits for a program of its own, and the pipe stays open as long as either runs.
        let (reader, writer) = std::io::pipe().expect("a pipe");
        let mut hangs = Command::new("sh");
        hangs.args(["-c", "sleep 600; true"]).stdout(writer);
        let error = run_within("tests", Duration::ZERO, &mut hangs).expect_err("too long");
        assert!(error.to_string().starts_with("tests was ended"), "{error}");
        drop(hangs);
        let left = std::io::read_to_string(reader).expect("ends");
        assert_eq!(left, "");
    }

    #[test]
    fn a_bounded_step_ends_as_its_command_does() {
        let limit = Duration::from_secs(60);
        assert!(run_within("nothing", limit, &mut Command::new("true")).is_ok());
        let error = run_within("lint", limit, &mut Command::new("false")).expect_err("fails");
        assert!(error.to_string().starts_with("lint failed"), "{error}");
    }
}
