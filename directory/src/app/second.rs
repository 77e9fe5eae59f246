//! The second step of signing in: a code of an authenticator app, a recovery code or a passkey
//! after the password; or a passkey alone.

use farpane_protocol::ids::UserId;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::metrics::count;
use super::proofs::{Begun, Ceremony, Pending};
use super::web::{Visitor, account_actor};
use super::{App, AppError, Denied, Origin};
use crate::audit::{Actor, Event, Personal};
use crate::live::limiter::Net;
use crate::model::Account;
use crate::model::proof::{Factors, Proved};
use crate::passkey::{Passkeys, Shown};
use crate::secret::{Secret, SecretDigest};
use crate::totp::AppSecret;

/// What is kept of a recovery code: bound to its owner, without what people type between letters.
pub(super) fn recovery_digest(account: UserId, code: &str) -> SecretDigest {
    let mut hash = Sha256::new();
    hash.update(b"farpane-recovery/1");
    hash.update(account.0.as_bytes());
    for byte in code.bytes().filter(u8::is_ascii_alphanumeric) {
        hash.update([byte.to_ascii_lowercase()]);
    }
    SecretDigest(hash.finalize().into())
}

impl App {
    fn waiting(&self, pending: &str) -> Result<Pending, Denied> {
        let kept = self.proofs.pending.look(pending, self.now());
        kept.ok_or(Denied::SignInAgain)
    }

    /// Who has still to show a factor, and which they have.
    pub async fn missing_factor(&self, pending: &str) -> Result<(Account, Factors), AppError> {
        let waiting = self.waiting(pending)?;
        let found = self
            .core
            .store
            .account_of(waiting.org, waiting.account)
            .await?;
        let (account, _) = found.ok_or(Denied::SignInAgain)?;
        let factors = self.core.store.factors(account.id).await?;
        Ok((account, factors))
    }

    /// Ends a sign-in with a code, of an app or for recovery.
    pub async fn sign_in_code(
        &self,
        pending: &str,
        code: &str,
        visitor: &Visitor,
    ) -> Result<Secret, AppError> {
        let (account, _) = self.missing_factor(pending).await?;
        match self.check_code(&account, code, true, visitor.from).await {
            Ok(proved) => self.enter(pending, &account, proved, visitor).await,
            Err(error) => Err(self.wrong_factor(pending, error)),
        }
    }

    /// Asks for one of the person's passkeys.
    pub async fn sign_in_passkey_begin(&self, pending: &str) -> Result<Begun, AppError> {
        let (account, factors) = self.missing_factor(pending).await?;
        let shown = self.passkeys()?.show(&factors.passkeys);
        let (options, half) = shown.map_err(|_| Denied::FactorRefused)?;
        let half = Ceremony::Second(account.id, half);
        Ok(self.begun(options, half, account.id)?)
    }

    /// Ends a sign-in with one.
    pub async fn sign_in_passkey(
        &self,
        pending: &str,
        ceremony: &str,
        answer: Value,
        visitor: &Visitor,
    ) -> Result<Secret, AppError> {
        let (account, factors) = self.missing_factor(pending).await?;
        let shown = match self.ceremony(ceremony)? {
            Ceremony::Second(owner, half) if owner == account.id => {
                let shown = self.passkeys()?.shown(answer, &half, &factors.passkeys);
                shown.map_err(|_| Denied::FactorRefused)
            }
            Ceremony::Second(..) | Ceremony::Confirm(..) | Ceremony::Make(..) => {
                Err(Denied::FactorRefused)
            }
        };
        let checked = match shown {
            Ok(shown) => self.keep_passkey(&factors, &shown).await,
            Err(denied) => Err(self.refuse_account(denied, &account, visitor.from).await),
        };
        match checked {
            Ok(()) => {
                self.enter(pending, &account, Proved::Passkey, visitor)
                    .await
            }
            Err(error) => Err(self.wrong_factor(pending, error)),
        }
    }

    /// Lets a person in and takes the half-finished sign-in away.
    async fn enter(
        &self,
        pending: &str,
        account: &Account,
        proved: Proved,
        visitor: &Visitor,
    ) -> Result<Secret, AppError> {
        // Taken, not looked at: of two that finish at once, one comes in.
        let waited = self.proofs.pending.take(pending, self.now());
        waited.ok_or(Denied::SignInAgain)?;
        if account.disabled.is_some() {
            return Err(self
                .refuse_account(self.disabled(), account, visitor.from)
                .await);
        }
        self.open_web(account, proved, visitor).await
    }

    fn wrong_factor(&self, pending: &str, error: AppError) -> AppError {
        let now = self.now();
        let left = self.proofs.pending.change(pending, now, |kept| {
            kept.tries = kept.tries.saturating_sub(1);
            kept.tries
        });
        if left == Some(0) {
            // Forgotten, so that the next try starts at the password.
            let _ = self.proofs.pending.take(pending, now);
            return Denied::SignInAgain.into();
        }
        error
    }

    /// Asks whoever comes to show a passkey.
    pub fn arrive_begin(&self, from: Origin) -> Result<Begun, AppError> {
        let taken = self.limits.challenge.take(&Net::from(from.0), self.now());
        taken.map_err(|too_often| Denied::TooManyTries(too_often.wait))?;
        let (options, half) = self
            .passkeys()?
            .arrive()
            .map_err(|_| Denied::FactorRefused)?;
        Ok(self.arrival_begun(options, &half)?)
    }

    /// Signs in whoever shows a passkey that is known here. It proves possession and a PIN or a
    /// finger at once, so no password is asked.
    pub async fn arrive(
        &self,
        ceremony: &str,
        answer: Value,
        visitor: &Visitor,
    ) -> Result<Secret, AppError> {
        self.admit_net("", None, visitor.from).await?;
        let refused = || self.refuse(Denied::FactorRefused, "", None, visitor.from);
        let (Some((half, mark)), Some((person, credential))) =
            (self.arrival(ceremony), Passkeys::claimed(&answer))
        else {
            return Err(refused().await);
        };
        let known = self.core.store.passkey(&credential).await?;
        let Some((passkey, account)) = known.filter(|(_, account)| account.id.0 == person) else {
            return Err(refused().await);
        };
        let Ok(shown) = self.passkeys()?.arrived(answer, half, &passkey) else {
            let denied = Denied::FactorRefused;
            return Err(self.refuse_account(denied, &account, visitor.from).await);
        };
        // One ceremony, one answer: only what holds is remembered, of people who are known.
        let arrivals = &self.proofs.arrivals;
        if arrivals.use_up(account.id, mark, self.now()).is_err() {
            let denied = Denied::FactorRefused;
            return Err(self.refuse_account(denied, &account, visitor.from).await);
        }
        if account.disabled.is_some() {
            return Err(self
                .refuse_account(self.disabled(), &account, visitor.from)
                .await);
        }
        self.give_back_net(visitor.from);
        let used = self
            .core
            .store
            .use_passkey(passkey.id, &shown.credential, self.now());
        used.await?;
        self.open_web(&account, Proved::Passkey, visitor).await
    }

    pub(super) async fn keep_passkey(
        &self,
        factors: &Factors,
        shown: &Shown,
    ) -> Result<(), AppError> {
        let used = factors
            .passkeys
            .iter()
            .find(|passkey| passkey.credential_id == shown.credential_id);
        let used = used.ok_or(Denied::FactorRefused)?;
        let now = self.now();
        let kept = self.core.store.use_passkey(used.id, &shown.credential, now);
        Ok(kept.await?)
    }

    /// Checks a code: six digits are an app's, anything else may be a recovery code where those
    /// count. Wrong ones use up tries of their own, so that a stranger with the password can
    /// neither go on guessing nor lock the owner out where they sign in from.
    pub(super) async fn check_code(
        &self,
        account: &Account,
        code: &str,
        recovery: bool,
        from: Origin,
    ) -> Result<Proved, AppError> {
        let now = self.now();
        self.admit_net(account.email.as_str(), None, from).await?;
        let guessed = self.limits.guessed(&account.email, Net::from(from.0));
        if let Err(too_often) = self.limits.factor.take(&guessed, now) {
            let denied = Denied::TooManyTries(too_often.wait);
            return Err(if too_often.first {
                self.refuse_account(denied, account, from).await
            } else {
                denied.into()
            });
        }
        let typed: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        let is_app_code = typed.len() == 6 && typed.bytes().all(|byte| byte.is_ascii_digit());
        let proved = if is_app_code {
            let right = self.is_fresh_code(account, &typed).await?;
            right.then_some(Proved::Code)
        } else if recovery {
            let right = self.is_recovery_code(account, &typed, from).await?;
            right.then_some(Proved::RecoveryCode)
        } else {
            None
        };
        let Some(proved) = proved else {
            return Err(self
                .refuse_account(Denied::FactorRefused, account, from)
                .await);
        };
        self.give_back_net(from);
        self.limits.factor.give_back(&guessed);
        Ok(proved)
    }

    /// Whether this is a code of the person's app that was not used before; it is used now.
    async fn is_fresh_code(&self, account: &Account, code: &str) -> Result<bool, AppError> {
        let Some(app) = self.core.store.app(account.id).await? else {
            return Ok(false);
        };
        let opened = self.proofs.vault.open(account.id.0.as_bytes(), &app.secret);
        let secret = match opened {
            Ok(bytes) => AppSecret::from_bytes(&bytes),
            Err(error) => {
                tracing::error!(%error, "an authenticator app cannot be checked");
                None
            }
        };
        let step = secret.and_then(|secret| secret.step_of(code, self.now()));
        match step {
            Some(step) => Ok(self.core.store.use_app_step(account.id, step).await?),
            None => Ok(false),
        }
    }

    async fn is_recovery_code(
        &self,
        account: &Account,
        code: &str,
        from: Origin,
    ) -> Result<bool, AppError> {
        let event = Event::RecoveryCodeUsed {
            account: account.id,
        };
        let entry = self
            .core
            .entry(account_actor(account), event)
            .of(account.org)
            .with(Personal {
                account: Some(account.email.to_string()),
                ..from.personal()
            });
        let digest = recovery_digest(account.id, code);
        let used = self
            .core
            .store
            .use_recovery_code(account.id, digest, self.now(), &entry);
        Ok(used.await?)
    }

    /// Records that a known person could not prove who they are, and hands the refusal back.
    pub(super) async fn refuse_account(
        &self,
        denied: Denied,
        account: &Account,
        from: Origin,
    ) -> AppError {
        count(&self.metrics.sign_ins, denied.kind());
        let event = Event::SignInRefused {
            why: denied.kind().to_owned(),
            key: None,
        };
        let entry = self
            .core
            .entry(Actor::Stranger, event)
            .of(account.org)
            .with(Personal {
                account: Some(account.email.to_string()),
                ..from.personal()
            });
        match self.core.store.record(&entry).await {
            Ok(()) => denied.into(),
            Err(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn recovery_codes_are_the_same_however_they_are_typed_and_only_their_owners() {
        let anna = UserId(Uuid::from_u128(1));
        let kept = recovery_digest(anna, "abcd-efgh-jkmn-pqrs");
        for typed in [
            "ABCD EFGH JKMN PQRS",
            "abcdefghjkmnpqrs",
            " abcd-efgh jkmnpqrs",
        ] {
            assert_eq!(recovery_digest(anna, typed), kept);
        }
        assert_ne!(
            recovery_digest(UserId(Uuid::from_u128(2)), "abcdefghjkmnpqrs"),
            kept
        );
    }
}
