//! How people, groups, roles, assignments and requests look in JSON.

use farpane_protocol::ids::{UserId, ViewerId};
use farpane_protocol::scope::ScopeSet;
use farpane_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::access::assign::SOON;
use crate::app::access::explain::Reason;
use crate::app::access::places::PlaceNames;
use crate::app::access::requests::RequestSeen;
use crate::app::access::roles::RoleSeen;
use crate::app::{AppError, Denied};
use crate::http::api::me::PlaceShown;
use crate::model::Account;
use crate::model::access::{Assigned, Force, Group, RoleRef, Subject, ViewerSeen};
use crate::model::api_token::ApiToken;
use crate::model::request::RequestState;
use crate::policy::rights::{Action, ActionSet, RoleRights};

/// A person.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(in crate::http) struct PersonShown {
    /// Their id.
    pub id: UserId,
    /// Their name.
    name: String,
    /// Their e-mail address.
    pub email: String,
    /// Since when they are disabled, if they are.
    disabled: Option<Timestamp>,
}

impl From<Account> for PersonShown {
    fn from(account: Account) -> Self {
        Self {
            id: account.id,
            name: account.name,
            email: account.email.to_string(),
            disabled: account.disabled,
        }
    }
}

/// A group of people.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(in crate::http) struct GroupShown {
    /// Its id.
    id: Uuid,
    /// Its name.
    name: String,
    /// How many people are in it.
    members: u64,
}

impl From<Group> for GroupShown {
    fn from(group: Group) -> Self {
        Self {
            id: group.id,
            name: group.name,
            members: group.members,
        }
    }
}

/// A viewer installation of a person.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(in crate::http) struct ViewerShown {
    /// Its id.
    id: ViewerId,
    /// What it is called.
    name: String,
    /// Version of the program.
    version: String,
    /// When it was enrolled.
    created: Timestamp,
    /// When its person last signed in with it.
    signed_in: Timestamp,
}

impl From<ViewerSeen> for ViewerShown {
    fn from(viewer: ViewerSeen) -> Self {
        Self {
            id: viewer.id,
            name: viewer.name,
            version: viewer.version,
            created: viewer.created,
            signed_in: viewer.signed_in,
        }
    }
}

/// What a role gives: three separate answers.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct RightsShown {
    /// Whether sessions with devices may be asked for.
    #[serde(default)]
    reach: bool,
    /// What may be asked for inside such a session.
    #[serde(default)]
    scopes: ScopeSet,
    /// Whether a session may go without asking, where the device allows that.
    #[serde(default)]
    unattended: bool,
    /// What may be seen and changed in the directory, by name.
    #[serde(default)]
    actions: Vec<String>,
}

impl From<RoleRights> for RightsShown {
    fn from(rights: RoleRights) -> Self {
        Self {
            reach: rights.reach,
            scopes: rights.scopes,
            unattended: rights.unattended,
            actions: rights.actions.iter().map(|a| a.name().into()).collect(),
        }
    }
}

impl TryFrom<RightsShown> for RoleRights {
    type Error = AppError;

    fn try_from(shown: RightsShown) -> Result<Self, AppError> {
        let mut actions = ActionSet::EMPTY;
        for name in &shown.actions {
            let action = Action::named(name);
            actions = actions.with(action.ok_or(Denied::BadRequest(
                "There is no such action; GET /api/v1/roles lists them with the owner's role.",
            ))?);
        }
        Ok(Self {
            reach: shown.reach,
            scopes: shown.scopes,
            unattended: shown.unattended,
            actions,
        })
    }
}

/// A role.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(in crate::http) struct RoleShown {
    /// Name of a built-in role, or id of an own one.
    id: String,
    /// Its name.
    name: String,
    /// Whether every organisation has it and nobody can change it.
    builtin: bool,
    /// What it gives.
    rights: RightsShown,
}

impl From<RoleSeen> for RoleShown {
    fn from(role: RoleSeen) -> Self {
        let (id, builtin) = match role.id {
            RoleRef::Builtin(builtin) => (builtin.name().to_owned(), true),
            RoleRef::Own(id) => (id.to_string(), false),
        };
        Self {
            id,
            name: role.name,
            builtin,
            rights: role.rights.into(),
        }
    }
}

/// Who is given a role.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "kind", content = "id")]
pub(in crate::http) enum SubjectShown {
    /// A person.
    Person(UserId),
    /// Everybody in a group.
    Group(Uuid),
}

impl From<Subject> for SubjectShown {
    fn from(subject: Subject) -> Self {
        match subject {
            Subject::Person(person) => Self::Person(person),
            Subject::Group(group) => Self::Group(group),
        }
    }
}

impl From<SubjectShown> for Subject {
    fn from(shown: SubjectShown) -> Self {
        match shown {
            SubjectShown::Person(person) => Self::Person(person),
            SubjectShown::Group(group) => Self::Group(group),
        }
    }
}

/// A role given to somebody at a place.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(in crate::http) struct AssignmentShown {
    /// Its id.
    id: Uuid,
    /// To whom.
    subject: SubjectShown,
    /// What they are called.
    subject_name: String,
    /// Name of the role.
    role: String,
    /// Where.
    place: PlaceShown,
    /// What the place is called.
    place_name: String,
    /// From when on, if later than it was made.
    from: Option<Timestamp>,
    /// Until when, if it ends.
    until: Option<Timestamp>,
    /// In which hours of the week, if only then.
    hours: Option<String>,
    /// Whether it counts now.
    in_force: bool,
    /// Whether it ends within a week.
    ends_soon: bool,
}

impl AssignmentShown {
    /// With the names of places, at a time.
    pub(in crate::http) fn of(held: Assigned, names: &PlaceNames, now: Timestamp) -> Self {
        let given = held.assignment;
        let ends = |until: Timestamp| until > now && until.since(now) < SOON;
        Self {
            id: given.id,
            subject: given.subject.into(),
            subject_name: held.subject,
            role: held.role,
            place: given.place.into(),
            place_name: names.of(given.place),
            in_force: given.force(now) == Force::Now,
            ends_soon: given.until.is_some_and(ends),
            from: given.from,
            until: given.until,
            hours: given.hours.map(|hours| hours.to_string()),
        }
    }
}

/// An assignment that gives what was asked about.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(in crate::http) struct ReasonShown {
    /// Which.
    assignment: Uuid,
    /// Name of the role.
    role: String,
    /// Name of the place where it is held.
    place: String,
    /// Through which group, if not by the person alone.
    through: Option<String>,
    /// From when on, if that is later.
    from: Option<Timestamp>,
    /// Until when, if it ends.
    until: Option<Timestamp>,
    /// In which hours of the week, if only then.
    hours: Option<String>,
}

impl From<Reason> for ReasonShown {
    fn from(reason: Reason) -> Self {
        Self {
            assignment: reason.assignment,
            role: reason.role,
            place: reason.place,
            through: reason.through,
            from: reason.from,
            until: reason.until,
            hours: reason.hours.map(|hours| hours.to_string()),
        }
    }
}

/// Something that waits for a second person, or waited.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(in crate::http) struct RequestShown {
    /// Its id.
    id: Uuid,
    /// Who asked.
    asked_by: UserId,
    /// What that person is called.
    person: String,
    /// When.
    asked: Timestamp,
    /// Until when it waits.
    expires: Timestamp,
    /// Why.
    reason: String,
    /// For what, in words.
    what: String,
    /// `open`, `approved`, `refused` or `withdrawn`.
    state: &'static str,
    /// Whether the caller may decide it now.
    decidable: bool,
    /// What the one who decided said to it.
    answer: String,
}

impl From<RequestSeen> for RequestShown {
    fn from(seen: RequestSeen) -> Self {
        let request = seen.request;
        Self {
            id: request.id,
            asked_by: request.asked_by,
            person: request.person,
            asked: request.asked,
            expires: request.expires,
            reason: request.reason,
            what: seen.what.in_words(),
            state: match request.state {
                RequestState::Open => "open",
                RequestState::Approved { .. } => "approved",
                RequestState::Refused { .. } => "refused",
                RequestState::Withdrawn { .. } => "withdrawn",
            },
            decidable: seen.decidable,
            answer: request.answer,
        }
    }
}

/// A token, without its secret.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(in crate::http) struct TokenShown {
    /// Its id.
    id: Uuid,
    /// In whose place it acts.
    person: UserId,
    /// What it is for.
    name: String,
    /// The most that it may do.
    scopes: Vec<&'static str>,
    /// Where.
    place: PlaceShown,
    /// When it was made.
    created: Timestamp,
    /// Until when it works.
    expires: Timestamp,
    /// When it was last used, to the minute.
    last_used: Option<Timestamp>,
}

impl From<ApiToken> for TokenShown {
    fn from(token: ApiToken) -> Self {
        Self {
            id: token.id,
            person: token.account,
            scopes: token.scopes(),
            name: token.name,
            place: token.place.into(),
            created: token.created,
            expires: token.expires,
            last_used: token.last_used,
        }
    }
}

/// A name.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct NameWish {
    /// It.
    pub name: String,
}

/// What happens to something that may need a second person.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(in crate::http) struct Waiting {
    /// The request that waits.
    pub request: Uuid,
}
