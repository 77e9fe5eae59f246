//! `inventory`, `status`, `probe`: what this device says about itself, for the person in front of it.

use anyhow::Result;
use clap::Args;
use farpane_protocol::api::inventory::{Check, SelfTest, Verdict};
use serde_json::json;

use super::output;
use crate::data::Data;
use crate::inventory::probe::{self, Probe, untried};
use crate::inventory::{collect, in_words, machine};

/// Which display.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  farpane-host status
  farpane-host inventory --json --display :0")]
pub(super) struct Look {
    /// The X display to look at [default: $DISPLAY]
    #[arg(long, value_name = ":N")]
    display: Option<String>,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

/// The screen's side of a report, for the service.
#[derive(Debug, Args)]
pub(super) struct ForService {
    #[arg(long)]
    display: Option<String>,
}

impl ForService {
    pub(super) fn run(&self) -> Result<()> {
        output::line(serde_json::to_string(&probe::run(self.display.as_deref()))?);
        Ok(())
    }
}

fn probe(look: &Look) -> Probe {
    let mut found = probe::run(look.display.as_deref());
    let why = "relays are tried while the host runs";
    found.tests.push(untried(Check::Relay, why));
    found
}

/// Whether nobody said which display is meant: a shell that came in from elsewhere has none, and
/// that says nothing about the device.
fn is_blind(look: &Look) -> bool {
    let told = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    look.display.is_none() && !told("DISPLAY") && !told("WAYLAND_DISPLAY")
}

/// What a shell without a display can say about the screen.
fn unseen(test: SelfTest) -> SelfTest {
    match test.check {
        Check::DisplayServer | Check::Capture if test.verdict == Verdict::Failed => untried(
            test.check,
            "this shell has no display: name the device's own with --display :0",
        ),
        Check::DisplayServer
        | Check::Capture
        | Check::Input
        | Check::Consent
        | Check::Encoder
        | Check::Relay
        | Check::Other => test,
    }
}

/// Prints what would be sent.
pub(super) fn inventory(data: &Data, look: &Look) -> Result<()> {
    // Without an enrolment there is no directory whose machine this could be.
    let print = match data.is_enrolled() {
        true => machine::print(data.enrolment()?.pin),
        false => None,
    };
    let rules = data.report_rules()?;
    let report = collect(print, rules, probe(look));
    if look.json {
        output::line(serde_json::to_string(&report)?);
        return Ok(());
    }
    let (os, hardware) = (&report.os, &report.hardware);
    let line = |what: &str, said: String| output::line(format_args!("{what:12} {said}"));
    line(
        "system",
        format!("{} {}, kernel {}", os.name, os.version, os.kernel),
    );
    line("machine", format!("{} {}", hardware.maker, hardware.model));
    line("serial", hardware.serial.clone());
    line(
        "processor",
        format!("{} ({} cores)", hardware.cpu, hardware.cores),
    );
    line("memory", format!("{} MiB", hardware.memory_mib));
    for disk in &hardware.disks {
        line("disk", format!("{} {} MiB", disk.name, disk.size_mib));
    }
    for monitor in &report.monitors {
        let (width, height) = (monitor.width, monitor.height);
        line("monitor", format!("{} {width} × {height}", monitor.name));
    }
    for network in &report.networks {
        let addresses = network.addresses.join(", ");
        line(
            "network",
            format!("{} {} {addresses}", network.name, network.mac),
        );
    }
    line("software", format!("{} packages", report.software.len()));
    line(
        "people",
        report.people.as_ref().map_or_else(
            || "not reported (farpane-host policy report-people on)".to_owned(),
            |people| {
                let names: Vec<_> = people.iter().map(|person| person.name.as_str()).collect();
                names.join(", ")
            },
        ),
    );
    for test in &report.self_test {
        output::line(in_words(test));
    }
    Ok(())
}

/// Prints whether this device could be helped, and whom it belongs to.
pub(super) fn status(data: &Data, look: &Look) -> Result<()> {
    let enrolment = data.is_enrolled().then(|| data.enrolment()).transpose()?;
    let running = data.is_running()?;
    let mut tests = probe(look).tests;
    let blind = is_blind(look);
    if blind {
        tests = tests.into_iter().map(unseen).collect();
    }
    let helped = !blind && tests.iter().all(|test| test.verdict != Verdict::Failed);
    if look.json {
        output::line(json!({
            "enrolled": enrolment.as_ref().map(|enrolment| json!({
                "device": enrolment.device, "name": enrolment.name,
                "directory": enrolment.url, "organisation": enrolment.org_name,
                "customer": enrolment.tenant_name,
            })),
            "running": running,
            "version": env!("CARGO_PKG_VERSION"),
            "ready": helped,
            "self_test": tests,
        }));
        return Ok(());
    }
    match &enrolment {
        Some(enrolment) => output::line(format_args!(
            "{} of {}, managed by {} ({})",
            enrolment.name, enrolment.tenant_name, enrolment.org_name, enrolment.url
        )),
        None => output::line(
            "not enrolled: get a ticket from the console and run farpane-host enroll TICKET",
        ),
    }
    output::line(if running {
        "the host runs"
    } else {
        "the host does not run: start it with farpane-host run"
    });
    for test in &tests {
        output::line(in_words(test));
    }
    Ok(())
}
