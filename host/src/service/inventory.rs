//! Reports this device to its directory: when the host starts, when something changed, and now and
//! then so that the directory knows that nothing did.

use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use farpane_protocol::api::inventory::{Check, Inventory, SelfTest};
use farpane_protocol::api::path;
use farpane_transport::relay_link::RelayLink;
use serde::{Deserialize, Serialize};
use tokio_util::task::AbortOnDropHandle;

use super::{Core, Screen};
use crate::inventory::probe::{self, Probe};
use crate::inventory::{collect, machine};

/// Pause after the start: what must be quick then is being reachable.
const SETTLE: Duration = Duration::from_secs(3);
/// How often this device looks at itself: reading the packages costs a tenth of a second.
const LOOK_EVERY: Duration = Duration::from_secs(30 * 60);
/// How long nothing may be said when nothing changed.
const SAY_EVERY: u64 = 12 * 60 * 60;
/// Pause before the directory is tried again.
const RETRY: Duration = Duration::from_secs(60);
/// How long the screen's side may take; it needs well under a second.
const PROBE_WAIT: Duration = Duration::from_secs(30);
/// Relays that are tried; a directory names the nearest first.
const RELAYS_TRIED: usize = 8;

/// What was said last, so that a restart does not say it again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LastReport {
    /// Of what was said.
    pub(crate) digest: String,
    /// When, in seconds since 1970 by this machine's own clock.
    pub(crate) at: u64,
}

impl LastReport {
    /// Whether a report with this digest has to be sent now. A clock that was set back does not
    /// silence the host.
    fn is_due(&self, digest: &str, now: u64) -> bool {
        self.digest != digest || now < self.at || now - self.at >= SAY_EVERY
    }
}

/// Starts the task that reports.
pub(super) fn start(core: Arc<Core>, screen: Screen) -> AbortOnDropHandle<()> {
    AbortOnDropHandle::new(tokio::spawn(async move {
        tokio::time::sleep(SETTLE).await;
        loop {
            let pause = match say(&core, &screen).await {
                Ok(()) => LOOK_EVERY,
                Err(error) => {
                    let why = format!("{error:#}");
                    tracing::debug!(why, "this device could not be reported");
                    RETRY
                }
            };
            tokio::time::sleep(pause).await;
        }
    }))
}

async fn say(core: &Core, screen: &Screen) -> Result<()> {
    let mut found = probe(screen).await?;
    found.tests.extend(relays(core).await);
    let print = machine::print(core.enrolment.pin);
    let rules = core.data.report_rules()?;
    let report = tokio::task::spawn_blocking(move || collect(print, rules, found))
        .await
        .context("this machine could not be read")?;
    let digest = digest(&report);
    let now = u64::try_from(jiff::Timestamp::now().as_second()).unwrap_or(0);
    if !core.data.last_report()?.is_due(&digest, now) {
        return Ok(());
    }
    core.agent
        .post::<_, ()>(path::HOST_INVENTORY, &report)
        .await?;
    tracing::debug!("this device was reported");
    core.data.keep_last_report(&LastReport { digest, at: now })
}

fn digest(report: &Inventory) -> String {
    let digits = report.digest();
    digits.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Asks a process of its own, as the screen may hang and must not take the service with it.
pub(crate) async fn probe(screen: &Screen) -> Result<Probe> {
    let mut command = tokio::process::Command::new(&screen.program);
    command.arg("probe");
    if let Some(display) = &screen.display {
        command.arg("--display").arg(display);
    }
    command
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    let output = tokio::time::timeout(PROBE_WAIT, command.output())
        .await
        .context("the self-test did not end")?
        .context("cannot start the self-test")?;
    if !output.status.success() {
        bail!("the self-test failed ({})", output.status);
    }
    serde_json::from_slice(&output.stdout).context("the self-test said something else")
}

/// Knocks at each relay and measures how long it takes to answer.
async fn relays(core: &Core) -> Vec<SelfTest> {
    let places = core.relays();
    if places.is_empty() {
        return vec![probe::untried(
            Check::Relay,
            "the directory has named no relay yet",
        )];
    }
    let mut tests = Vec::new();
    for place in places.into_iter().take(RELAYS_TRIED) {
        let began = Instant::now();
        let answered = match RelayLink::connect(&place, &core.key).await {
            Ok((link, _)) => {
                let took = began.elapsed();
                link.close().await;
                Ok(took)
            }
            Err(error) => Err(error.to_string()),
        };
        tests.push(probe::relay(&place.name, answered));
    }
    tests
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_due_when_it_is_new_or_old_or_the_clock_went_back() {
        let last = LastReport {
            digest: "a".into(),
            at: 1_000_000,
        };
        assert!(!last.is_due("a", 1_000_000));
        assert!(!last.is_due("a", 1_000_000 + SAY_EVERY - 1));
        assert!(last.is_due("a", 1_000_000 + SAY_EVERY));
        assert!(last.is_due("b", 1_000_000));
        assert!(last.is_due("a", 999_999));
        assert!(LastReport::default().is_due("a", 0));
    }
}
