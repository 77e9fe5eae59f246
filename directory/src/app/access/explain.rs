//! "Can this person do that there, and why?": the tester, and who can reach a device. It asks the
//! same rights that decide; it only says more about them.

use std::collections::HashMap;

use farpane_protocol::ids::{DeviceId, UserId};
use farpane_protocol::scope::Scope;
use farpane_protocol::time::Timestamp;
use uuid::Uuid;

use super::super::AppError;
use super::super::caller::Caller;
use super::places::PlaceNames;
use crate::model::Account;
use crate::model::access::{Assigned, Force, Subject};
use crate::model::said::Said;
use crate::policy::hours::Hours;
use crate::policy::rights::{Action, Path, Place, RoleRights};

/// What is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Asking for sessions with a device.
    Reach,
    /// A right inside a session.
    Inside(Scope),
    /// A session where nobody at the device is asked.
    Unattended,
    /// Something in the directory itself.
    Do(Action),
}

/// Name of the question whether a device may be reached.
const REACH: &str = "reach";

/// Name of the question whether a session may go without asking.
const UNATTENDED: &str = "unattended";

impl What {
    /// Everything that can be asked about.
    pub fn all() -> impl Iterator<Item = Self> {
        [Self::Reach, Self::Unattended]
            .into_iter()
            .chain(Scope::ALL.into_iter().map(Self::Inside))
            .chain(Action::ALL.iter().copied().map(Self::Do))
    }

    /// Its name: `reach`, `unattended`, a right such as `view`, or an action such as
    /// `edit-devices`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reach => REACH,
            Self::Unattended => UNATTENDED,
            Self::Inside(scope) => scope.name(),
            Self::Do(action) => action.name(),
        }
    }

    /// What is asked about under that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|what| what.name() == name)
    }

    /// After "may".
    pub fn in_words(self) -> Said {
        match self {
            Self::Reach => "ask for sessions".into(),
            Self::Unattended => "open sessions without asking the person at the device".into(),
            Self::Inside(scope) => Said::new("have \u{201c}{scope}\u{201d} in a session")
                .said("scope", scope.in_words()),
            Self::Do(action) => action.in_words().into(),
        }
    }

    /// Whether a role gives it.
    pub const fn given_by(self, rights: &RoleRights) -> bool {
        match self {
            Self::Reach => rights.reach,
            // Rights inside a session count only where the same role lets people reach the device.
            Self::Inside(scope) => rights.reach && rights.scopes.has(scope),
            Self::Unattended => rights.reach && rights.unattended,
            Self::Do(action) => rights.actions.has(action),
        }
    }
}

/// Where it is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Where {
    /// At a place.
    Place(Place),
    /// On a device.
    Device(DeviceId),
}

/// One assignment that gives what was asked about, or would.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// Which.
    pub assignment: Uuid,
    /// Name of the role.
    pub role: String,
    /// Name of the place where it is held.
    pub place: String,
    /// Through which group, if not by the person alone.
    pub through: Option<String>,
    /// From when on, if that is later.
    pub from: Option<Timestamp>,
    /// Until when, if it ends.
    pub until: Option<Timestamp>,
    /// In which hours of the week, if only then.
    pub hours: Option<Hours>,
    /// Whether it counts now.
    pub force: Force,
    /// What the role gives.
    pub rights: RoleRights,
}

/// The answer of the tester.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Whether it is allowed now.
    pub allowed: bool,
    /// In one sentence.
    pub sentence: Said,
    /// What gives it now.
    pub because: Vec<Reason>,
    /// What would give it, at another time.
    pub otherwise: Vec<Reason>,
}

/// One person who can reach a device, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reacher {
    /// Who.
    pub account: Account,
    /// What gives it now.
    pub because: Vec<Reason>,
}

fn reason(held: &Assigned, names: &PlaceNames, now: Timestamp) -> Reason {
    let assignment = &held.assignment;
    Reason {
        assignment: assignment.id,
        role: held.role.clone(),
        place: names.of(assignment.place),
        through: match assignment.subject {
            Subject::Person(_) => None,
            Subject::Group(_) => Some(held.subject.clone()),
        },
        from: assignment.from,
        until: assignment.until,
        hours: assignment.hours.clone(),
        force: assignment.force(now),
        rights: held.rights,
    }
}

impl Caller {
    async fn stands(&self, at: Where) -> Result<(Path, String), AppError> {
        match at {
            Where::Place(place) => {
                let path = self.path_to(place).await?;
                Ok((path, self.core.place_names().await?.of(place)))
            }
            Where::Device(device) => {
                // Expected devices, too: who will reach them is worth knowing before.
                let (device, tree) = self.listed(device).await?;
                let path = tree.path(device.spot);
                Ok((path, device.name))
            }
        }
    }

    /// Whether a person may do something somewhere, and why. Everybody may ask about themselves.
    pub async fn can(&self, person: &str, what: What, at: Where) -> Result<Answer, AppError> {
        let person = self.person(person).await?;
        let (path, name) = self.stands(at).await?;
        let own = self.account.as_ref().is_some_and(|me| me.id == person.id);
        if !own {
            self.check(Action::SeePeople, &path, "place")?;
        }
        let names = self.core.place_names().await?;
        let now = self.core.clock.now();
        let (mut because, mut otherwise) = (Vec::new(), Vec::new());
        for held in self.held_by_person(person.id).await? {
            if !what.given_by(&held.rights) || !path.is_under(held.assignment.place) {
                continue;
            }
            let reason = reason(&held, &names, now);
            match reason.force {
                Force::Now => because.push(reason),
                Force::Later | Force::Over | Force::OtherHours => otherwise.push(reason),
            }
        }
        let disabled = person.disabled.is_some();
        let allowed = !disabled && !because.is_empty();
        let decides = allowed && what == What::Do(Action::ApproveRequests);
        let tied = if decides {
            Some(self.tied_to(person.id, &path).await?)
        } else {
            None
        };
        let sentence = if let Some(tied) = &tied {
            if !tied.names.is_empty() {
                Said::new(
                    "{person} may {act} at {place}, but neither their own nor those of {tied}, who \
                     gave them their account, the right to decide or a new way to sign in within \
                     the last seven days.",
                )
                .text("tied", tied.names.join(", "))
            } else if tied.unnamed {
                Said::new(
                    "{person} may {act} at {place}, but neither their own nor those of somebody \
                     who gave them their account, the right to decide or a new way to sign in \
                     within the last seven days.",
                )
            } else {
                Said::new("{person} may {act} at {place}, but not their own.")
            }
        } else if allowed {
            Said::new("{person} may {act} at {place}.")
        } else if disabled {
            Said::new("{person} may not {act} at {place}: the account is disabled.")
        } else if otherwise.is_empty() {
            Said::new("{person} may not {act} at {place}: no role gives it. {ask}")
                .said("ask", self.who_gives(&path, what).await?)
        } else {
            Said::new(
                "{person} may not {act} at {place} now: the role that gives it counts at another \
                 time.",
            )
        };
        let sentence = sentence
            .text("person", &person.name)
            .said("act", what.in_words())
            .text("place", name);
        let sentence = if tied.is_some_and(|tied| !tied.everybody) {
            Said::new("{sentence} Not everybody was looked at.").said("sentence", sentence)
        } else {
            sentence
        };
        Ok(Answer {
            allowed,
            sentence,
            because: if disabled { Vec::new() } else { because },
            otherwise,
        })
    }

    /// Who could give it, in a sentence.
    async fn who_gives(&self, path: &Path, what: What) -> Result<Said, AppError> {
        let givers = self
            .core
            .givers(path, |rights| what.given_by(rights))
            .await?;
        Ok(match givers.as_slice() {
            [] => "Nobody but an owner of the organisation can give it.".into(),
            some => Said::new("It can be given by {people}.").text("people", some.join(", ")),
        })
    }

    /// Everybody who can reach a device now, and why.
    pub async fn who_can_reach(&self, device: DeviceId) -> Result<Vec<Reacher>, AppError> {
        let (path, _) = self.stands(Where::Device(device)).await?;
        self.check(Action::SeePeople, &path, "device")?;
        let (store, org) = (&self.core.store, self.core.org.id);
        let names = self.core.place_names().await?;
        let now = self.core.clock.now();
        let mut reasons: HashMap<UserId, Vec<Reason>> = HashMap::new();
        for held in store.assignments(org).await? {
            let assignment = &held.assignment;
            let counts = assignment.force(now) == Force::Now && path.is_under(assignment.place);
            if !counts || !held.rights.reach {
                continue;
            }
            let reason = reason(&held, &names, now);
            match assignment.subject {
                Subject::Person(person) => reasons.entry(person).or_default().push(reason),
                Subject::Group(group) => {
                    for member in store.members(org, group).await? {
                        reasons.entry(member.id).or_default().push(reason.clone());
                    }
                }
            }
        }
        let people = store.accounts(org).await?;
        let active = people
            .into_iter()
            .filter(|person| person.disabled.is_none());
        Ok(active
            .filter_map(|account| {
                let because = reasons.remove(&account.id)?;
                Some(Reacher { account, because })
            })
            .collect())
    }
}

/// Names that a refusal lists: enough to find one of them at their desk.
const GIVERS_NAMED: usize = 3;

impl super::super::Core {
    /// Names of people who can give at `path` a role that gives what `gives` asks for: they may
    /// give roles there and hold it themselves.
    pub async fn givers(
        &self,
        path: &Path,
        gives: impl Fn(&RoleRights) -> bool,
    ) -> Result<Vec<String>, AppError> {
        let now = self.clock.now();
        let mut found = Vec::new();
        for held in self.store.assignments(self.org.id).await? {
            let counts =
                held.assignment.force(now) == Force::Now && path.is_under(held.assignment.place);
            let able = held.rights.actions.has(Action::GrantRoles) && gives(&held.rights);
            if counts && able && !found.contains(&held.subject) {
                found.push(held.subject);
                if found.len() == GIVERS_NAMED {
                    break;
                }
            }
        }
        Ok(found)
    }
}
