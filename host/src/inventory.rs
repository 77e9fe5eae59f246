//! What this device says about itself to its directory: the machine, its software, and whether it
//! could be helped right now. A person can read all of it before it is sent.

pub mod machine;
pub mod probe;

use farpane_protocol::api::inventory::{Inventory, LoggedOn, Verdict};

use crate::platform::{packages, people};

/// What the device's own rules say about reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ReportRules {
    /// Whether the names of the people who are logged on may be reported.
    pub people: bool,
}

/// Puts a report together. Reads the disk; `probe` is what the screen's side found.
pub fn collect(
    machine: Option<farpane_protocol::api::machine::MachinePrint>,
    rules: ReportRules,
    probe: probe::Probe,
) -> Inventory {
    let (os, hardware, networks) = machine::survey();
    let logged_on = |name| LoggedOn { name };
    let report = Inventory {
        machine,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        os,
        hardware,
        monitors: probe.monitors,
        networks,
        software: packages::installed(),
        people: rules
            .people
            .then(|| people::logged_on().into_iter().map(logged_on).collect()),
        self_test: probe.tests,
    };
    report.bounded()
}

/// A check in one line, for people.
pub fn in_words(test: &farpane_protocol::api::inventory::SelfTest) -> String {
    let verdict = match test.verdict {
        Verdict::Ok => "ok     ",
        Verdict::Failed => "FAILED ",
        Verdict::Unknown => "untried",
    };
    format!("{verdict}  {:8}  {}", test.check.word(), test.sentence)
}
