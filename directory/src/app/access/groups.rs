//! Groups of people, who hold together what is given to the group.

use std::collections::HashSet;

use farpane_protocol::ids::UserId;
use uuid::Uuid;

use super::super::caller::Caller;
use super::super::{AppError, Denied};
use super::changed;
use crate::audit::{Entry, Event, Personal};
use crate::model::access::{Assigned, Group, Subject};
use crate::model::{Account, new_uuid, text};
use crate::policy::rights::{Action, Path};

impl Caller {
    /// The groups that the caller may see: all, or those that hold something at a place where the
    /// caller sees people, and their own.
    pub async fn groups(&self) -> Result<Vec<Group>, AppError> {
        self.check_anywhere(Action::SeePeople)?;
        let (store, org) = (&self.core.store, self.core.org.id);
        let mut groups = store.groups(org).await?;
        if self.rights.may(Action::SeePeople, &Path::ORG) {
            return Ok(groups);
        }
        let mut seen = HashSet::new();
        for held in store.assignments(org).await? {
            if let Subject::Group(group) = held.assignment.subject
                && self.sees_people_at(held.assignment.place).await?
            {
                seen.insert(group);
            }
        }
        if let Some(me) = &self.account {
            let mine = store.groups_of(org, me.id).await?;
            seen.extend(mine.iter().map(|group| group.id));
        }
        groups.retain(|group| seen.contains(&group.id));
        Ok(groups)
    }

    /// The group of that name or id.
    pub async fn group(&self, named: &str) -> Result<Group, AppError> {
        let wanted = text::fold(&text::name(named));
        let id = Uuid::parse_str(named).ok();
        let found = self
            .groups()
            .await?
            .into_iter()
            .find(|group| Some(group.id) == id || text::fold(&group.name) == wanted);
        Ok(found.ok_or(Denied::NotFound("group"))?)
    }

    /// Who is in a group.
    pub async fn members(&self, group: Uuid) -> Result<Vec<Account>, AppError> {
        self.group(&group.to_string()).await?;
        Ok(self.core.store.members(self.core.org.id, group).await?)
    }

    /// Makes a group without members and rights.
    pub async fn make_group(&self, name: &str) -> Result<Group, AppError> {
        let name = self.group_name(name)?;
        let now = self.core.clock.now();
        let group = Group {
            id: new_uuid(now),
            org: self.core.org.id,
            name,
            members: 0,
        };
        let entry = self.group_entry(Event::GroupMade { group: group.id }, &group.name);
        let made = self.core.store.add_group(&group, now, &entry).await?;
        changed(made, "group")?;
        Ok(group)
    }

    /// Gives a group another name.
    pub async fn rename_group(&self, id: Uuid, name: &str) -> Result<String, AppError> {
        let name = self.group_name(name)?;
        let mut entry = self.group_entry(Event::GroupRenamed { group: id }, &name);
        let known = self.core.store.groups(self.core.org.id).await?;
        let known = known.into_iter().find(|group| group.id == id);
        entry.personal.was = known.map(|group| group.name);
        let org = self.core.org.id;
        let renamed = self.core.store.rename_group(org, id, &name, &entry).await?;
        changed(renamed, "group")?;
        Ok(name)
    }

    /// Removes a group; its members lose what they held through it.
    pub async fn remove_group(&self, id: Uuid) -> Result<(), AppError> {
        let group = self.may_change_members(id).await?;
        let entry = self.group_entry(Event::GroupRemoved { group: id }, &group.name);
        let now = self.core.clock.now();
        let removed = self.core.store.remove_group(group.org, id, now, &entry);
        changed(removed.await?, "group")?;
        Ok(())
    }

    /// Puts a person into a group. Refused if the group holds more than the one who does it.
    pub async fn join_group(&self, id: Uuid, person: UserId) -> Result<bool, AppError> {
        let group = self.may_put_into(id, person).await?;
        self.second_for_joining(id, person).await?;
        let event = Event::GroupJoined {
            group: id,
            account: person,
        };
        let entry = self.group_entry(event, &group.name);
        let joined = self.core.store.join_group(group.org, id, person, &entry);
        Ok(changed(joined.await?, "person")?)
    }

    /// Checks that a person may be put into a group: it holds no more than the one who does it, and
    /// nobody gives rights to themselves.
    pub(super) async fn may_put_into(&self, id: Uuid, person: UserId) -> Result<Group, AppError> {
        let group = self.may_change_members(id).await?;
        let me = self.account.as_ref().map(|me| me.id);
        if me == Some(person) && !self.held_by_group(id).await?.is_empty() {
            return Err(Denied::OwnRights.into());
        }
        Ok(group)
    }

    /// Takes a person out of a group.
    pub async fn leave_group(&self, id: Uuid, person: UserId) -> Result<(), AppError> {
        let group = self.may_change_members(id).await?;
        let event = Event::GroupLeft {
            group: id,
            account: person,
        };
        let entry = self.group_entry(event, &group.name);
        let now = self.core.clock.now();
        let left = self
            .core
            .store
            .leave_group(group.org, id, person, now, &entry);
        changed(left.await?, "person in this group")?;
        Ok(())
    }

    fn group_name(&self, name: &str) -> Result<String, Denied> {
        self.check_org(Action::ManagePeople)?;
        let name = text::name(name);
        if name.is_empty() {
            return Err(Denied::BadRequest("A group needs a name."));
        }
        Ok(name)
    }

    fn group_entry(&self, event: Event, name: &str) -> Entry {
        self.core
            .entry(self.actor(), event)
            .with(Personal::named(name))
    }

    pub(super) async fn held_by_group(&self, id: Uuid) -> Result<Vec<Assigned>, AppError> {
        let all = self.core.store.assignments(self.core.org.id).await?;
        let of_group = |held: &Assigned| held.assignment.subject == Subject::Group(id);
        Ok(all.into_iter().filter(of_group).collect())
    }

    /// Changing who is in a group gives or takes everything that the group holds.
    async fn may_change_members(&self, id: Uuid) -> Result<Group, AppError> {
        self.check(Action::ManagePeople, &Path::ORG, "group")?;
        let groups = self.core.store.groups(self.core.org.id).await?;
        let group = groups.into_iter().find(|group| group.id == id);
        let group = group.ok_or(Denied::NotFound("group"))?;
        for held in self.held_by_group(id).await? {
            let path = self.path_or_org(held.assignment.place).await?;
            let given = &held.assignment;
            let own = self.rights.lasting(given.until, given.hours.as_ref());
            if !own.may_give(&held.rights, &path) {
                return Err(Denied::AboveOwnRights.into());
            }
        }
        Ok(group)
    }
}
