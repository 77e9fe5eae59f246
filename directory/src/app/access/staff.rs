//! People as those who manage them see them: who there is, what they hold, with which viewers they
//! came, and what can be done about it.

use std::collections::HashSet;

use farpane_protocol::ids::{UserId, ViewerId};
use uuid::Uuid;

use super::super::caller::{Caller, Way};
use super::super::{AppError, Core, Denied};
use super::changed;
use crate::audit::{Actor, Entry, Event, Personal};
use crate::model::Account;
use crate::model::access::{Assigned, Group, Subject, ViewerSeen};
use crate::model::text::{self, Email};
use crate::policy::rights::{Action, Path, Place};

/// A person with everything that hangs on them.
#[derive(Clone, Debug)]
pub struct PersonSeen {
    /// Who.
    pub account: Account,
    /// In which groups.
    pub groups: Vec<Group>,
    /// What they hold, by themselves and through groups, whether it counts now or not.
    pub assignments: Vec<Assigned>,
    /// Their viewers.
    pub viewers: Vec<ViewerSeen>,
}

impl Core {
    /// What is recorded of a viewer that is removed.
    pub(in crate::app) fn viewer_removed(
        &self,
        actor: Actor,
        person: &Account,
        viewer: &ViewerSeen,
    ) -> Entry {
        let event = Event::ViewerRemoved {
            account: person.id,
            viewer: viewer.id,
        };
        self.entry(actor, event).of(person.org).with(Personal {
            account: Some(person.email.to_string()),
            ..Personal::named(&viewer.name)
        })
    }
}

impl Caller {
    /// The people that the caller may see: all, or those who hold something at a place where the
    /// caller sees people.
    pub async fn people(&self) -> Result<Vec<Account>, AppError> {
        self.check_anywhere(Action::SeePeople)?;
        let (store, org) = (&self.core.store, self.core.org.id);
        let mut people = store.accounts(org).await?;
        if self.rights.may(Action::SeePeople, &Path::ORG) {
            return Ok(people);
        }
        let mut seen = HashSet::new();
        for held in store.assignments(org).await? {
            if !self.sees_people_at(held.assignment.place).await? {
                continue;
            }
            match held.assignment.subject {
                Subject::Person(person) => drop(seen.insert(person)),
                Subject::Group(group) => {
                    let members = store.members(org, group).await?;
                    seen.extend(members.iter().map(|member| member.id));
                }
            }
        }
        let me = self.account.as_ref().map(|me| me.id);
        people.retain(|person| Some(person.id) == me || seen.contains(&person.id));
        Ok(people)
    }

    /// One person that the caller may see, by id or address.
    pub async fn person(&self, named: &str) -> Result<Account, AppError> {
        let id = Uuid::parse_str(named).ok().map(UserId);
        let email = Email::parse(named).ok();
        let fits =
            |person: &Account| Some(person.id) == id || Some(&person.email) == email.as_ref();
        let me = self.account.iter().find(|me| fits(me)).cloned();
        if let Some(me) = me {
            return Ok(me);
        }
        let found = self.people().await?.into_iter().find(fits);
        Ok(found.ok_or(Denied::NotFound("person"))?)
    }

    /// One person with everything that hangs on them, as far as the caller may see it: what
    /// somebody holds at a customer is for those who see people there.
    pub async fn person_whole(&self, named: &str) -> Result<PersonSeen, AppError> {
        let account = self.person(named).await?;
        let (store, org) = (&self.core.store, self.core.org.id);
        let mut groups = store.groups_of(org, account.id).await?;
        let mut assignments = self.held_by_person(account.id).await?;
        if !self.is_own(account.id) && !self.rights.may(Action::SeePeople, &Path::ORG) {
            let seen = self.groups().await?;
            groups.retain(|group| seen.iter().any(|known| known.id == group.id));
            let mut shown = Vec::with_capacity(assignments.len());
            for held in assignments {
                if self.sees_people_at(held.assignment.place).await? {
                    shown.push(held);
                }
            }
            assignments = shown;
        }
        Ok(PersonSeen {
            groups,
            assignments,
            viewers: store.viewers_of(org, account.id).await?,
            account,
        })
    }

    /// Everything that a person holds, by themselves and through groups.
    pub(super) async fn held_by_person(&self, id: UserId) -> Result<Vec<Assigned>, AppError> {
        let (store, org) = (&self.core.store, self.core.org.id);
        let groups = store.groups_of(org, id).await?;
        let all = store.assignments(org).await?;
        let theirs = |held: &Assigned| match held.assignment.subject {
            Subject::Person(person) => person == id,
            Subject::Group(group) => groups.iter().any(|known| known.id == group),
        };
        Ok(all.into_iter().filter(theirs).collect())
    }

    /// The path of a place; that of the organisation for a place that is gone.
    pub(super) async fn path_or_org(&self, place: Place) -> Result<Path, AppError> {
        match self.core.path_of(place).await {
            Ok(path) => Ok(path),
            Err(AppError::Denied(_)) => Ok(Path::ORG),
            Err(error @ AppError::Store(_)) => Err(error),
        }
    }

    /// Refuses unless the caller may manage this person: disable, remove, and give them new ways to
    /// sign in. Whoever could do that to somebody who holds more would hold it all in the end.
    pub async fn check_manages(&self, person: UserId) -> Result<(), AppError> {
        self.check(Action::ManagePeople, &Path::ORG, "person")?;
        if self.holds_what(person).await? {
            Ok(())
        } else {
            Err(Denied::AboveOwnRights.into())
        }
    }

    /// Whether the caller may manage this person once they have proved who they are.
    pub async fn manages(&self, person: UserId) -> Result<bool, AppError> {
        let may = self.rights.may(Action::ManagePeople, &Path::ORG);
        Ok(may && self.holds_what(person).await?)
    }

    /// Whether the caller holds everything that this person holds, for as long and in the same
    /// hours: whoever administers for an hour could take an account over that does so for good.
    async fn holds_what(&self, person: UserId) -> Result<bool, AppError> {
        for held in self.held_by_person(person).await? {
            let path = self.path_or_org(held.assignment.place).await?;
            let theirs = &held.assignment;
            let own = self.rights.lasting(theirs.until, theirs.hours.as_ref());
            if !held.rights.within(&own.total(&path)) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    pub(super) fn is_own(&self, id: UserId) -> bool {
        self.account.as_ref().is_some_and(|me| me.id == id)
    }

    /// Whether the caller may act in their own matters, for which people need no right. A token is
    /// not its owner: whoever found one may do with it what it was made for and nothing else.
    pub(super) fn own_allowed(&self, action: Action) -> Result<(), Denied> {
        match self.way {
            Way::Token(_) => self.check_org(action),
            Way::Console { .. } | Way::Viewer(_) | Way::Operator => Ok(()),
        }
    }

    /// Whether the caller may act for this person: themselves, or somebody whom they manage.
    async fn own_or_managed(&self, person: UserId) -> Result<(), AppError> {
        if self.is_own(person) {
            Ok(self.own_allowed(Action::ManagePeople)?)
        } else {
            self.check_manages(person).await
        }
    }

    pub(super) fn person_entry(&self, event: Event, person: &Account) -> Entry {
        self.core.entry(self.actor(), event).with(Personal {
            account: Some(person.email.to_string()),
            ..Personal::named(&person.name)
        })
    }

    /// Gives a person another name; everybody may rename themselves.
    pub async fn rename_person(&self, named: &str, name: &str) -> Result<String, AppError> {
        let person = self.person(named).await?;
        self.own_or_managed(person.id).await?;
        let name = text::name(name);
        if name.is_empty() {
            return Err(Denied::BadRequest("A person needs a name.").into());
        }
        let event = Event::AccountRenamed { account: person.id };
        let was = person.name.clone();
        let renamed = Account { name, ..person };
        let mut entry = self.person_entry(event, &renamed);
        entry.personal.was = Some(was);
        let done = self
            .core
            .store
            .rename_account(renamed.org, renamed.id, &renamed.name, &entry);
        changed(done.await?, "person")?;
        Ok(renamed.name)
    }

    /// Disables a person: they are signed out everywhere and their sessions end. False if they
    /// were disabled before.
    pub async fn disable_person(&self, named: &str) -> Result<bool, AppError> {
        let person = self.other_person(named).await?;
        let event = Event::AccountDisabled { account: person.id };
        let entry = self.person_entry(event, &person);
        let now = self.core.clock.now();
        let done = self
            .core
            .store
            .disable_account(person.org, person.id, now, &entry);
        Ok(changed(done.await?, "person")?)
    }

    /// Enables a person again. False if they were enabled.
    pub async fn enable_person(&self, named: &str) -> Result<bool, AppError> {
        let person = self.other_person(named).await?;
        let event = Event::AccountEnabled { account: person.id };
        let entry = self.person_entry(event, &person);
        let (store, org) = (&self.core.store, person.org);
        Ok(store.set_disabled(org, person.id, None, &entry).await?)
    }

    /// Removes a person for good. Their name stays nowhere but beside the record, from where it is
    /// erased apart; their sessions end, their viewers and roles are gone.
    pub async fn remove_person(&self, named: &str) -> Result<(), AppError> {
        let person = self.other_person(named).await?;
        let event = Event::AccountRemoved { account: person.id };
        let entry = self.person_entry(event, &person);
        let now = self.core.clock.now();
        let done = self
            .core
            .store
            .remove_account(person.org, person.id, now, &entry);
        changed(done.await?, "person")?;
        Ok(())
    }

    /// Removes one of a person's viewers; everybody may remove their own.
    pub async fn remove_viewer(&self, named: &str, viewer: ViewerId) -> Result<(), AppError> {
        let person = self.person(named).await?;
        self.own_or_managed(person.id).await?;
        let (store, org) = (&self.core.store, person.org);
        let viewers = store.viewers_of(org, person.id).await?;
        let known = viewers.into_iter().find(|known| known.id == viewer);
        let known = known.ok_or(Denied::NotFound("viewer"))?;
        let entry = self.core.viewer_removed(self.actor(), &person, &known);
        let now = self.core.clock.now();
        let done = store.remove_viewer(org, person.id, viewer, now, &entry);
        changed(done.await?, "viewer")?;
        Ok(())
    }

    /// Somebody else, whom the caller may manage.
    pub(super) async fn other_person(&self, named: &str) -> Result<Account, AppError> {
        let person = self.person(named).await?;
        if self.is_own(person.id) {
            let why = "Nobody disables or removes themselves. Ask another administrator.";
            return Err(Denied::Conflict(why).into());
        }
        self.check_manages(person.id).await?;
        Ok(person)
    }
}
