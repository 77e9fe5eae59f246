//! People in the console: signing in and out, and who is behind a cookie.

use std::time::Duration;

use farpane_protocol::time::Timestamp;

use super::caller::{Caller, Way};
use super::metrics::count;
use super::proofs::{FACTOR_TRIES, Pending};
use super::{App, AppError, Denied, Origin};
use crate::audit::{Actor, Event, Personal};
use crate::live::limiter::Net;
use crate::model::proof::{Proved, SignInRules, WebSession};
use crate::model::{Account, new_uuid};
use crate::policy::rights::Place;
use crate::secret::{Secret, SecretDigest};
use crate::store::web_sessions::{Ended, SignedInWeb};

/// How much later than the last time a use is written down: "last used" is right to the minute, and
/// a page costs no write.
const TOUCH_EVERY: Duration = Duration::from_secs(60);

/// Who comes with a browser, before anything is known of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visitor {
    /// From where.
    pub from: Origin,
    /// With what, in plain words.
    pub browser: String,
}

/// How far a sign-in came.
#[derive(Clone, Debug)]
pub enum SignInStep {
    /// The person is in; the secret goes into the cookie.
    In(Secret),
    /// The password was right and a second factor is still missing; the secret goes into a cookie
    /// of its own that opens nothing else.
    FactorMissing(Secret),
}

/// A person behind a cookie.
#[derive(Clone)]
pub struct WebPerson {
    /// The session.
    pub session: WebSession,
    /// Whether the person has a factor beside the password.
    pub has_factor: bool,
    /// The tag of the language that they chose for their pages, if they did.
    pub language: Option<String>,
    /// Whether one is asked of them.
    pub needs_factor: bool,
    /// Who, with what they may do.
    pub caller: Caller,
    /// Who.
    pub account: Account,
}

impl WebPerson {
    /// Whether nothing works for this person but setting up a factor.
    pub fn must_set_up(&self) -> bool {
        self.needs_factor && !self.has_factor
    }

    /// How the session is called in records and lists.
    pub fn actor(&self) -> Actor {
        account_actor(&self.account)
    }
}

/// When the person last proved who they are as strongly as they can: with a factor if they have
/// one, else with the password.
fn strong_at(found: &SignedInWeb) -> Option<Timestamp> {
    let strong = !found.has_factor || found.session.proved.is_strong();
    strong.then_some(found.session.proved_at)
}

/// Whether these rules ask a factor of somebody with these rights. A role on a site or group counts
/// for every customer that asks for one: too often rather than not at all.
pub(super) fn needs_factor(rules: &SignInRules, caller: &Caller) -> bool {
    let reaches = |place: Place| match place {
        Place::Org | Place::Node(_) => !rules.tenants.is_empty(),
        Place::Tenant(tenant) => rules.tenants.contains(&tenant),
    };
    rules.factor || caller.rights.held.iter().any(|held| reaches(held.place))
}

impl App {
    /// Checks a person's password for the console.
    pub async fn web_sign_in(
        &self,
        email: &str,
        password: &str,
        visitor: &Visitor,
    ) -> Result<SignInStep, AppError> {
        let account = self
            .check_password(email, password, None, visitor.from)
            .await?;
        if self.core.store.factors(account.id).await?.any() {
            let pending = Pending {
                account: account.id,
                org: account.org,
                tries: FACTOR_TRIES,
            };
            let secret = self.proofs.pending.put(pending, account.id, self.now());
            return Ok(SignInStep::FactorMissing(secret.ok_or(Denied::Busy)?));
        }
        let secret = self.open_web(&account, Proved::Password, visitor).await?;
        Ok(SignInStep::In(secret))
    }

    /// Signs a person in who has proved enough.
    pub(super) async fn open_web(
        &self,
        account: &Account,
        proved: Proved,
        visitor: &Visitor,
    ) -> Result<Secret, AppError> {
        let secret = Secret::draw();
        let now = self.now();
        let rules = self.core.store.sign_in_rules(account.org).await?;
        let session = WebSession {
            id: new_uuid(now),
            org: account.org,
            account: account.id,
            created: now,
            last_used: now,
            expires: now.after(rules.life),
            address: visitor.from.0.to_string(),
            browser: visitor.browser.clone(),
            proved,
            proved_at: now,
        };
        let entry = self
            .core
            .entry(
                account_actor(account),
                Event::ConsoleSignedIn {
                    proved: Some(proved),
                },
            )
            .of(account.org)
            .with(Personal {
                account: Some(account.email.to_string()),
                ..visitor.from.personal()
            });
        self.core
            .store
            .open_web_session(&session, secret.digest(), &entry)
            .await?;
        self.limits
            .remember(&account.email, Net::from(visitor.from.0), now);
        count(&self.metrics.sign_ins, "ok");
        Ok(secret)
    }

    /// Who is behind a cookie, if anybody.
    pub async fn web_person(&self, cookie: &str) -> Result<Option<WebPerson>, AppError> {
        let Some(token) = SecretDigest::of_shown(cookie) else {
            return Ok(None);
        };
        let Some(found) = self.core.store.web_session(token).await? else {
            return Ok(None);
        };
        let now = self.now();
        let rules = self.core.store.sign_in_rules(found.account.org).await?;
        if !found.session.works(&rules, now) {
            return Ok(None);
        }
        if now.since(found.session.last_used) >= TOUCH_EVERY {
            let id = found.session.id;
            // Reading goes on when nothing can be written, so that people see why.
            if let Err(error) = self.core.store.touch_web_session(id, now).await {
                self.note_trouble(&error);
                tracing::warn!(%error, "could not note that a session was used");
            }
        }
        let way = Way::Console {
            strong_at: strong_at(&found),
        };
        let caller = self.caller(found.account.clone(), way).await?;
        Ok(Some(WebPerson {
            needs_factor: needs_factor(&rules, &caller),
            session: found.session,
            has_factor: found.has_factor,
            language: found.language,
            caller,
            account: found.account,
        }))
    }

    /// Who is behind a cookie, for programs: a person who has to set up a factor first can do
    /// nothing there.
    pub async fn web_caller(&self, cookie: &str) -> Result<Option<Caller>, AppError> {
        match self.web_person(cookie).await? {
            Some(person) if person.must_set_up() => Err(Denied::FactorNeeded.into()),
            Some(person) => Ok(Some(person.caller)),
            None => Ok(None),
        }
    }

    /// Signs a person out of the console.
    pub async fn web_sign_out(&self, person: &WebPerson) -> Result<(), AppError> {
        let account = &person.account;
        let entry = self
            .core
            .entry(person.actor(), Event::ConsoleSignedOut)
            .of(account.org);
        let this = Ended::One(person.session.id);
        self.core
            .store
            .end_web_sessions(account.id, this, &entry)
            .await?;
        Ok(())
    }
}

/// A person in the console, as a record names them.
pub fn account_actor(account: &Account) -> Actor {
    Actor::Account {
        account: account.id,
    }
}
