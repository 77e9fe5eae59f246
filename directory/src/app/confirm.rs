//! Proving once more who is there, before something dangerous: with a factor where there is one,
//! else with the password. The cookie changes with every proof, so an older one that somebody got
//! hold of does not grow stronger with it.

use serde_json::Value;

use super::proofs::{Begun, Ceremony};
use super::web::{Visitor, WebPerson};
use super::{App, AppError, Denied};
use crate::audit::{Event, Personal};
use crate::model::proof::Proved;
use crate::secret::Secret;

impl App {
    /// With a code of the authenticator app. Recovery codes are for coming in, not for this.
    pub async fn confirm_code(
        &self,
        person: &WebPerson,
        code: &str,
        visitor: &Visitor,
    ) -> Result<Secret, AppError> {
        let checked = self.check_code(&person.account, code, false, visitor.from);
        let proved = checked.await?;
        self.confirmed(person, proved, visitor).await
    }

    /// With the password, where that is all that the person has.
    pub async fn confirm_password(
        &self,
        person: &WebPerson,
        password: &str,
        visitor: &Visitor,
    ) -> Result<Secret, AppError> {
        if person.has_factor {
            return Err(Denied::FactorRefused.into());
        }
        let email = person.account.email.as_str();
        let checked = self.check_password(email, password, None, visitor.from);
        checked.await?;
        self.confirmed(person, Proved::Password, visitor).await
    }

    /// Asks for one of the person's passkeys.
    pub async fn confirm_passkey_begin(&self, person: &WebPerson) -> Result<Begun, AppError> {
        let factors = self.core.store.factors(person.account.id).await?;
        let shown = self.passkeys()?.show(&factors.passkeys);
        let (options, half) = shown.map_err(|_| Denied::FactorRefused)?;
        let half = Ceremony::Confirm(person.session.id, half);
        Ok(self.begun(options, half, person.account.id)?)
    }

    /// With one of them.
    pub async fn confirm_passkey(
        &self,
        person: &WebPerson,
        ceremony: &str,
        answer: Value,
        visitor: &Visitor,
    ) -> Result<Secret, AppError> {
        let factors = self.core.store.factors(person.account.id).await?;
        let shown = match self.ceremony(ceremony)? {
            Ceremony::Confirm(session, half) if session == person.session.id => {
                let shown = self.passkeys()?.shown(answer, &half, &factors.passkeys);
                shown.ok()
            }
            Ceremony::Confirm(..) | Ceremony::Second(..) | Ceremony::Make(..) => None,
        };
        let Some(shown) = shown else {
            let denied = Denied::FactorRefused;
            return Err(self
                .refuse_account(denied, &person.account, visitor.from)
                .await);
        };
        self.keep_passkey(&factors, &shown).await?;
        self.confirmed(person, Proved::Passkey, visitor).await
    }

    /// Notes the proof; the secret goes into the cookie in place of the old one.
    pub(super) async fn confirmed(
        &self,
        person: &WebPerson,
        proved: Proved,
        visitor: &Visitor,
    ) -> Result<Secret, AppError> {
        let secret = Secret::draw();
        let entry = self
            .core
            .entry(person.actor(), Event::Confirmed { proved })
            .of(person.account.org)
            .with(Personal {
                account: Some(person.account.email.to_string()),
                ..visitor.from.personal()
            });
        let id = person.session.id;
        let (now, token) = (self.now(), secret.digest());
        let noted = self
            .core
            .store
            .prove_web_session(id, proved, now, token, &entry);
        if noted.await? {
            Ok(secret)
        } else {
            Err(Denied::SignInAgain.into())
        }
    }
}
