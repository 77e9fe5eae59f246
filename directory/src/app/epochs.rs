//! What was taken back, as hosts remember it: they are told, and they tell a directory that was
//! restored from an old copy what it has forgotten.

use std::collections::HashMap;

use farpane_protocol::ids::{DeviceId, OrgId, ViewerId};
use farpane_protocol::outcome::EndReason;
use farpane_protocol::revocation::HostMemory;
use farpane_protocol::revocation::{Change, Changes, LIST_ENTRIES, REMEMBERED_LISTS, Revoked};
use farpane_protocol::succession::with_successors;
use uuid::Uuid;

use super::access::assign::role_taken;
use super::{App, AppError, Core, Denied};
use crate::audit::{Actor, Event, Personal};
use crate::model::{Account, Device};
use crate::store::epochs::Gap;
use crate::store::roles;

/// What a host is told, and asked, about the policy epoch.
#[derive(Clone, Debug, Default)]
pub(super) struct Told {
    /// What was taken back since, signed.
    pub(super) changes: Option<String>,
    /// Since when the host should tell.
    pub(super) tell_since: Option<u64>,
}

impl App {
    /// What to tell a host that has seen this epoch. One that does not say which has none.
    pub(super) async fn told_about(
        &self,
        device: &Device,
        seen: Option<u64>,
    ) -> Result<Told, AppError> {
        let Some(seen) = seen else {
            return Ok(Told::default());
        };
        let store = &self.core.store;
        let gap = store.gap(device.org, seen).await?;
        let tell_since = gap.filter(|gap| gap.learned < seen).map(|gap| gap.learned);
        if let Some(since) = tell_since {
            tracing::warn!(device = %device.id, seen, since, "a host remembers more than this directory");
        }
        // What a host saw that this directory forgot does not count as told.
        let after = gap.map_or(seen, |gap| gap.after);
        let now = store.policy_epoch().await?;
        if now <= seen {
            return Ok(Told {
                changes: None,
                tell_since,
            });
        }
        let limit = u32::try_from(LIST_ENTRIES).unwrap_or(u32::MAX);
        let changes = store.changes(device.org, after, limit).await?;
        // A full list goes only as far as it says; the host asks again for the rest.
        let upto = match changes.last() {
            Some(last) if changes.len() == LIST_ENTRIES => last.epoch,
            Some(_) | None => now,
        };
        let list = Changes {
            org: device.org,
            after,
            upto,
            changes,
        };
        Ok(Told {
            changes: (upto > seen).then(|| list.seal(&self.signer())),
            tell_since,
        })
    }

    /// Takes in what a host remembers and this directory has forgotten. What the directory itself
    /// signed is believed, whoever brings it; each change is applied once.
    pub async fn host_memory(&self, device: &Device, memory: HostMemory) -> Result<(), AppError> {
        self.limit_words_of(device.id)?;
        if memory.changes.len() > REMEMBERED_LISTS {
            return Err(Denied::BadRequest("These are more lists than a host keeps.").into());
        }
        let keys = self.signing.remembered(self.now());
        let keys = with_successors(&keys, &memory.successions);
        let lists = tokio::task::spawn_blocking(move || {
            let open = |sealed: &String| Changes::open(&keys, sealed).ok();
            memory.changes.iter().filter_map(open).collect::<Vec<_>>()
        });
        let mut lists = lists.await.map_err(|_| Denied::Busy)?;
        lists.retain(|list| list.org == device.org);
        let Some(upto) = lists.iter().map(|list| list.upto).max() else {
            return Ok(());
        };
        let Some(gap) = self.core.store.gap(device.org, upto).await? else {
            return Ok(());
        };
        let store = &self.core.store;
        let mut fresh: Vec<Change> = Vec::new();
        let mut last: HashMap<Revoked, Change> = HashMap::new();
        for list in &lists {
            for change in &list.changes {
                let forgotten = change.epoch > gap.after && change.epoch <= upto;
                if forgotten && !store.remembers(change).await? {
                    fresh.push(*change);
                    let known = last.entry(change.what).or_insert(*change);
                    if known.epoch < change.epoch {
                        *known = *change;
                    }
                }
            }
        }
        let joined = Gap {
            learned: joined(gap.learned, &mut lists),
            ..gap
        };
        // The epoch first: what is taken back again stands behind everything that was told.
        store.learned(device.org, gap, upto).await?;
        // Nothing new: every host is asked, and most say the same.
        if fresh.is_empty() && joined == gap {
            return Ok(());
        }
        let core = self.in_org(device.org).await?;
        let mut again = 0;
        for change in last.values().filter(|change| !change.lifted) {
            again += u32::from(core.take_back(change.what).await?);
        }
        // Remembered once it is done: whoever is cut off in between is told again.
        for change in &fresh {
            store.learn(device.org, change).await?;
        }
        store.learned(device.org, joined, upto).await?;
        let event = Event::RevocationsLearned {
            device: device.id,
            upto,
            again,
        };
        let actor = Actor::Device { device: device.id };
        let entry = core.entry(actor, event);
        self.core.store.record(&entry).await?;
        tracing::warn!(device = %device.id, again, "a host told what this directory had forgotten");
        self.look_now();
        Ok(())
    }
}

/// How far these lists tell everything from there on. A host that shows only its newest list says
/// nothing of what came before, so others go on being asked for that.
fn joined(from: u64, lists: &mut [Changes]) -> u64 {
    lists.sort_unstable_by_key(|list| list.after);
    lists.iter().fold(from, |learned, list| {
        if list.after <= learned {
            learned.max(list.upto)
        } else {
            learned
        }
    })
}

impl Core {
    /// Takes something back again. False if there is nothing to take.
    async fn take_back(&self, what: Revoked) -> Result<bool, AppError> {
        let done = match what {
            Revoked::Device { device, .. } => {
                let removed = self.forget_device(device).await;
                removed.map(|()| true)
            }
            // Who was removed is not removed again on a host's word, but can do nothing.
            Revoked::Account(account) => {
                let accounts = self.store.accounts(self.org.id).await?;
                let found = accounts.into_iter().find(|known| known.id == account);
                let Some(found) = found else {
                    return Ok(false);
                };
                self.lock_out(&found, Actor::Directory).await
            }
            Revoked::Viewer { viewer, .. } => self.take_viewer(viewer).await,
            Revoked::Assignment(id) => self.take_assignment(id).await,
            Revoked::Member { group, account } => {
                let event = Event::GroupLeft { group, account };
                let entry = self.entry(Actor::Directory, event);
                let (org, now) = (self.org.id, self.clock.now());
                let left = self.store.leave_group(org, group, account, now, &entry);
                Ok(left.await? == roles::Change::Made)
            }
        };
        match done {
            Err(AppError::Denied(Denied::NotFound(_))) => Ok(false),
            done => done,
        }
    }

    /// Removes a device that was removed before, for good at once: the time to undo that is over.
    async fn forget_device(&self, id: DeviceId) -> Result<(), AppError> {
        let device = self.store.device(self.org.id, id).await?;
        let device = device.ok_or(Denied::NotFound("device"))?;
        let event = Event::DeviceRemoved {
            device: id,
            key: device.key,
        };
        let entry = self
            .entry(Actor::Directory, event)
            .about(device.tenant)
            .with(Personal::named(&device.name));
        let now = self.clock.now();
        let removed = self.store.remove_device(self.org.id, id, now, &entry);
        if removed.await? {
            Ok(())
        } else {
            Err(Denied::NotFound("device").into())
        }
    }

    /// Disables an account whatever it holds, the last owner too: only where it was disabled
    /// before, or where a backup cannot know whether it was. False if it was disabled already.
    pub(crate) async fn lock_out(&self, account: &Account, actor: Actor) -> Result<bool, AppError> {
        let event = Event::AccountDisabled {
            account: account.id,
        };
        let entry = self.entry(actor.clone(), event).of(account.org);
        let entry = entry.with(Personal {
            account: Some(account.email.to_string()),
            ..Personal::default()
        });
        let (store, now) = (&self.store, self.clock.now());
        let changed = store
            .set_disabled(account.org, account.id, Some(now), &entry)
            .await?;
        for session in store.open_sessions(account.org).await? {
            if session.account == account.id {
                self.end(&session, EndReason::Revoked, actor.clone())
                    .await?;
            }
        }
        Ok(changed)
    }

    async fn take_viewer(&self, viewer: ViewerId) -> Result<bool, AppError> {
        let Some((_, account)) = self.store.viewer(viewer).await? else {
            return Ok(false);
        };
        let account = account.id;
        let event = Event::ViewerRemoved { account, viewer };
        let entry = self.entry(Actor::Directory, event);
        let (org, now) = (self.org.id, self.clock.now());
        let removed = self.store.remove_viewer(org, account, viewer, now, &entry);
        let removed = removed.await? == roles::Change::Made;
        for session in self.store.open_sessions(org).await? {
            if session.viewer == viewer {
                self.end(&session, EndReason::Revoked, Actor::Directory)
                    .await?;
            }
        }
        Ok(removed)
    }

    async fn take_assignment(&self, id: Uuid) -> Result<bool, AppError> {
        let held = self.store.assignments(self.org.id).await?;
        let Some(held) = held.iter().find(|held| held.assignment.id == id) else {
            return Ok(false);
        };
        let entry = self.entry(Actor::Directory, role_taken(&held.assignment));
        let entry = entry.with(self.beside_taken(held).await?);
        let (org, now) = (self.org.id, self.clock.now());
        let taken = self.store.unassign(org, id, now, &entry).await?;
        Ok(taken == roles::Change::Made)
    }

    /// Puts a restored database right and records it, for every organisation.
    pub async fn after_restore(
        &self,
        made: farpane_protocol::time::Timestamp,
    ) -> Result<u64, AppError> {
        let event = Event::Restored { made };
        let orgs = self.store.orgs().await?;
        let entry = |org: OrgId| self.entry(Actor::Operator, event.clone()).of(org);
        let entries: Vec<_> = orgs.iter().map(|org| entry(org.id)).collect();
        Ok(self.store.after_restore(self.clock.now(), &entries).await?)
    }
}
