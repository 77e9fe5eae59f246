//! Who holds what, as it is kept: roles of an organisation's own, groups of people, and the
//! assignments that give a role to one of them at a place.

use farpane_protocol::ids::{OrgId, UserId, ViewerId};
use farpane_protocol::time::Timestamp;
use uuid::Uuid;

use crate::policy::hours::Hours;
use crate::policy::rights::{Builtin, Place, RoleRights};

/// Most roles of an organisation's own: more than anybody can tell apart.
pub const ROLES_MOST: u32 = 200;

/// Most groups of people in an organisation.
pub const GROUPS_MOST: u32 = 1000;

/// Most assignments in an organisation: five at each of two thousand customers. They are read
/// whole when somebody asks who may do what.
pub const ASSIGNMENTS_MOST: u32 = 10_000;

/// A role that an organisation made itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub org: OrgId,
    /// Its name.
    pub name: String,
    /// What it gives.
    pub rights: RoleRights,
    /// When it was made.
    pub created: Timestamp,
}

/// Which role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RoleRef {
    /// One that every organisation has.
    Builtin(Builtin),
    /// One of its own.
    Own(Uuid),
}

/// People who are given roles together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub org: OrgId,
    /// Its name.
    pub name: String,
    /// How many people are in it.
    pub members: u64,
}

/// Who is given a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// One person.
    Person(UserId),
    /// Everybody in a group.
    Group(Uuid),
}

/// A role given to somebody at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// Its id.
    pub id: Uuid,
    /// In which organisation.
    pub org: OrgId,
    /// To whom.
    pub subject: Subject,
    /// Which role.
    pub role: RoleRef,
    /// Where.
    pub place: Place,
    /// From when on, if it begins later than it was made.
    pub from: Option<Timestamp>,
    /// Until when, if it ends.
    pub until: Option<Timestamp>,
    /// In which hours of the week, if only then.
    pub hours: Option<Hours>,
    /// When it was made.
    pub created: Timestamp,
    /// By whom; absent for the operator at the directory's machine.
    pub by: Option<UserId>,
}

/// Whether an assignment counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Force {
    /// It counts now.
    Now,
    /// It has not begun.
    Later,
    /// It is over.
    Over,
    /// It counts at another hour of the week.
    OtherHours,
}

impl Assignment {
    /// Whether it gives the same to the same as another one that is made at its own time: another
    /// end or other hours are another assignment, a beginning that has passed is none.
    pub fn is_like(&self, new: &Self) -> bool {
        let begins = |from: Option<Timestamp>| from.filter(|from| *from > new.created);
        let what = |one: &Self| (one.org, one.subject, one.role, one.place, one.until);
        what(self) == what(new) && begins(self.from) == begins(new.from) && self.hours == new.hours
    }

    /// Whether it counts at `now`.
    pub fn force(&self, now: Timestamp) -> Force {
        if self.until.is_some_and(|until| until <= now) {
            Force::Over
        } else if self.from.is_some_and(|from| from > now) {
            Force::Later
        } else if self.hours.as_ref().is_some_and(|hours| !hours.holds(now)) {
            Force::OtherHours
        } else {
            Force::Now
        }
    }
}

/// An assignment with the names and rights behind its ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assigned {
    /// The assignment.
    pub assignment: Assignment,
    /// Name of the person or the group.
    pub subject: String,
    /// Name of the role.
    pub role: String,
    /// What the role gives.
    pub rights: RoleRights,
}

/// A viewer installation as its owner and administrators see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewerSeen {
    /// Its id.
    pub id: ViewerId,
    /// What it is called.
    pub name: String,
    /// Version of the program.
    pub version: String,
    /// When it was enrolled.
    pub created: Timestamp,
    /// When its person last signed in with it.
    pub signed_in: Timestamp,
}
