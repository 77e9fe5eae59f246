//! Who asks for something: the person, their organisation's use cases, what they may do, how they
//! came in and how strongly they proved who they are.

use std::time::Duration;

use farpane_protocol::ids::ViewerId;
use farpane_protocol::time::Timestamp;
use uuid::Uuid;

use super::{App, AppError, Core, Denied};
use crate::audit::Actor;
use crate::model::Account;
use crate::policy::rights::{Action, Path, Place, Rights};

/// How long a fresh proof of who is there counts for dangerous acts.
pub const STRONG_FOR: Duration = Duration::from_secs(10 * 60);

/// By which way somebody asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Signed in to the console; `strong_at` is when a second factor was last shown.
    Console {
        /// When that was, if at all.
        strong_at: Option<Timestamp>,
    },
    /// With an API token.
    Token(Uuid),
    /// From a viewer installation.
    Viewer(ViewerId),
    /// On the directory's own machine.
    Operator,
}

/// Who asks.
#[derive(Clone)]
pub struct Caller {
    /// The use cases, in the caller's organisation.
    pub core: Core,
    /// The person; absent for the operator at the directory's own machine.
    pub account: Option<Account>,
    /// What they may do now.
    pub rights: Rights,
    /// By which way they came.
    pub way: Way,
}

impl Caller {
    /// The operator at the directory's own machine, who may do everything there.
    pub fn operator(core: Core) -> Self {
        Self {
            core,
            account: None,
            rights: Rights::everything(),
            way: Way::Operator,
        }
    }

    /// Whether an action is allowed at a place. What the caller may not even see is not found;
    /// `thing` says what that would have been.
    pub fn check(&self, action: Action, at: &Path, thing: &'static str) -> Result<(), Denied> {
        if self.rights.may(action, at) {
            return if action.is_dangerous() {
                self.confirmed()
            } else {
                Ok(())
            };
        }
        if self.knows(at) {
            Err(Denied::Forbidden(action))
        } else {
            Err(Denied::NotFound(thing))
        }
    }

    /// Whether the caller holds anything there, and so may know of it.
    pub fn knows(&self, at: &Path) -> bool {
        self.rights.held.iter().any(|held| at.is_under(held.place))
    }

    /// Where a place stands in the tree. What the caller may not know of is not found, in the same
    /// words as what is not there.
    pub async fn path_to(&self, place: Place) -> Result<Path, AppError> {
        let path = self.core.path_of(place).await?;
        match place {
            Place::Org => Ok(path),
            Place::Tenant(_) | Place::Node(_) if self.knows(&path) => Ok(path),
            Place::Tenant(_) => Err(Denied::NotFound("customer").into()),
            Place::Node(_) => Err(Denied::NotFound("place").into()),
        }
    }

    /// Whether an action is allowed at any place: to look at what belongs to no place.
    pub fn check_anywhere(&self, action: Action) -> Result<(), Denied> {
        if self
            .rights
            .held
            .iter()
            .any(|held| held.rights.actions.has(action))
        {
            Ok(())
        } else {
            Err(Denied::Forbidden(action))
        }
    }

    /// Whether an action is allowed in the whole organisation. That there is an organisation is no
    /// secret to its people, so the refusal names the right that is missing.
    pub fn check_org(&self, action: Action) -> Result<(), Denied> {
        if self.rights.may(action, &Path::ORG) {
            self.check(action, &Path::ORG, "organisation")
        } else {
            Err(Denied::Forbidden(action))
        }
    }

    /// Whether a fresh proof of who is there was shown; the operator's own machine is proof enough.
    pub fn is_strong(&self) -> bool {
        match self.way {
            Way::Console { strong_at } => {
                strong_at.is_some_and(|at| self.core.clock.now().since(at) < STRONG_FOR)
            }
            Way::Operator => true,
            Way::Token(_) | Way::Viewer(_) => false,
        }
    }

    /// Whether what is dangerous may be done now. A token was made for what it may do, with a
    /// fresh proof, and cannot show another one.
    pub fn confirmed(&self) -> Result<(), Denied> {
        let token = matches!(self.way, Way::Token(_));
        if token || self.is_strong() {
            Ok(())
        } else {
            Err(Denied::ConfirmationNeeded)
        }
    }

    /// What tells this caller from others, for limits and for requests that are sent again: the
    /// token, or the person without one.
    pub fn id(&self) -> Option<Uuid> {
        match self.way {
            Way::Token(token) => Some(token),
            Way::Console { .. } | Way::Viewer(_) | Way::Operator => {
                self.account.as_ref().map(|account| account.id.0)
            }
        }
    }

    /// The caller as a record names them.
    pub fn actor(&self) -> Actor {
        match (&self.account, self.way) {
            (None, _) => Actor::Operator,
            (Some(account), Way::Viewer(viewer)) => Actor::Viewer {
                account: account.id,
                viewer,
            },
            (Some(account), Way::Token(token)) => Actor::Token {
                account: account.id,
                token,
            },
            (Some(account), Way::Console { .. } | Way::Operator) => Actor::Account {
                account: account.id,
            },
        }
    }
}

impl App {
    /// A person who asks, with what they may do now.
    pub async fn caller(&self, account: Account, way: Way) -> Result<Caller, AppError> {
        let core = self.in_org(account.org).await?;
        let store = &self.core.store;
        let held = store.held_by(account.org, account.id, self.now()).await?;
        Ok(Caller {
            core,
            account: Some(account),
            rights: Rights { held },
            way,
        })
    }
}
