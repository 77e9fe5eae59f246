//! A person's own console sessions, and what an organisation asks of everybody who signs in.

use std::time::Duration;

use farpane_protocol::ids::TenantId;
use uuid::Uuid;

use super::caller::Caller;
use super::web::WebPerson;
use super::{App, AppError, Denied};
use crate::audit::{Event, Personal};
use crate::model::proof::{SignInRules, WebSession};
use crate::policy::rights::{Action, Path};
use crate::store::web_sessions::Ended;

impl App {
    /// The sessions that still work, last used first.
    pub async fn web_sessions(&self, person: &WebPerson) -> Result<Vec<WebSession>, AppError> {
        let account = &person.account;
        let rules = self.core.store.sign_in_rules(account.org).await?;
        let mut sessions = self.core.store.web_sessions(account.id).await?;
        sessions.retain(|session| session.works(&rules, self.now()));
        Ok(sessions)
    }

    /// Ends one of them, or all others; how many there were.
    pub async fn end_web_sessions(
        &self,
        person: &WebPerson,
        one: Option<Uuid>,
    ) -> Result<u64, AppError> {
        let account = &person.account;
        let event = Event::WebSessionsEnded {
            account: account.id,
            session: one,
        };
        let entry = self
            .core
            .entry(person.actor(), event)
            .of(account.org)
            .with(Personal {
                account: Some(account.email.to_string()),
                ..Personal::default()
            });
        let which = one.map_or(Ended::AllBut(person.session.id), Ended::One);
        let ended = self.core.store.end_web_sessions(account.id, which, &entry);
        Ok(ended.await?)
    }
}

impl App {
    /// Keeps the language of a person's own pages, by its tag; nothing: the one that their browser
    /// asks for.
    pub async fn choose_language(
        &self,
        person: &WebPerson,
        language: Option<&str>,
    ) -> Result<(), AppError> {
        let account = person.account.id;
        let event = Event::LanguageChosen { account };
        let entry = self.core.entry(person.actor(), event);
        let entry = entry.of(person.account.org).with(Personal {
            account: Some(person.account.email.to_string()),
            ..Personal::default()
        });
        let store = &self.core.store;
        Ok(store.set_language(account, language, &entry).await?)
    }
}

impl Caller {
    /// What the organisation asks of people who sign in.
    pub async fn sign_in_rules(&self) -> Result<SignInRules, AppError> {
        let may_see = [Action::ManageSettings, Action::SeePeople];
        if !may_see
            .iter()
            .any(|action| self.rights.may(*action, &Path::ORG))
        {
            return Err(Denied::Forbidden(Action::SeePeople).into());
        }
        Ok(self.core.store.sign_in_rules(self.core.org.id).await?)
    }

    /// Changes it for everybody.
    pub async fn set_sign_in_rules(
        &self,
        factor: bool,
        idle: Duration,
        life: Duration,
    ) -> Result<(), AppError> {
        self.check(Action::ManageSettings, &Path::ORG, "setting")?;
        if idle < SignInRules::IDLE_LEAST || life > SignInRules::LIFE_MOST || idle > life {
            let why = "A session may stay unused for five minutes or more, and lives longer than \
                       that and a year at most.";
            return Err(Denied::BadRequest(why).into());
        }
        let rules = SignInRules {
            factor,
            idle,
            life,
            tenants: Vec::new(),
        };
        let event = Event::SignInRulesChanged {
            factor,
            idle_s: idle.as_secs(),
            life_s: life.as_secs(),
        };
        let entry = self.core.entry(self.actor(), event);
        let org = self.core.org.id;
        Ok(self
            .core
            .store
            .set_sign_in_rules(org, &rules, &entry)
            .await?)
    }

    /// Whether a customer's devices may only be reached with a second factor. False if it was so.
    pub async fn set_tenant_factor(
        &self,
        tenant: TenantId,
        needed: bool,
    ) -> Result<bool, AppError> {
        let path = Path::tenant(tenant);
        self.check(Action::ManageSettings, &path, "customer")?;
        // A role that holds everywhere holds for no customer of another organisation.
        let known = self.core.store.tenants(self.core.org.id).await?;
        if !known.iter().any(|known| known.id == tenant) {
            return Err(Denied::NotFound("customer").into());
        }
        let event = Event::TenantFactorChanged { needed };
        let entry = self.core.entry(self.actor(), event).about(tenant);
        let org = self.core.org.id;
        let set = self
            .core
            .store
            .set_tenant_factor(org, tenant, needed, &entry);
        Ok(set.await?)
    }
}
