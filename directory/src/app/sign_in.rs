//! People sign in, with a viewer or in the console: the same password check, the same limits.

use farpane_protocol::api::{SignIn, SignedIn};
use farpane_protocol::ids::ViewerId;
use farpane_protocol::key::PublicKey;

use super::metrics::count;
use super::{App, AppError, Denied, Origin};
use crate::audit::{Actor, Event, Personal};
use crate::live::limiter::{Net, TooOften};
use crate::live::tokens::Bearer;
use crate::model::text::{self, Email};
use crate::model::{Account, Agent, Viewer, new_uuid};
use crate::store::people::ViewerEnrolled;

/// What a viewer installation is called that did not say.
const UNNAMED: &str = "unnamed viewer";

impl App {
    /// Signs a person in on a viewer installation and enrols its key.
    pub async fn sign_in(&self, request: &SignIn, from: Origin) -> Result<SignedIn, AppError> {
        // The proof first: it is cheap, and without it nobody gets to guess a password.
        if let Err(denied) = self.check_proof(&request.key, &request.proof) {
            let refused = self.refuse(denied, &request.email, Some(request.key), from);
            return Err(refused.await);
        }
        let account = self
            .check_password(&request.email, &request.password, Some(request.key), from)
            .await?;
        let now = self.now();
        let known = self.core.store.agent(&request.key).await?;
        let id = match known {
            Some(Agent::Viewer(known, _)) => Some(known.id),
            Some(Agent::Host(_) | Agent::Relay(_)) | None => None,
        };
        let viewer = Viewer {
            id: id.unwrap_or_else(|| ViewerId(new_uuid(now))),
            org: account.org,
            account: account.id,
            key: request.key,
            name: text::name_or(&request.name, UNNAMED),
            version: text::version(&request.version),
        };
        let event = Event::ViewerSignedIn {
            viewer: viewer.id,
            key: viewer.key,
            again: id.is_some(),
        };
        let actor = Actor::Viewer {
            account: account.id,
            viewer: viewer.id,
        };
        let personal = Personal {
            account: Some(account.email.to_string()),
            person: Some(account.name.clone()),
            name: Some(viewer.name.clone()),
            ..from.personal()
        };
        let entry = self.core.entry(actor, event).with(personal);
        let enrolled = self.core.store.enroll_viewer(&viewer, now, &entry).await?;
        let viewer = match enrolled {
            ViewerEnrolled::Yes(viewer) => viewer,
            ViewerEnrolled::KeyTaken => {
                let denied = Denied::KeyTaken;
                let refused = self.refuse(denied, &request.email, Some(request.key), from);
                return Err(refused.await);
            }
        };
        count(&self.metrics.sign_ins, "ok");
        Ok(SignedIn {
            viewer: viewer.id,
            person: account.name,
            org_name: self.core.org.name.clone(),
            token: self.issue(Bearer::Viewer(viewer.id), viewer.key)?,
        })
    }

    /// The account with this address and password, if there is one and it may act. `key` is the
    /// viewer's, or absent in the console. Every refusal is recorded.
    pub(super) async fn check_password(
        &self,
        email: &str,
        password: &str,
        key: Option<PublicKey>,
        from: Origin,
    ) -> Result<Account, AppError> {
        // What is no address cannot be an account's, but takes the same way through.
        let parsed = Email::parse(email);
        let net = Net::from(from.0);
        let now = self.now();
        let account_tries = &self.limits.sign_in_account;
        let guessed = parsed
            .as_ref()
            .ok()
            .map(|email| self.limits.guessed(email, net));
        let taken = self.limits.sign_in_net.take(&net, now).and_then(|()| {
            guessed
                .as_ref()
                .map_or(Ok(()), |guessed| account_tries.take(guessed, now))
        });
        if let Err(TooOften { wait, first }) = taken {
            let denied = Denied::TooManyTries(wait);
            // One record for a wave, not one per wave's drop.
            return Err(if first {
                self.refuse(denied, email, key, from).await
            } else {
                count(&self.metrics.sign_ins, denied.kind());
                denied.into()
            });
        }
        let found = match &parsed {
            Ok(email) => self.core.store.account_by_email(email).await?,
            Err(_) => None,
        };
        let (account, hash) = match found {
            Some((account, hash)) => (Some(account), hash),
            // As much work for an account that does not exist, so that time does not tell.
            None => (None, self.decoy.clone()),
        };
        let right = self.verify(hash, password.to_owned()).await?;
        let Some(account) = account.filter(|_| right) else {
            return Err(self.refuse(Denied::SignInRefused, email, key, from).await);
        };
        self.limits.sign_in_net.give_back(&net);
        if let Some(guessed) = &guessed {
            account_tries.give_back(guessed);
        }
        if account.disabled.is_some() {
            return Err(self.refuse(self.disabled(), email, key, from).await);
        }
        self.limits.remember(&account.email, net, now);
        Ok(account)
    }

    /// Compares on a thread of its own: argon2 is meant to be slow.
    async fn verify(
        &self,
        hash: crate::password::Hashed,
        password: String,
    ) -> Result<bool, AppError> {
        let permit = self.hashing.acquire().await.map_err(|_| Denied::Busy)?;
        let compared = tokio::task::spawn_blocking(move || hash.matches(&password)).await;
        drop(permit);
        Ok(compared.map_err(|_| Denied::Busy)?)
    }

    /// Records a refused sign-in and hands the refusal back.
    async fn refuse(
        &self,
        denied: Denied,
        email: &str,
        key: Option<PublicKey>,
        from: Origin,
    ) -> AppError {
        count(&self.metrics.sign_ins, denied.kind());
        let why = denied.kind().to_owned();
        let personal = Personal {
            account: Some(text::name(email)),
            ..from.personal()
        };
        let event = Event::SignInRefused { why, key };
        let entry = self.core.entry(Actor::Stranger, event).with(personal);
        match self.core.store.record(&entry).await {
            Ok(()) => denied.into(),
            Err(error) => error.into(),
        }
    }
}
