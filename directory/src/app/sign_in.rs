//! People sign in, with a viewer or in the console: the same password check, the same limits.

use farpane_protocol::api::{SignIn, SignedIn};
use farpane_protocol::ids::ViewerId;
use farpane_protocol::key::PublicKey;

use super::caller::Way;
use super::machines::Program;
use super::metrics::count;
use super::web::needs_factor;
use super::{App, AppError, Denied, Origin};
use crate::audit::{Actor, Event, Personal};
use crate::live::limiter::{Net, TooOften};
use crate::live::tokens::Bearer;
use crate::model::text::{self, Email};
use crate::model::{Account, Agent, Viewer, new_uuid};
use crate::store::people::ViewerEnrolled;

/// What a viewer installation is called that did not say.
const UNNAMED: &str = "unnamed viewer";

/// A viewer that a person signs in.
pub(super) struct Installed {
    /// Its proved key.
    pub(super) key: PublicKey,
    /// What it is called, cleaned.
    pub(super) name: String,
    /// Version of the program, cleaned.
    pub(super) version: String,
    /// Whether the person showed a second factor.
    pub(super) strong: bool,
}

impl App {
    /// Signs a person in on a viewer installation and enrols its key.
    pub async fn sign_in(&self, request: &SignIn, from: Origin) -> Result<SignedIn, AppError> {
        let (email, key) = (&request.email, Some(request.key));
        // The limit first: a refusal is a synced record, and anybody can send a bad proof.
        self.admit_net(email, key, from).await?;
        // Then the proof: it is cheap, and without it nobody gets to guess a password.
        let proven = match self.check_proof(&request.key, &request.proof) {
            Ok(proven) => proven,
            Err(denied) => return Err(self.refuse(denied, email, key, from).await),
        };
        let account = self
            .check_admitted(email, &request.password, key, from)
            .await?;
        self.use_up(proven)?;
        let factors = self.core.store.factors(account.id).await?;
        let rules = self.core.store.sign_in_rules(account.org).await?;
        let caller = self
            .caller(account.clone(), Way::Console { strong_at: None })
            .await?;
        // A password alone would be the way round the second factor.
        if factors.any() || needs_factor(&rules, &caller) {
            return Err(self
                .refuse_account(Denied::BrowserNeeded, &account, from)
                .await);
        }
        let installed = Installed {
            key: request.key,
            name: text::name_or(&request.name, UNNAMED),
            version: text::version(&request.version),
            strong: false,
        };
        self.enroll_viewer(&account, installed, from).await
    }

    /// Enrols a viewer's key under a person's account and signs it in.
    pub(super) async fn enroll_viewer(
        &self,
        account: &Account,
        installed: Installed,
        from: Origin,
    ) -> Result<SignedIn, AppError> {
        let Installed {
            key,
            name,
            version,
            strong,
        } = installed;
        let core = self.in_org(account.org).await?;
        core.check_version(Program::Viewer, &version).await?;
        let now = self.now();
        let known = self.core.store.agent(&key).await?;
        let id = match known {
            Some(Agent::Viewer(known, _)) => Some(known.id),
            Some(Agent::Host(_) | Agent::Relay(_)) | None => None,
        };
        let viewer = Viewer {
            id: id.unwrap_or_else(|| ViewerId(new_uuid(now))),
            org: account.org,
            account: account.id,
            key,
            name,
            version,
            strong,
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
        let entry = self.core.entry(actor, event).of(account.org).with(personal);
        let enrolled = self.core.store.enroll_viewer(&viewer, now, &entry).await?;
        let viewer = match enrolled {
            ViewerEnrolled::Yes(viewer) => viewer,
            ViewerEnrolled::KeyTaken => {
                let email = account.email.as_str();
                return Err(self.refuse(Denied::KeyTaken, email, Some(key), from).await);
            }
        };
        self.limits.remember(&account.email, Net::from(from.0), now);
        count(&self.metrics.sign_ins, "ok");
        Ok(SignedIn {
            viewer: viewer.id,
            person: account.name.clone(),
            account: account.email.to_string(),
            org_name: self.in_org(account.org).await?.org.name,
            token: self.issue(Bearer::Viewer(viewer.id), viewer.key)?,
        })
    }

    /// The account with this address and password, if there is one and it may act. `key` is the
    /// viewer's, or absent in the console. Refusals are recorded, of those for too many tries the
    /// first of a wave.
    pub(super) async fn check_password(
        &self,
        email: &str,
        password: &str,
        key: Option<PublicKey>,
        from: Origin,
    ) -> Result<Account, AppError> {
        self.admit_net(email, key, from).await?;
        self.check_admitted(email, password, key, from).await
    }

    /// Takes one of the network's tries. [`Self::check_admitted`] gives it back to who signs in.
    pub(super) async fn admit_net(
        &self,
        email: &str,
        key: Option<PublicKey>,
        from: Origin,
    ) -> Result<(), AppError> {
        let now = self.now();
        let taken = self.limits.sign_in_net.take(from.0, now);
        self.within(taken, email, key, from).await
    }

    /// Gives back what [`Self::admit_net`] took: it was a good try.
    pub(super) fn give_back_net(&self, from: Origin) {
        self.limits.sign_in_net.give_back(from.0);
    }

    /// Turns away who tried too often: one record for a wave, not one per wave's drop.
    async fn within(
        &self,
        taken: Result<(), TooOften>,
        email: &str,
        key: Option<PublicKey>,
        from: Origin,
    ) -> Result<(), AppError> {
        let Err(TooOften { wait, first }) = taken else {
            return Ok(());
        };
        let denied = Denied::TooManyTries(wait);
        if first {
            return Err(self.refuse(denied, email, key, from).await);
        }
        count(&self.metrics.sign_ins, denied.kind());
        Err(denied.into())
    }

    /// What [`Self::check_password`] does for a network that has a try left and paid with it.
    async fn check_admitted(
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
        if let Some(guessed) = &guessed {
            let taken = account_tries.take(guessed, now);
            self.within(taken, email, key, from).await?;
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
        // Before the tries are given back: this refusal is a record as well.
        if account.disabled.is_some() {
            return Err(self.refuse(self.disabled(), email, key, from).await);
        }
        self.give_back_net(from);
        if let Some(guessed) = &guessed {
            account_tries.give_back(guessed);
        }
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
    pub(super) async fn refuse(
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
        // In the chain of those whose address it is: they are to see it, and nobody else.
        let known = match Email::parse(email) {
            Ok(email) => match self.core.store.account_by_email(&email).await {
                Ok(known) => known,
                Err(error) => return error.into(),
            },
            Err(_) => None,
        };
        let org = known.map_or(self.core.org.id, |(account, _)| account.org);
        let event = Event::SignInRefused { why, key };
        let entry = self
            .core
            .entry(Actor::Stranger, event)
            .of(org)
            .with(personal);
        match self.core.store.record(&entry).await {
            Ok(()) => denied.into(),
            Err(error) => error.into(),
        }
    }
}
