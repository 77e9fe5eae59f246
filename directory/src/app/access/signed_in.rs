//! Where other people are signed in to the console, for those who manage them: seeing it and ending
//! it, when a laptop is lost or somebody leaves.

use uuid::Uuid;

use super::super::AppError;
use super::super::caller::Caller;
use crate::audit::Event;
use crate::model::proof::WebSession;
use crate::policy::rights::Action;
use crate::store::web_sessions::Ended;

impl Caller {
    /// Where a person is signed in, last used first; nothing for those who do not manage them.
    pub async fn web_sessions_of(&self, named: &str) -> Result<Vec<WebSession>, AppError> {
        let person = self.person(named).await?;
        let own = self.is_own(person.id) && self.own_allowed(Action::ManagePeople).is_ok();
        if !own && !self.manages(person.id).await? {
            return Ok(Vec::new());
        }
        let now = self.core.clock.now();
        let store = &self.core.store;
        let rules = store.sign_in_rules(person.org).await?;
        let mut sessions = store.web_sessions(person.id).await?;
        sessions.retain(|session| session.works(&rules, now));
        Ok(sessions)
    }

    /// Ends one of a person's console sessions, or all; how many there were.
    pub async fn sign_out_person(&self, named: &str, one: Option<Uuid>) -> Result<u64, AppError> {
        let person = self.other_person(named).await?;
        let event = Event::WebSessionsEnded {
            account: person.id,
            session: one,
        };
        let entry = self.person_entry(event, &person);
        let which = one.map_or(Ended::All, Ended::One);
        let ended = self.core.store.end_web_sessions(person.id, which, &entry);
        Ok(ended.await?)
    }
}
