//! People in the console: signing in and out, and who is behind a cookie.

use std::time::Duration;

use super::metrics::count;
use super::{App, AppError, Origin};
use crate::audit::{Actor, Event, Personal};
use crate::model::Account;
use crate::secret::{Secret, SecretDigest};

/// How long a person stays signed in to the console: a working day.
pub const LIFETIME: Duration = Duration::from_secs(12 * 60 * 60);

impl App {
    /// Signs a person in to the console; the secret goes into a cookie.
    pub async fn web_sign_in(
        &self,
        email: &str,
        password: &str,
        from: Origin,
    ) -> Result<Secret, AppError> {
        let account = self.check_password(email, password, None, from).await?;
        let secret = Secret::draw();
        let now = self.now();
        let entry = self
            .core
            .entry(account_actor(&account), Event::ConsoleSignedIn)
            .of(account.org)
            .with(Personal {
                account: Some(account.email.to_string()),
                ..from.personal()
            });
        let expires = now.after(LIFETIME);
        self.core
            .store
            .open_web_session(&account, secret.digest(), now, expires, &entry)
            .await?;
        count(&self.metrics.sign_ins, "ok");
        Ok(secret)
    }

    /// Who is behind a cookie, if anybody.
    pub async fn web_account(&self, cookie: &str) -> Result<Option<Account>, AppError> {
        let Some(token) = SecretDigest::of_shown(cookie) else {
            return Ok(None);
        };
        Ok(self.core.store.web_session(token, self.now()).await?)
    }

    /// Signs a person out of the console.
    pub async fn web_sign_out(&self, account: &Account, cookie: &str) -> Result<(), AppError> {
        let Some(token) = SecretDigest::of_shown(cookie) else {
            return Ok(());
        };
        let event = Event::ConsoleSignedOut;
        let entry = self
            .core
            .entry(account_actor(account), event)
            .of(account.org);
        Ok(self.core.store.close_web_session(token, &entry).await?)
    }
}

/// A person in the console, as a record names them.
pub fn account_actor(account: &Account) -> Actor {
    Actor::Account {
        account: account.id,
    }
}
