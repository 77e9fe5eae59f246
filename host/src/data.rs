//! What the host keeps on this device: its key, its enrolment, its own rules, two counters.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow};
use farpane_certs::files::{create_private_dir, write_private};
use farpane_certs::keys;
use farpane_protocol::grant::PolicyFloor;
use farpane_protocol::ids::DeviceId;
use farpane_protocol::key::{Fingerprint, PublicKey, SecretKey};
use farpane_protocol::revocation::Memory;
use rustix::fs::{FlockOperation, flock};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::inventory::ReportRules;
use crate::service::LastReport;

/// The device's key, and one that may follow it.
const KEY: &str = "host.key";
const NEXT_KEY: &str = "host.key.next";
/// The device's own rules.
pub(crate) const POLICY: &str = "policy.json";

/// Where the device was enrolled, and as what.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Enrolment {
    /// The directory's address.
    pub url: String,
    /// The directory's identity.
    pub pin: Fingerprint,
    /// This device in the catalogue.
    pub device: DeviceId,
    /// Its name there.
    pub name: String,
    /// Who manages it.
    pub org_name: String,
    /// Whose it is.
    pub tenant_name: String,
    /// Keys whose grants and envelopes count.
    pub directory_keys: Vec<PublicKey>,
}

/// Numbers that must never go back.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Counters {
    /// Of the last envelope that was obeyed.
    pub envelope: u64,
    /// Of the last presence proof that was made.
    pub presence: u64,
}

/// The host's data folder.
#[derive(Clone, Debug)]
pub struct Data {
    folder: PathBuf,
}

impl Data {
    /// The folder named, or the usual one for this user.
    pub fn at(folder: Option<PathBuf>) -> Self {
        Self {
            folder: folder.unwrap_or_else(usual_folder),
        }
    }

    /// Makes the folder where there is none.
    pub fn create(&self) -> Result<()> {
        create_private_dir(&self.folder).with_context(|| {
            format!(
                "cannot write to {}; choose a folder that you own with --data",
                self.folder.display()
            )
        })
    }

    /// The folder itself.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A file or folder in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The device's key, made where there is none yet.
    pub fn key(&self) -> Result<SecretKey> {
        Ok(keys::load_or_create(&self.path(KEY))?)
    }

    /// A key that may follow it: there is one only while a change is under way, or was cut off.
    pub fn next_key(&self) -> Result<Option<SecretKey>> {
        let path = self.path(NEXT_KEY);
        if !path.exists() {
            return Ok(None);
        }
        Ok(Some(keys::load(&path)?))
    }

    /// Makes that key, synced before anybody hears of it.
    pub fn make_next_key(&self) -> Result<SecretKey> {
        Ok(keys::load_or_create(&self.path(NEXT_KEY))?)
    }

    /// Puts it in place of the old one, in one step.
    pub fn take_next_key(&self) -> Result<()> {
        let (next, key) = (self.path(NEXT_KEY), self.path(KEY));
        std::fs::rename(&next, &key).with_context(|| cannot("replace", &key))?;
        // The step itself has to last, too.
        File::open(&self.folder)
            .and_then(|folder| folder.sync_all())
            .with_context(|| cannot("sync", &self.folder))
    }

    /// Forgets it.
    pub fn forget_next_key(&self) -> Result<()> {
        let next = self.path(NEXT_KEY);
        std::fs::remove_file(&next).with_context(|| cannot("remove", &next))
    }

    /// Another key at once, for an installation whose key belongs to another machine.
    pub fn another_key(&self) -> Result<SecretKey> {
        let key = self.make_next_key()?;
        self.take_next_key()?;
        Ok(key)
    }

    /// The enrolment.
    pub fn enrolment(&self) -> Result<Enrolment> {
        self.read("enrolment.json")?.ok_or_else(|| {
            anyhow!(
                "this device is not enrolled; get a ticket from the console and run \
                 farpane-host enroll TICKET"
            )
        })
    }

    /// Whether there is an enrolment file, whatever is in it.
    pub fn is_enrolled(&self) -> bool {
        self.path("enrolment.json").exists()
    }

    /// Keeps the enrolment.
    pub fn keep_enrolment(&self, enrolment: &Enrolment) -> Result<()> {
        self.write("enrolment.json", enrolment)
    }

    /// The device's own rules; attended where nothing was decided.
    pub fn policy(&self) -> Result<PolicyFloor> {
        Ok(self.read(POLICY)?.unwrap_or_else(PolicyFloor::attended))
    }

    /// Keeps the device's own rules.
    pub fn keep_policy(&self, policy: &PolicyFloor) -> Result<()> {
        self.write(POLICY, policy)
    }

    /// The counters.
    pub fn counters(&self) -> Result<Counters> {
        Ok(self.read("counters.json")?.unwrap_or_default())
    }

    /// Keeps the counters, synced.
    pub fn keep_counters(&self, counters: &Counters) -> Result<()> {
        self.write("counters.json", counters)
    }

    /// What may be reported about this device; nothing personal where nothing was decided.
    pub fn report_rules(&self) -> Result<ReportRules> {
        Ok(self.read("reports.json")?.unwrap_or_default())
    }

    /// Keeps that.
    pub fn keep_report_rules(&self, rules: &ReportRules) -> Result<()> {
        self.write("reports.json", rules)
    }

    /// What was reported last.
    pub(crate) fn last_report(&self) -> Result<LastReport> {
        Ok(self.read("reported.json")?.unwrap_or_default())
    }

    /// Keeps that.
    pub(crate) fn keep_last_report(&self, last: &LastReport) -> Result<()> {
        self.write("reported.json", last)
    }

    /// Whether a host runs on this folder right now.
    pub fn is_running(&self) -> Result<bool> {
        Ok(self.folder.exists() && self.lock_running()?.is_none())
    }

    /// What was taken back, as far as this host has heard.
    pub fn memory(&self) -> Result<Memory> {
        Ok(self.read("revoked.json")?.unwrap_or_default())
    }

    /// Keeps what was taken back, synced.
    pub fn keep_memory(&self, memory: &Memory) -> Result<()> {
        self.write("revoked.json", memory)
    }

    /// Takes the lock that a session with control holds, so that the rules cannot change during
    /// one. `None` if it is held.
    pub fn lock_rules(&self) -> Result<Option<File>> {
        self.lock("rules.lock")
    }

    /// Takes the lock that the running host holds. `None` if another host runs on this folder.
    pub fn lock_running(&self) -> Result<Option<File>> {
        self.lock("running.lock")
    }

    fn lock(&self, name: &str) -> Result<Option<File>> {
        let path = self.path(name);
        let file = File::create(&path).with_context(|| cannot("write", &path))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(file)),
            Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
            Err(error) => Err(error).with_context(|| cannot("lock", &path)),
        }
    }

    fn read<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        let path = self.path(name);
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(|| cannot("read", &path)),
        };
        serde_json::from_slice(&text).map(Some).with_context(|| {
            format!(
                "{} is damaged; restore it, or remove it and enrol again",
                path.display()
            )
        })
    }

    fn write<T: Serialize>(&self, name: &str, value: &T) -> Result<()> {
        let path = self.path(name);
        let text = serde_json::to_vec_pretty(value)?;
        write_private(&path, &text).with_context(|| cannot("write", &path))
    }
}

fn cannot(act: &str, path: &Path) -> String {
    format!(
        "cannot {act} {}; check the folder's owner and the free space",
        path.display()
    )
}

fn usual_folder() -> PathBuf {
    if rustix::process::geteuid().is_root() {
        return PathBuf::from("/var/lib/farpane-host");
    }
    let base = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from);
    let base = base.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".local/share")));
    base.unwrap_or_else(std::env::temp_dir).join("farpane/host")
}
