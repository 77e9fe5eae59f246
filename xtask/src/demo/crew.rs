//! The demo's programs: started each in a process group of its own, watched, and stopped in
//! reverse order however the demo ends.

pub(crate) mod janitor;

use std::error::Error;
use std::fmt;
use std::fs::{self, File};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use janitor::Janitor;

/// Between two looks at the programs: short against a person's patience, long against the cost.
const BEAT: Duration = Duration::from_millis(100);

/// How long a program may take to end by itself when told to, before it is killed.
const GRACE: Duration = Duration::from_secs(5);

/// Lines of a dead program's log that are shown: enough for its last words.
const LAST_LINES: usize = 12;

/// The person pressed Ctrl-C or the system asked us to end; no failure.
#[derive(Debug)]
pub(crate) struct Interrupted;

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("interrupted")
    }
}

impl Error for Interrupted {}

/// A flag that Ctrl-C, and the system's requests to end, raise from now on instead of ending this
/// process on the spot.
pub(crate) fn raised_by_signals() -> Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register(signal, Arc::clone(&stop))
            .context("cannot listen for Ctrl-C")?;
    }
    Ok(stop)
}

/// What it means for the demo that a program ends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Without it there is no demo.
    Needed,
    /// A person may well close it, for instance a clock on the desktop.
    Closable,
}

struct Member {
    name: &'static str,
    part: Part,
    log: PathBuf,
    child: Child,
    ended: Option<ExitStatus>,
}

/// The programs that are running, in the order of their start.
pub(crate) struct Crew {
    members: Vec<Member>,
    logs: PathBuf,
    stop: Arc<AtomicBool>,
    janitor: Janitor,
}

impl Crew {
    /// Nobody yet; logs go into `logs`, and `stop` ends the demo. Should this process be killed
    /// outright, `doomed` is removed once the programs are gone.
    pub(crate) fn gather(
        logs: PathBuf,
        stop: Arc<AtomicBool>,
        doomed: Option<&Path>,
    ) -> Result<Self> {
        Ok(Self {
            members: Vec::new(),
            logs,
            stop,
            janitor: Janitor::hire(doomed)?,
        })
    }

    /// Starts a program that runs as long as the demo. What it says goes into its log.
    pub(crate) fn start(
        &mut self,
        name: &'static str,
        part: Part,
        command: &mut Command,
    ) -> Result<()> {
        let log = self.log_of(name);
        let child = spawn(name, command, &log, &log)?;
        self.janitor.remember(child.id())?;
        self.members.push(Member {
            name,
            part,
            log,
            child,
            ended: None,
        });
        Ok(())
    }

    /// Runs a command to its end, for at most `limit`, and returns the last line of its standard
    /// output: every program of ours puts its result there.
    pub(crate) fn run(
        &mut self,
        name: &'static str,
        limit: Duration,
        command: &mut Command,
    ) -> Result<String> {
        let (answer, log) = (self.logs.join(format!("{name}.out")), self.log_of(name));
        // Left over from an earlier run of the same name: its answer must not pass for ours.
        if answer.exists() {
            fs::remove_file(&answer)
                .with_context(|| format!("cannot reuse {}", answer.display()))?;
        }
        // The janitor is not told: the number may be another's by the time that it would act.
        let mut child = spawn(name, command, &answer, &log)?;
        let ended = self.wait_until(name, limit, || {
            child
                .try_wait()
                .with_context(|| format!("lost sight of {name}"))
        });
        let status = match ended {
            Ok(status) => status,
            Err(error) => {
                end(&mut child);
                return Err(error);
            }
        };
        if !status.success() {
            bail!(
                "{name} failed ({status}). Its last words:\n{}",
                last_lines(&log)
            );
        }
        let answer = fs::read_to_string(&answer)
            .with_context(|| format!("cannot read what {name} answered"))?;
        Ok(answer
            .lines()
            .next_back()
            .unwrap_or_default()
            .trim()
            .to_owned())
    }

    /// Runs a command in the foreground, for a person to watch; the terminal is its own.
    pub(crate) fn watch(&mut self, name: &str, command: &mut Command) -> Result<()> {
        let mut child = command
            .spawn()
            .with_context(|| format!("{name}: cannot start its program"))?;
        loop {
            if let Some(status) = child.try_wait().with_context(|| format!("lost {name}"))? {
                self.check()?;
                if !status.success() {
                    bail!("{name} failed ({status}); its own words are above");
                }
                return Ok(());
            }
            if let Err(error) = self.check() {
                signal("TERM", &child.id().to_string());
                let _ = child.wait();
                return Err(error);
            }
            thread::sleep(BEAT);
        }
    }

    /// Asks `probe` again and again until it has an answer; gives up when the demo is to end, when
    /// a needed program has died, or after `limit`.
    pub(crate) fn wait_until<T>(
        &mut self,
        what: &str,
        limit: Duration,
        mut probe: impl FnMut() -> Result<Option<T>>,
    ) -> Result<T> {
        let started = Instant::now();
        loop {
            self.check()?;
            if let Some(answer) = probe()? {
                return Ok(answer);
            }
            if started.elapsed() >= limit {
                let seconds = limit.as_secs();
                bail!(
                    "{what}: nothing after {seconds} s.{}",
                    self.all_last_words()
                );
            }
            thread::sleep(BEAT);
        }
    }

    /// Stays until the demo is to end by a signal, or until `limit` has passed.
    pub(crate) fn stay(&mut self, limit: Option<Duration>) -> Result<()> {
        let started = Instant::now();
        while limit.is_none_or(|limit| started.elapsed() < limit) {
            self.check()?;
            thread::sleep(BEAT);
        }
        Ok(())
    }

    /// An error when the demo cannot go on: a signal came, or a needed program ended.
    pub(crate) fn check(&mut self) -> Result<()> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(Interrupted.into());
        }
        for member in &mut self.members {
            if member.ended.is_some() {
                continue;
            }
            let status = member
                .child
                .try_wait()
                .with_context(|| format!("lost sight of {}", member.name))?;
            let Some(status) = status else { continue };
            member.ended = Some(status);
            let closed_by_a_person = member.part == Part::Closable && status.success();
            if !closed_by_a_person {
                bail!(
                    "{} ended by itself ({status}). Its last words:\n{}",
                    member.name,
                    last_lines(&member.log)
                );
            }
            println!("{} was closed.", member.name);
        }
        Ok(())
    }

    /// What each running program said last, if anything: the folder with the logs may be gone by
    /// the time that a person reads the message.
    fn all_last_words(&self) -> String {
        let said = self
            .members
            .iter()
            .filter(|member| fs::metadata(&member.log).is_ok_and(|log| log.len() > 0));
        said.map(|member| {
            format!(
                "\nThe last words of {}:\n{}",
                member.name,
                last_lines(&member.log)
            )
        })
        .collect()
    }

    /// Where the program of this name writes.
    pub(crate) fn log_of(&self, name: &str) -> PathBuf {
        self.logs.join(format!("{name}.log"))
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        for member in self.members.iter_mut().rev() {
            end(&mut member.child);
        }
        self.janitor.dismiss();
    }
}

/// Starts `command` apart from the terminal: Ctrl-C reaches us alone, and we decide on the order.
fn spawn(name: &str, command: &mut Command, out: &Path, err: &Path) -> Result<Child> {
    let open = |path: &Path| {
        File::options()
            .create(true)
            .append(true)
            .open(path)
            .with_context(|| format!("cannot write {}", path.display()))
    };
    command
        .stdin(Stdio::null())
        .stdout(open(out)?)
        .stderr(open(err)?)
        // Logs are quoted in messages: colour codes would come out as garbage.
        .env("NO_COLOR", "1")
        .process_group(0)
        .spawn()
        .with_context(|| format!("{name}: cannot start {}", command.get_program().display()))
}

/// Asks a program and all that it started to end; kills what is left after a while.
pub(crate) fn end(child: &mut Child) {
    let group = format!("-{}", child.id());
    signal("TERM", &group);
    let told = Instant::now();
    while told.elapsed() < GRACE && matches!(child.try_wait(), Ok(None)) {
        thread::sleep(BEAT / 4);
    }
    // Also when the program itself has ended: what it started may have not.
    signal("KILL", &group);
    // Without a shell too, or a machine that cannot start one would leave us waiting for ever.
    let _ = child.kill();
    let _ = child.wait();
}

/// Sends a signal by the shell's own `kill`; the standard library can only kill outright. That
/// nobody is there any more is what we want, and no error.
fn signal(name: &str, target: &str) {
    // With -s: the short form of Debian's sh takes no `--`, and a group begins with a minus.
    let script = format!("kill -s {name} -- {target} 2>/dev/null");
    let _ = Command::new("sh").args(["-c", &script]).status();
}

/// The end of a log, for a person to read.
fn last_lines(log: &Path) -> String {
    let text = fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let text = text.unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    let from = lines.len().saturating_sub(LAST_LINES);
    if lines.is_empty() {
        "  (nothing)".to_owned()
    } else {
        format!("  {}", lines[from..].join("\n  "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::scratch::Scratch;

    /// Far longer than any of these takes, so that a hang shows as a failure.
    const LONG: Duration = Duration::from_secs(30);

    fn crew(scratch: &Scratch) -> Crew {
        let logs = scratch.folder("logs").expect("made");
        Crew::gather(logs, Arc::default(), None).expect("gathered")
    }

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    fn alive(pid: &str) -> bool {
        // A zombie has given up everything but its number.
        fs::read_to_string(format!("/proc/{}/stat", pid.trim()))
            .is_ok_and(|stat| !stat.contains(") Z "))
    }

    #[test]
    fn the_result_is_the_last_line_of_standard_output() {
        let scratch = Scratch::temporary().expect("made");
        let mut crew = crew(&scratch);
        let mut command = shell("echo working; echo noise >&2; echo ticket-1");
        assert_eq!(
            crew.run("ticket", LONG, &mut command).expect("ran"),
            "ticket-1"
        );
        assert_eq!(
            crew.run("ticket", LONG, &mut shell("true")).expect("ran"),
            ""
        );
    }

    #[test]
    fn a_failing_command_is_named_with_its_last_words() {
        let scratch = Scratch::temporary().expect("made");
        let error = crew(&scratch)
            .run(
                "enrolment",
                LONG,
                &mut shell("echo ticket used up >&2; exit 5"),
            )
            .expect_err("failed");
        let text = error.to_string();
        assert!(
            text.contains("enrolment") && text.contains("ticket used up"),
            "{text}"
        );
    }

    #[test]
    fn a_needed_program_that_dies_ends_the_demo_by_name() {
        let scratch = Scratch::temporary().expect("made");
        let mut crew = crew(&scratch);
        let mut command = shell("echo port taken >&2; exit 1");
        crew.start("relay", Part::Needed, &mut command)
            .expect("started");
        let error = crew.stay(Some(LONG)).expect_err("died");
        assert!(error.to_string().contains("relay"), "{error}");
        assert!(error.to_string().contains("port taken"), "{error}");
    }

    #[test]
    fn a_closable_program_may_be_closed_but_not_crash() {
        let scratch = Scratch::temporary().expect("made");
        let mut crew = crew(&scratch);
        crew.start("clock", Part::Closable, &mut shell("true"))
            .expect("started");
        crew.start("eyes", Part::Closable, &mut shell("exit 3"))
            .expect("started");
        let error = crew.stay(Some(LONG)).expect_err("crashed");
        assert!(error.to_string().contains("eyes"), "{error}");
    }

    #[test]
    fn whatever_a_program_started_goes_with_it() {
        let scratch = Scratch::temporary().expect("made");
        let mut crew = crew(&scratch);
        let note = scratch.path().join("pid");
        // The second one ignores the polite request, as a hung program would.
        let script = format!(
            "(trap '' TERM; sleep 1000) & echo $! > {0}; wait",
            note.display()
        );
        crew.start("family", Part::Needed, &mut shell(&script))
            .expect("started");
        let pid = crew
            .wait_until("pid", LONG, || {
                Ok(fs::read_to_string(&note)
                    .ok()
                    .filter(|text| text.ends_with('\n')))
            })
            .expect("written");
        assert!(alive(&pid));
        drop(crew);
        let dropped = Instant::now();
        while alive(&pid) {
            assert!(dropped.elapsed() < LONG, "{pid} is still there");
            thread::yield_now();
        }
    }

    #[test]
    fn waiting_gives_up_at_its_limit() {
        let scratch = Scratch::temporary().expect("made");
        let answer = crew(&scratch).wait_until("a miracle", Duration::ZERO, || Ok(None::<()>));
        assert!(
            answer
                .expect_err("no answer")
                .to_string()
                .contains("a miracle")
        );
    }

    #[test]
    fn a_request_to_end_is_told_apart_from_a_failure() {
        let scratch = Scratch::temporary().expect("made");
        let mut crew = crew(&scratch);
        crew.stop.store(true, Ordering::Relaxed);
        assert!(crew.stay(None).expect_err("stopped").is::<Interrupted>());
    }
}
