//! Giving roles and taking them away.

use std::time::Duration;

use farpane_protocol::time::Timestamp;
use uuid::Uuid;

use super::super::caller::{Caller, Way};
use super::super::{AppError, Core, Denied};
use super::changed;
use super::roles::RoleSeen;
use crate::audit::{Entry, Event, Personal};
use crate::model::access::{Assigned, Assignment, RoleRef, Subject};
use crate::model::new_uuid;
use crate::policy::hours::Hours;
use crate::policy::rights::{Action, Path, Place};

/// How long before its end an assignment is marked as ending soon.
pub const SOON: Duration = Duration::from_secs(7 * 24 * 3600);

/// A role that somebody should be given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Giving {
    /// To whom.
    pub subject: Subject,
    /// Which role, by name or id.
    pub role: String,
    /// Where.
    pub place: Place,
    /// From when on, if later than now.
    pub from: Option<Timestamp>,
    /// Until when, if it ends.
    pub until: Option<Timestamp>,
    /// In which hours of the week, if only then.
    pub hours: Option<Hours>,
}

/// Name of a role in records: a built-in one's, or an own one's id.
pub(super) fn role_word(role: RoleRef) -> String {
    match role {
        RoleRef::Builtin(builtin) => builtin.name().to_owned(),
        RoleRef::Own(id) => id.to_string(),
    }
}

/// A place in records.
pub(super) fn place_word(place: Place) -> String {
    match place {
        Place::Org => "org".into(),
        Place::Tenant(tenant) => format!("tenant {}", tenant.0),
        Place::Node(node) => format!("node {}", node.0),
    }
}

/// That somebody holds already what they should be given.
pub(super) fn held_already() -> AppError {
    let why = "They hold this role there already, for the same time. Give it for another time, or \
               leave it as it is.";
    Denied::Conflict(why).into()
}

pub(super) const fn parts(
    subject: Subject,
) -> (Option<farpane_protocol::ids::UserId>, Option<Uuid>) {
    match subject {
        Subject::Person(person) => (Some(person), None),
        Subject::Group(group) => (None, Some(group)),
    }
}

/// That an assignment was taken away, as records say it.
pub(crate) fn role_taken(assignment: &Assignment) -> Event {
    let (person, group) = parts(assignment.subject);
    Event::RoleTaken {
        assignment: assignment.id,
        role: role_word(assignment.role),
        person,
        group,
        place: place_word(assignment.place),
    }
}

impl Core {
    /// The names that stand beside the record of a role that is taken away.
    pub(in crate::app) async fn beside_taken(&self, held: &Assigned) -> Result<Personal, AppError> {
        let names = self.place_names().await?;
        Ok(Personal {
            role: Some(held.role.clone()),
            place: Some(names.of(held.assignment.place)),
            ..Personal::named(&held.subject)
        })
    }
}

impl Caller {
    /// Every assignment that the caller may see: at places where they see people, and their own.
    pub async fn assignments(&self) -> Result<Vec<Assigned>, AppError> {
        let store = &self.core.store;
        let all = store.assignments(self.core.org.id).await?;
        let mut shown = Vec::with_capacity(all.len());
        for assigned in all {
            let own = self.is_me(assigned.assignment.subject).await?;
            if own || self.sees_people_at(assigned.assignment.place).await? {
                shown.push(assigned);
            }
        }
        Ok(shown)
    }

    pub(super) async fn sees_people_at(&self, place: Place) -> Result<bool, AppError> {
        if self.rights.may(Action::SeePeople, &Path::ORG) {
            return Ok(true);
        }
        match self.core.path_of(place).await {
            Ok(path) => Ok(self.rights.may(Action::SeePeople, &path)),
            // A place that is gone is nobody's to see but the organisation's.
            Err(AppError::Denied(_)) => Ok(false),
            Err(error @ AppError::Store(_)) => Err(error),
        }
    }

    /// Whether something goes to the caller, alone or in a group.
    pub(super) async fn is_me(&self, subject: Subject) -> Result<bool, AppError> {
        let Some(me) = &self.account else {
            return Ok(false);
        };
        match subject {
            Subject::Person(person) => Ok(person == me.id),
            Subject::Group(group) => {
                let groups = self.core.store.groups_of(me.org, me.id).await?;
                Ok(groups.iter().any(|mine| mine.id == group))
            }
        }
    }

    /// Checks a role that somebody should be given, and says what it would be.
    pub(super) async fn prepared(
        &self,
        giving: &Giving,
    ) -> Result<(Assignment, RoleSeen), AppError> {
        let now = self.core.clock.now();
        let path = self.path_to(giving.place).await?;
        self.check(Action::GrantRoles, &path, "place")?;
        if self.is_me(giving.subject).await? {
            return Err(Denied::OwnRights.into());
        }
        let ends_first = |until: Timestamp| until <= giving.from.unwrap_or(now).max(now);
        if giving.until.is_some_and(ends_first) {
            return Err(Denied::BadRequest("This would be over before it begins.").into());
        }
        let roles = self.every_role().await?;
        let role = super::roles::find(roles, &giving.role)?;
        // For good is longer than for a day: what is given may not outlast what is held.
        let lasting = self.rights.lasting(giving.until, giving.hours.as_ref());
        if !lasting.may_give(&role.rights, &path) {
            return Err(Denied::AboveOwnRights.into());
        }
        let assignment = Assignment {
            id: new_uuid(now),
            org: self.core.org.id,
            subject: giving.subject,
            role: role.id,
            place: giving.place,
            from: giving.from.filter(|from| *from > now),
            until: giving.until,
            hours: giving.hours.clone(),
            created: now,
            by: self.account.as_ref().map(|account| account.id),
        };
        let all = self.core.store.assignments(self.core.org.id).await?;
        if all.iter().any(|held| held.assignment.is_like(&assignment)) {
            return Err(held_already());
        }
        Ok((assignment, role))
    }

    /// What such an assignment is recorded as.
    pub(super) async fn given_entry(&self, made: &Assignment) -> Result<Entry, AppError> {
        let (person, group) = parts(made.subject);
        let event = Event::RoleGiven {
            assignment: made.id,
            role: role_word(made.role),
            person,
            group,
            place: place_word(made.place),
            until: made.until,
            hours: made.hours.as_ref().map(ToString::to_string),
        };
        let name = self.subject_name(made.subject).await?;
        let mut roles = self.every_role().await?.into_iter();
        let role = roles.find(|role| role.id == made.role);
        let entry = self.core.entry(self.actor(), event);
        Ok(entry.with(Personal {
            role: role.map(|role| role.name),
            place: Some(self.core.place_names().await?.of(made.place)),
            ..Personal::named(&name)
        }))
    }

    pub(super) async fn subject_name(&self, subject: Subject) -> Result<String, AppError> {
        let (store, org) = (&self.core.store, self.core.org.id);
        match subject {
            Subject::Person(person) => {
                let account = store.account(org, person).await?;
                Ok(account.ok_or(Denied::NotFound("person"))?.name)
            }
            Subject::Group(group) => {
                let groups = store.groups(org).await?;
                let group = groups.into_iter().find(|known| known.id == group);
                Ok(group.ok_or(Denied::NotFound("group"))?.name)
            }
        }
    }

    /// Takes a role away. Whoever may give it may take it, and everybody may give up their own.
    pub async fn take_role(&self, id: Uuid) -> Result<(), AppError> {
        let (store, org) = (&self.core.store, self.core.org.id);
        let all = store.assignments(org).await?;
        let held = all.into_iter().find(|held| held.assignment.id == id);
        let held = held.ok_or(Denied::NotFound("assignment"))?;
        let assignment = &held.assignment;
        let own = assignment.subject
            == self.account.as_ref().map_or(
                // The operator holds nothing by assignment.
                Subject::Group(Uuid::nil()),
                |me| Subject::Person(me.id),
            );
        // A token gives up nothing of its owner's that it could not take from others.
        if !own || matches!(self.way, Way::Token(_)) {
            let path = match self.core.path_of(assignment.place).await {
                Ok(path) => path,
                // A place that is gone is the organisation's to clear up.
                Err(AppError::Denied(_)) => Path::ORG,
                Err(error @ AppError::Store(_)) => return Err(error),
            };
            self.check(Action::GrantRoles, &path, "assignment")?;
            if !self.rights.may_give(&held.rights, &path) {
                return Err(Denied::AboveOwnRights.into());
            }
        }
        let beside = self.core.beside_taken(&held).await?;
        let entry = self.core.entry(self.actor(), role_taken(assignment));
        let entry = entry.with(beside);
        let now = self.core.clock.now();
        let taken = store.unassign(org, id, now, &entry).await?;
        changed(taken, "assignment")?;
        Ok(())
    }
}
