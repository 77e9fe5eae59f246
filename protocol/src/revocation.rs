//! What the directory took back, signed so that hosts can remember it: a directory that was
//! restored from an old copy learns from its hosts what it has forgotten.
//!
//! The *policy epoch* rises with everything that is taken away or given back. A host keeps the
//! highest one that it has seen and what was taken back until then; it refuses grants of a lower
//! epoch, and grants to whom was revoked.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::grant::Grant;
use crate::ids::{DeviceId, OrgId, UserId, ViewerId};
use crate::key::{PublicKey, SecretKey};
use crate::succession::SUCCESSIONS;
use crate::time::Timestamp;
use crate::token::{self, Purpose, TokenError};

/// Most entries in one list; a host asks again for the rest.
pub const LIST_ENTRIES: usize = 200;

/// Most entries that a host remembers. At the bound the oldest go: those are the least likely to
/// be missing from a backup.
pub const REMEMBERED_ENTRIES: usize = 20_000;

/// Most signed lists that a host keeps to show. Each holds many entries or is recent.
pub const REMEMBERED_LISTS: usize = 256;

/// What a right was taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Revoked {
    /// A device was removed.
    Device {
        /// Which.
        device: DeviceId,
        /// Its key.
        key: PublicKey,
    },
    /// A person may do nothing any more.
    Account(UserId),
    /// A viewer installation may do nothing any more.
    Viewer {
        /// Which.
        viewer: ViewerId,
        /// Its key.
        key: PublicKey,
    },
    /// A person or group does not have a role any more. Hosts only remember it.
    Assignment(Uuid),
    /// A person is not in a group any more. Hosts only remember it.
    Member {
        /// Which group.
        group: Uuid,
        /// Who.
        account: UserId,
    },
}

/// One change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Which epoch began with it.
    pub epoch: u64,
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: Revoked,
    /// Given back, not taken away.
    pub lifted: bool,
}

/// All changes of one organisation in a span of epochs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// Whose.
    pub org: OrgId,
    /// After this epoch.
    pub after: u64,
    /// Up to this one.
    pub upto: u64,
    /// In order.
    pub changes: Vec<Change>,
}

impl Changes {
    /// Signs it.
    pub fn seal(&self, key: &SecretKey) -> String {
        token::seal(key, Purpose::Revocation, self)
    }

    /// Reads one that one of these keys signed.
    pub fn open(keys: &[PublicKey], sealed: &str) -> Result<Self, TokenError> {
        token::open(keys, Purpose::Revocation, sealed).map(|(changes, _)| changes)
    }
}

/// A host tells a directory what it has forgotten.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HostMemory {
    /// Signed [`Changes`], oldest first.
    pub changes: Vec<String>,
    /// How the keys that signed them followed each other, as the directory said.
    #[serde(default)]
    pub successions: Vec<String>,
}

/// What a host remembers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// The highest epoch that it has seen.
    pub epoch: u64,
    /// The last change of each thing that was taken back.
    revoked: Vec<Change>,
    /// The lists as they were signed, newest last.
    signed: Vec<Signed>,
    /// How the directory's keys followed each other, oldest first.
    #[serde(default)]
    successions: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Signed {
    upto: u64,
    sealed: String,
}

impl Memory {
    /// Takes a list in. False if it holds nothing new.
    pub fn take(&mut self, changes: &Changes, sealed: &str) -> bool {
        if changes.upto <= self.epoch {
            return false;
        }
        self.epoch = changes.upto;
        if changes.changes.is_empty() {
            return true;
        }
        for change in &changes.changes {
            self.revoked.retain(|known| known.what != change.what);
            if !change.lifted {
                self.revoked.push(*change);
            }
        }
        let over = self.revoked.len().saturating_sub(REMEMBERED_ENTRIES);
        self.revoked.drain(..over);
        self.signed.push(Signed {
            upto: changes.upto,
            sealed: sealed.to_owned(),
        });
        let over = self.signed.len().saturating_sub(REMEMBERED_LISTS);
        self.signed.drain(..over);
        true
    }

    /// Takes in how the directory's keys followed each other, beside what it said before. False if
    /// nothing of it is new.
    pub fn follow(&mut self, successions: &[String]) -> bool {
        let before = self.successions.len();
        for sealed in successions.iter().take(SUCCESSIONS) {
            if !self.successions.contains(sealed) {
                self.successions.push(sealed.clone());
            }
        }
        let changed = self.successions.len() > before;
        let over = self.successions.len().saturating_sub(SUCCESSIONS);
        self.successions.drain(..over);
        changed
    }

    /// What to tell a directory that has forgotten what came after this epoch.
    pub fn told_since(&self, epoch: u64) -> HostMemory {
        HostMemory {
            changes: self.since(epoch),
            successions: self.successions.clone(),
        }
    }

    /// Whether a grant was made by a directory that knows less than this, or for somebody whose
    /// right was taken back.
    pub fn judge(&self, grant: &Grant) -> Verdict {
        let revoked = self.revoked.iter().any(|change| match change.what {
            Revoked::Account(account) => grant.user == Some(account),
            Revoked::Viewer { key, .. } => grant.viewer_key == key,
            // A host that was enrolled again goes on under its key; the directory knows the rest.
            Revoked::Device { .. } | Revoked::Assignment(_) | Revoked::Member { .. } => false,
        });
        if revoked {
            Verdict::Revoked
        } else if grant.policy_epoch < self.epoch {
            Verdict::Behind
        } else {
            Verdict::Fine
        }
    }

    /// The lists that reach beyond an epoch, as they were signed.
    pub fn since(&self, epoch: u64) -> Vec<String> {
        let beyond = self.signed.iter().filter(|list| list.upto > epoch);
        beyond.map(|list| list.sealed.clone()).collect()
    }
}

/// What a host's memory says about a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing against it.
    Fine,
    /// The directory that made it has forgotten something, or made it before something changed.
    Behind,
    /// Its viewer, person or device was revoked.
    Revoked,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::testing::Fixture;

    const ORG: OrgId = OrgId(Uuid::from_u128(1));

    fn key() -> SecretKey {
        SecretKey::from_seed([8; 32])
    }

    fn changes(after: u64, upto: u64, what: &[(Revoked, bool)]) -> Changes {
        let entries = what.iter().zip(after + 1..);
        Changes {
            org: ORG,
            after,
            upto,
            changes: entries
                .map(|((what, lifted), epoch)| Change {
                    epoch,
                    at: Timestamp(epoch),
                    what: *what,
                    lifted: *lifted,
                })
                .collect(),
        }
    }

    fn told(memory: &mut Memory, changes: &Changes) -> bool {
        let sealed = changes.seal(&key());
        let opened = Changes::open(&[key().public()], &sealed).expect("opens");
        memory.take(&opened, &sealed)
    }

    fn grant(epoch: u64) -> Grant {
        Grant {
            policy_epoch: epoch,
            user: Some(UserId(Uuid::from_u128(5))),
            ..Fixture::new().grant
        }
    }

    #[test]
    fn a_directory_that_forgot_is_not_believed() {
        let mut memory = Memory::default();
        assert_eq!(memory.judge(&grant(0)), Verdict::Fine);
        assert!(told(&mut memory, &changes(0, 3, &[])));
        assert_eq!(memory.judge(&grant(2)), Verdict::Behind);
        assert_eq!(memory.judge(&grant(3)), Verdict::Fine);
        assert!(!told(&mut memory, &changes(0, 2, &[])), "never back");
        assert_eq!(memory.epoch, 3);
    }

    #[test]
    fn who_was_revoked_stays_so_whatever_the_epoch_until_it_is_lifted() {
        let grant = grant(1_000);
        let of_grant = [
            Revoked::Viewer {
                viewer: ViewerId(Uuid::from_u128(4)),
                key: grant.viewer_key,
            },
            Revoked::Account(UserId(Uuid::from_u128(5))),
        ];
        for what in of_grant {
            let mut memory = Memory::default();
            told(&mut memory, &changes(0, 1, &[(what, false)]));
            assert_eq!(memory.judge(&grant), Verdict::Revoked, "{what:?}");
            told(&mut memory, &changes(1, 2, &[(what, true)]));
            assert_eq!(memory.judge(&grant), Verdict::Fine, "{what:?}");
        }
        let mut memory = Memory::default();
        let others = [
            Revoked::Account(UserId(Uuid::from_u128(6))),
            Revoked::Device {
                device: grant.device,
                key: grant.device_key,
            },
            Revoked::Assignment(Uuid::from_u128(5)),
        ];
        told(
            &mut memory,
            &changes(0, 3, &others.map(|what| (what, false))),
        );
        assert_eq!(memory.judge(&grant), Verdict::Fine);
    }

    #[test]
    fn lists_are_shown_as_they_were_signed_and_bounded() {
        let mut memory = Memory::default();
        let what = Revoked::Account(UserId(Uuid::from_u128(5)));
        for n in 0..REMEMBERED_LISTS as u64 + 5 {
            told(&mut memory, &changes(n, n + 1, &[(what, false)]));
        }
        assert_eq!(memory.since(0).len(), REMEMBERED_LISTS);
        let last = memory.since(memory.epoch - 1);
        let opened = Changes::open(&[key().public()], &last[0]).expect("opens");
        assert_eq!(opened.upto, memory.epoch);
        assert!(memory.since(memory.epoch).is_empty());
    }
}
