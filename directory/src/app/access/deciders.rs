//! Who may approve a request, found out before anybody tries: pages name these people, and say to
//! somebody who may not why.

use std::collections::{HashMap, HashSet};

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deciders {
    /// Names of people who may, a few of them.
    pub may: Vec<String>,
    /// Names of people who have the right to decide and do not count as a second person, a few.
    pub tied: Vec<String>,
    /// Whether everybody who decides requests was looked at, until there were enough.
    pub everybody: bool,
}

/// People who decide requests somewhere, looked up once for all the requests of a page.
pub struct Candidates {
    people: Vec<Caller>,
    everybody: bool,
}

/// Whose requests somebody may not approve though they have the right.
pub(super) struct Askers {
    /// Names of a few whom the one who asks may see.
    pub(super) names: Vec<String>,
    /// Whether there are others, whom they may not see.
    pub(super) unnamed: bool,
    /// Whether everybody was looked at.
    pub(super) everybody: bool,
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

    /// People who decide requests somewhere now, a page's worth of them.
    pub async fn candidates(&self) -> Result<Candidates, AppError> {
        let (accounts, everybody) = self.core.decide_somewhere().await?;
        let now = self.core.clock.now();
        let mut people = Vec::with_capacity(accounts.len());
        for account in accounts {
            let held = self.core.store.held_by(account.org, account.id, now);
            people.push(Self {
                core: self.core.clone(),
                rights: Rights { held: held.await? },
                way: Way::Console { strong_at: None },
                account: Some(account),
            });
        }
        Ok(Candidates { people, everybody })
    }

    /// Whose requests at `path` this person may not approve, though they have the right: those of
    /// whom they have their account, that right or a way to sign in from. Only people whom the
    /// caller may see are named.
    pub(super) async fn tied_to(&self, person: UserId, path: &Path) -> Result<Askers, AppError> {
        let (store, org) = (&self.core.store, self.core.org.id);
        let now = self.core.clock.now();
        let rights = Rights {
            held: store.held_by(org, person, now).await?,
        };
        let seen = self.seen_people().await?;
        let accounts = store.accounts(org).await?.into_iter();
        let others = accounts.filter(|one| one.id != person && one.disabled.is_none());
        let mut found = Askers {
            names: Vec::new(),
            unnamed: false,
            everybody: true,
        };
        for (before, asker) in others.enumerate() {
            if before == LOOKED_AT || found.names.len() == NAMED {
                found.everybody = false;
                break;
            }
            let ties = (asker.id, person);
            if self.core.own_rights(ties, &rights, path).await?.is_some() {
                continue;
            }
            if seen.contains(&asker.id) {
                found.names.push(asker.name);
            } else {
                found.unnamed = true;
            }
        }
        Ok(found)
    }

    /// The people whom the caller may see; only themselves where they see none.
    async fn seen_people(&self) -> Result<HashSet<UserId>, AppError> {
        match self.people().await {
            Ok(people) => Ok(people.iter().map(|one| one.id).collect()),
            Err(AppError::Denied(_)) => Ok(self.account.iter().map(|me| me.id).collect()),
            Err(error @ AppError::Store(_)) => Err(error),
        }
    }
}

impl Candidates {
    /// Who of them could approve this request now. Told to the one who asked, and to whoever
    /// decides.
    pub async fn deciders(&self, request: &Request) -> Result<Deciders, AppError> {
        let mut found = Deciders {
            may: Vec::new(),
            tied: Vec::new(),
            everybody: self.everybody,
        };
        for someone in &self.people {
            let account = someone.account.as_ref();
            let Some(account) = account.filter(|one| one.id != request.asked_by) else {
                continue;
            };
            let list = match someone.not_approving(request).await? {
                None => &mut found.may,
                Some(Denied::TiedToAsker) => &mut found.tied,
                Some(_) => continue,
            };
            if list.len() < NAMED {
                list.push(account.name.clone());
            }
            if found.may.len() == NAMED {
                break;
            }
        }
        Ok(found)
    }
}

impl Core {
    /// People who may decide requests somewhere now, and whether these are all of them.
    async fn decide_somewhere(&self) -> Result<(Vec<Account>, bool), AppError> {
        let (now, org) = (self.clock.now(), self.org.id);
        let accounts = self.store.accounts(org).await?.into_iter();
        let able = accounts.filter(|one| one.disabled.is_none());
        let mut able: HashMap<UserId, Account> = able.map(|one| (one.id, one)).collect();
        let mut groups = HashSet::new();
        let mut people: Vec<Account> = Vec::new();
        let mut everybody = true;
        'enough: for held in self.store.assignments(org).await? {
            let decides = held.rights.actions.has(Action::ApproveRequests);
            if !decides || held.assignment.force(now) != Force::Now {
                continue;
            }
            let of_this = match held.assignment.subject {
                Subject::Person(person) => vec![person],
                // Looked into before, for another role of it.
                Subject::Group(group) if !groups.insert(group) => continue,
                Subject::Group(group) => {
                    let members = self.store.members(org, group).await?;
                    members.into_iter().map(|member| member.id).collect()
                }
            };
            for person in of_this {
                // Taken out, so that nobody counts twice.
                let Some(account) = able.remove(&person) else {
                    continue;
                };
                if people.len() == LOOKED_AT {
                    everybody = false;
                    break 'enough;
                }
                people.push(account);
            }
        }
        people.sort_by(|a, b| a.email.as_str().cmp(b.email.as_str()));
        Ok((people, everybody))
    }
}
