//! People at work while the directory is about to fail, what they were told was done, and whether
//! it is afterwards.

use std::collections::HashSet;
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use farpane_protocol::api::{SessionGranted, SessionRequest, path};
use farpane_protocol::ids::{DeviceId, SessionId};
use farpane_protocol::scope::{Scope, ScopeSet};
use farpane_tests::rig::disk::Recorder;
use rand::RngExt as _;
use rand::rngs::StdRng;
use serde_json::Value;

use super::scene::{Base, Live, command, enroll, key, operator};
use farpane_tests::rig::estate::ADMIN;

/// Uses of each ticket: few, so that one is used up again and again.
const USES: &str = "2";

/// How often an operator's command is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(3);

/// What somebody was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fact {
    Enrolled(DeviceId),
    Removed(DeviceId),
    Granted(SessionId),
    RoleGiven(String),
    RoleTaken(String),
}

/// What was told, with the length of the disk's log by then; and what was begun.
#[derive(Default)]
pub(crate) struct Told {
    facts: Mutex<Vec<(u64, Fact)>>,
    begun: Mutex<HashSet<String>>,
    stop: AtomicBool,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Told {
    /// Nothing is begun any more, and a command that runs is killed.
    pub(crate) fn stop(&self) {
        self.stop.store(true, Ordering::Release);
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }

    fn note(&self, recorder: Option<&Recorder>, fact: Fact) {
        let length = recorder.map_or(0, Recorder::length);
        lock(&self.facts).push((length, fact));
    }

    fn begin(&self, what: &str) {
        lock(&self.begun).insert(what.to_owned());
    }

    /// How many things were told.
    pub(crate) fn count(&self) -> usize {
        lock(&self.facts).len()
    }

    /// The lengths of the log at which something was told.
    pub(crate) fn lengths(&self) -> Vec<u64> {
        lock(&self.facts)
            .iter()
            .map(|(length, _)| *length)
            .collect()
    }

    /// What had been told when the log had this length.
    pub(crate) fn until(&self, length: u64) -> Vec<Fact> {
        let facts = lock(&self.facts);
        let told = facts.iter().filter(|(at, _)| *at <= length);
        told.map(|(_, fact)| fact.clone()).collect()
    }

    /// Runs an operator's command; killed when everything stops. Its answer, if it gave one.
    async fn operate(
        &self,
        data: &Path,
        recorder: Option<&Recorder>,
        arguments: &[&str],
    ) -> Option<String> {
        let mut command = command(data, arguments, recorder);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().expect("starts");
        loop {
            if let Some(status) = child.try_wait().expect("is ours") {
                let output = child.wait_with_output().expect("reads");
                let text = String::from_utf8_lossy(&output.stdout);
                let last = text.trim_end().lines().last().unwrap_or("").to_owned();
                return status.success().then_some(last);
            }
            if self.is_stopped() {
                child.kill().ok(); // it may have ended already
                child.wait().ok();
                return None;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

/// Enrols, asks for sessions, removes devices, gives and takes roles, until told to stop.
pub(crate) async fn work(
    base: &Base,
    live: &Live,
    data: &Path,
    recorder: Option<&Recorder>,
    told: &Told,
    dice: &mut StdRng,
) {
    let mut ticket: Option<String> = None;
    let mut devices: Vec<DeviceId> = Vec::new();
    let mut roles: Vec<String> = Vec::new();
    let viewer = live.client.agent(base.viewer.clone());
    while !told.is_stopped() {
        match dice.random_range(0..10) {
            0..4 => {
                let Some(known) = ticket.clone() else {
                    let made = told.operate(data, recorder, &["ticket", "device", "--uses", USES]);
                    ticket = made.await;
                    continue;
                };
                match enroll(&live.client, &known, &key()).await {
                    Ok(device) => {
                        told.note(recorder, Fact::Enrolled(device));
                        devices.push(device);
                    }
                    // Used up, most likely.
                    Err(_) => ticket = None,
                }
            }
            4..7 => {
                let request = SessionRequest {
                    device: base.till.1,
                    scopes: ScopeSet::of(&[Scope::View]),
                    reason: String::new(),
                };
                let asked: Result<SessionGranted, _> = viewer.post(path::SESSIONS, &request).await;
                if let Ok(granted) = asked {
                    told.note(recorder, Fact::Granted(granted.session));
                    let left = format!("{}/{}", path::SESSIONS, granted.session);
                    viewer.delete(&left).await.ok(); // the directory may be gone
                }
            }
            7 => {
                let Some(device) = devices.pop() else {
                    continue;
                };
                let id = device.to_string();
                told.begin(&id);
                let remove = ["device", "remove", &id];
                if told.operate(data, recorder, &remove).await.is_some() {
                    told.note(recorder, Fact::Removed(device));
                }
            }
            8 => {
                let assign = ["role", "assign", "observer", "--to", ADMIN, "--json"];
                let made = told.operate(data, recorder, &assign).await;
                let id = made.and_then(|text| {
                    let made: Value = serde_json::from_str(&text).ok()?;
                    Some(made["id"].as_str()?.to_owned())
                });
                if let Some(id) = id {
                    told.note(recorder, Fact::RoleGiven(id.clone()));
                    roles.push(id);
                }
            }
            _ => {
                let Some(id) = roles.pop() else {
                    continue;
                };
                told.begin(&id);
                let revoke = ["role", "revoke", &id];
                if told.operate(data, recorder, &revoke).await.is_some() {
                    told.note(recorder, Fact::RoleTaken(id));
                }
            }
        }
    }
}

/// What is wrong with an installation that failed, going by what was told; empty if nothing is.
pub(crate) fn wrongs(data: &Path, told: &Told, facts: &[Fact]) -> Vec<String> {
    let mut wrongs = Vec::new();
    for check in [&["db", "check"][..], &["audit", "verify"]] {
        let ended = operator(data, check);
        if ended.code != 0 {
            wrongs.push(format!("{check:?}: {}", ended.stderr));
        }
    }
    let listed = |arguments: &[&str]| operator(data, arguments).stdout;
    let record = listed(&["audit", "list", "--json"]);
    let devices = listed(&["device", "list", "--json", "--limit", "1000"]);
    let roles = listed(&["role", "assignments", "--json"]);
    let begun = lock(&told.begun);
    let removed: HashSet<_> = facts
        .iter()
        .filter_map(|fact| match fact {
            Fact::Removed(device) => Some(device.to_string()),
            Fact::RoleTaken(id) => Some(id.clone()),
            Fact::Enrolled(_) | Fact::Granted(_) | Fact::RoleGiven(_) => None,
        })
        .collect();
    for fact in facts {
        let holds = match fact {
            Fact::Enrolled(device) => {
                let id = device.to_string();
                begun.contains(&id) || devices.contains(&id)
            }
            Fact::Removed(device) => !devices.contains(&device.to_string()),
            Fact::Granted(session) => record.contains(&session.to_string()),
            Fact::RoleGiven(id) => begun.contains(id) || roles.contains(id.as_str()),
            Fact::RoleTaken(id) => !roles.contains(id.as_str()),
        };
        if !holds {
            wrongs.push(format!("was told and is not so: {fact:?}"));
        }
    }
    drop(removed);
    wrongs.extend(tickets(data, &record));
    wrongs
}

/// Each ticket was used as often as devices were enrolled, and never more often than it allows.
fn tickets(data: &Path, record: &str) -> Vec<String> {
    let listed = operator(data, &["ticket", "list", "--json"]).stdout;
    let tickets: Value = serde_json::from_str(&listed).unwrap_or_default();
    let (mut used, mut wrongs) = (0, Vec::new());
    for ticket in tickets.as_array().into_iter().flatten() {
        let (uses, of) = (ticket["used"].as_u64(), ticket["uses"].as_u64());
        if ticket["kind"] == "device" {
            used += uses.unwrap_or(0);
        }
        if uses > of {
            wrongs.push(format!("used too often: {ticket}"));
        }
    }
    let enrolled = record
        .lines()
        .filter(|line| line.contains("\"did\":\"device_enrolled\""));
    let enrolled = enrolled.count() as u64;
    if used != enrolled {
        wrongs.push(format!(
            "tickets were used {used} times, {enrolled} devices enrolled"
        ));
    }
    wrongs
}
