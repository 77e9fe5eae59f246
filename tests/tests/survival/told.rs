//! What people and programs were told while they worked, and what they had begun.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use farpane_protocol::ids::{DeviceId, SessionId};
use farpane_tests::rig::disk::Recorder;

use super::scene::command;

/// How often an operator's command is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(3);

/// What somebody was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fact {
    Enrolled(DeviceId),
    Removed(DeviceId),
    /// The removal was undone.
    Returned(DeviceId),
    Granted(SessionId),
    RoleGiven(String),
    RoleTaken(String),
    /// Many devices got a tag of their own at once.
    Tagged(Tagged),
    /// That was undone.
    Untagged(Tagged),
    TokenMade(ApiToken),
    TokenRevoked(ApiToken),
    Invited(String),
    Joined(String),
    Left(String),
    Erased(String),
    /// By the link's secret.
    LinkUsed(String),
    RecoveryUsed(String),
    /// A second person decided this request so.
    Decided(String, bool),
    /// The request of this name was done: the id of what it made.
    Answered(String, String),
    /// A new key to sign with, from this time on.
    KeyAnnounced(u64),
}

/// An act on many devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tagged {
    pub(crate) tag: String,
    pub(crate) devices: Vec<DeviceId>,
}

/// An API token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApiToken {
    pub(crate) id: String,
    pub(crate) secret: String,
}

impl Fact {
    /// Every kind of fact, so that a run that never came to one of them is seen.
    pub(crate) const KINDS: [&'static str; 19] = [
        "enrolled",
        "removed",
        "returned",
        "granted",
        "role given",
        "role taken",
        "tagged",
        "untagged",
        "token made",
        "token revoked",
        "invited",
        "joined",
        "left",
        "erased",
        "link used",
        "recovery code used",
        "request decided",
        "request answered",
        "key announced",
    ];

    const fn kind(&self) -> &'static str {
        match self {
            Self::Enrolled(_) => Self::KINDS[0],
            Self::Removed(_) => Self::KINDS[1],
            Self::Returned(_) => Self::KINDS[2],
            Self::Granted(_) => Self::KINDS[3],
            Self::RoleGiven(_) => Self::KINDS[4],
            Self::RoleTaken(_) => Self::KINDS[5],
            Self::Tagged(_) => Self::KINDS[6],
            Self::Untagged(_) => Self::KINDS[7],
            Self::TokenMade(_) => Self::KINDS[8],
            Self::TokenRevoked(_) => Self::KINDS[9],
            Self::Invited(_) => Self::KINDS[10],
            Self::Joined(_) => Self::KINDS[11],
            Self::Left(_) => Self::KINDS[12],
            Self::Erased(_) => Self::KINDS[13],
            Self::LinkUsed(_) => Self::KINDS[14],
            Self::RecoveryUsed(_) => Self::KINDS[15],
            Self::Decided(..) => Self::KINDS[16],
            Self::Answered(..) => Self::KINDS[17],
            Self::KeyAnnounced(_) => Self::KINDS[18],
        }
    }
}

/// How many facts of each kind were looked at after failures.
#[derive(Clone, Debug, Default)]
pub(crate) struct Census(BTreeMap<&'static str, usize>);

impl Census {
    pub(crate) fn count(&mut self, facts: &[Fact]) {
        for fact in facts {
            *self.0.entry(fact.kind()).or_default() += 1;
        }
    }

    pub(crate) fn total(&self) -> usize {
        self.0.values().sum()
    }

    /// Kinds that were never looked at.
    pub(crate) fn missing(&self) -> Vec<&'static str> {
        let all = Fact::KINDS.into_iter();
        all.filter(|kind| !self.0.contains_key(kind)).collect()
    }

    pub(crate) fn lines(&self) -> String {
        let lines = self.0.iter().map(|(kind, n)| format!("{n} {kind}"));
        lines.collect::<Vec<_>>().join(", ")
    }
}

/// What was told, with the length of the disk's log by then; and what was begun.
#[derive(Default)]
pub(crate) struct Told {
    facts: Mutex<Vec<(u64, Fact)>>,
    begun: Mutex<HashSet<String>>,
    stop: AtomicBool,
    numbers: AtomicUsize,
    codes: AtomicUsize,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
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

    pub(crate) fn note(&self, recorder: Option<&Recorder>, fact: Fact) {
        let length = recorder.map_or(0, Recorder::length);
        lock(&self.facts).push((length, fact));
    }

    /// Something is about to be tried, which may be done although nobody is told.
    pub(crate) fn begin(&self, what: impl Into<String>) {
        lock(&self.begun).insert(what.into());
    }

    pub(crate) fn has_begun(&self, what: &str) -> bool {
        lock(&self.begun).contains(what)
    }

    /// What was begun under names that start so, without the start.
    pub(crate) fn begun(&self, start: &str) -> Vec<String> {
        let begun = lock(&self.begun);
        let names = begun.iter().filter_map(|name| name.strip_prefix(start));
        let mut names: Vec<_> = names.map(str::to_owned).collect();
        names.sort();
        names
    }

    /// A number that nobody else gets.
    pub(crate) fn next_number(&self) -> usize {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// A code that nobody tried yet.
    pub(crate) fn next_code(&self, codes: &[String]) -> Option<String> {
        let tried = self.codes.fetch_add(1, Ordering::Relaxed);
        codes.get(tried).cloned()
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
    pub(crate) async fn operate(
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
