//! Who may approve a request, found out before anybody tries: pages name these people, and say to
//! somebody who may not why.

use farpane_protocol::ids::UserId;

use super::super::caller::{Caller, Way};
use super::super::{AppError, Core, Denied};
use crate::model::Account;
use crate::model::access::{Force, Subject};
use crate::model::request::Request;
use crate::policy::rights::{Action, Path, Rights};

/// Names that are told: enough to find one of them at their desk.
const NAMED: usize = 3;

/// People whose ties are looked at for one question: more of them than anybody reads about, and
/// some hundredths of a second's work.
const LOOKED_AT: usize = 50;

/// Who could approve a request now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deciders {
    /// Names of people who may, a few of them.
    pub may: Vec<String>,
    /// Names of people who have the right to decide and do not count as a second person, a few.
    pub tied: Vec<String>,
}

impl Caller {
    /// Why the caller may not approve this request; `None` if they may once they have proved who
    /// they are.
    pub async fn not_approving(&self, request: &Request) -> Result<Option<Denied>, AppError> {
        let proved = Self {
            way: match self.way {
                Way::Console { .. } => Way::Console {
                    strong_at: Some(self.core.clock.now()),
                },
                other @ (Way::Token(_) | Way::Viewer(_) | Way::Operator) => other,
            },
            ..self.clone()
        };
        match proved.effect_by_second(request).await {
            Ok(()) => Ok(None),
            Err(AppError::Denied(denied)) => Ok(Some(denied)),
            Err(error @ AppError::Store(_)) => Err(error),
        }
    }

    /// Who could approve this request now. Told to the one who asked, and to whoever decides.
    pub async fn deciders(&self, request: &Request) -> Result<Deciders, AppError> {
        let mut found = Deciders::default();
        for account in self.core.decide_somewhere().await? {
            if account.id == request.asked_by {
                continue;
            }
            let store = &self.core.store;
            let now = self.core.clock.now();
            let someone = Self {
                core: self.core.clone(),
                rights: Rights {
                    held: store.held_by(account.org, account.id, now).await?,
                },
                way: Way::Console { strong_at: None },
                account: Some(account.clone()),
            };
            let list = match someone.not_approving(request).await? {
                None => &mut found.may,
                Some(Denied::TiedToAsker) => &mut found.tied,
                Some(_) => continue,
            };
            if list.len() < NAMED {
                list.push(account.name);
            }
            if found.may.len() == NAMED {
                break;
            }
        }
        Ok(found)
    }

    /// Names of a few people whose requests at `path` this person may not approve, though they have
    /// the right: they have their account, that right or a way to sign in from them.
    pub(super) async fn tied_to(
        &self,
        person: UserId,
        path: &Path,
    ) -> Result<Vec<String>, AppError> {
        let (store, org) = (&self.core.store, self.core.org.id);
        let now = self.core.clock.now();
        let rights = Rights {
            held: store.held_by(org, person, now).await?,
        };
        let mut names = Vec::new();
        for asker in store.accounts(org).await?.into_iter().take(LOOKED_AT) {
            if asker.id == person || asker.disabled.is_some() {
                continue;
            }
            let ties = (asker.id, person);
            if self.core.own_rights(ties, &rights, path).await?.is_none() {
                names.push(asker.name);
                if names.len() == NAMED {
                    break;
                }
            }
        }
        Ok(names)
    }
}

impl Core {
    /// People who may decide requests somewhere now.
    async fn decide_somewhere(&self) -> Result<Vec<Account>, AppError> {
        let (now, org) = (self.clock.now(), self.org.id);
        let mut people: Vec<UserId> = Vec::new();
        for held in self.store.assignments(org).await? {
            let decides = held.rights.actions.has(Action::ApproveRequests);
            if !decides || held.assignment.force(now) != Force::Now {
                continue;
            }
            let of_this = match held.assignment.subject {
                Subject::Person(person) => vec![person],
                Subject::Group(group) => {
                    let members = self.store.members(org, group).await?;
                    members.into_iter().map(|member| member.id).collect()
                }
            };
            for person in of_this {
                if !people.contains(&person) {
                    people.push(person);
                }
            }
            if people.len() >= LOOKED_AT {
                break;
            }
        }
        let accounts = self.store.accounts(org).await?.into_iter();
        let able = |one: &Account| one.disabled.is_none() && people.contains(&one.id);
        Ok(accounts.filter(able).take(LOOKED_AT).collect())
    }
}
