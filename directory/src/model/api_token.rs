//! API tokens: what a person lets a program do in their place.

use std::time::Duration;

use farpane_protocol::ids::{OrgId, UserId};
use farpane_protocol::time::Timestamp;
use uuid::Uuid;

use crate::policy::rights::{Action, ActionSet, Place, RoleRights};

/// What every token begins with, so that people and scanners recognise one that leaked.
pub const PREFIX: &str = "fpt_";

/// Most tokens of one person: one per program that anybody can keep an eye on.
pub const TOKENS_MOST: u32 = 100;

/// How long a token works when nobody says.
pub const LIFE_USUAL: Duration = Duration::from_secs(90 * 24 * 3600);

/// Longest life of a token.
pub const LIFE_MOST: Duration = Duration::from_secs(365 * 24 * 3600);

/// The word among a token's scopes that shows devices which its owner may reach.
pub const REACH: &str = "reach";

/// A token as it is kept: everything but its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiToken {
    /// Its id.
    pub id: Uuid,
    /// In which organisation.
    pub org: OrgId,
    /// In whose place it acts.
    pub account: UserId,
    /// What it is for.
    pub name: String,
    /// The most that it may do; its owner's rights bound it further when it is used.
    pub rights: RoleRights,
    /// Where.
    pub place: Place,
    /// When it was made.
    pub created: Timestamp,
    /// Until when it works.
    pub expires: Timestamp,
    /// When it was last used, to the minute.
    pub last_used: Option<Timestamp>,
}

/// A scope that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no scope {0}")]
pub struct UnknownScope(pub String);

/// What a list of scopes lets a token do at most.
pub fn bound<'a>(scopes: impl IntoIterator<Item = &'a str>) -> Result<RoleRights, UnknownScope> {
    let mut rights = RoleRights::default();
    let mut actions = ActionSet::EMPTY;
    for scope in scopes {
        if scope == REACH {
            rights.reach = true;
        } else {
            let action = Action::named(scope).ok_or_else(|| UnknownScope(scope.to_owned()))?;
            actions = actions.with(action);
        }
    }
    rights.actions = actions;
    Ok(rights)
}

impl ApiToken {
    /// What it may do at most, by name.
    pub fn scopes(&self) -> Vec<&'static str> {
        let reach = self.rights.reach.then_some(REACH);
        let actions = self.rights.actions.iter().map(Action::name);
        reach.into_iter().chain(actions).collect()
    }
}
