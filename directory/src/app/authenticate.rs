//! Agents prove their keys: a challenge, a signature over it and over this directory's identity,
//! and then a token for a quarter of an hour.

use std::time::Duration;

use farpane_protocol::api::{Challenge, Proof, Token};
use farpane_protocol::key::PublicKey;
use farpane_protocol::token::{Purpose, open};

use super::caller::Way;
use super::machines::Program;
use super::web::needs_factor;
use super::{App, AppError, Denied, Origin};
use crate::live::limiter::Net;
use crate::live::stamps::{Mark, NotUsed};
use crate::live::tokens::{Bearer, LIFETIME, Shown};
use crate::model::api_token::PREFIX;
use crate::model::{Account, Agent, Device, Relay, Viewer};

/// How long a challenge works: a signature takes a millisecond, a slow network a few seconds.
pub const CHALLENGE_LIVES: Duration = Duration::from_secs(60);

/// A key that was proved; [`App::use_up`] makes the proof count once. That comes after its owner
/// turned out to be known or to hold something of ours, so that strangers leave nothing behind.
#[must_use = "a proof that is not used up can be shown again"]
pub(super) struct Proven {
    key: PublicKey,
    mark: Mark,
}

impl App {
    /// Something for this key to sign. Nothing is kept of it, so the wider networks around an
    /// address need no limit of their own: that would only let one neighbour silence others.
    pub fn challenge(&self, key: PublicKey, from: Origin) -> Result<Challenge, AppError> {
        let now = self.now();
        self.limits
            .challenge
            .take(&Net::from(from.0), now)
            .map_err(|too_often| Denied::TooManyTries(too_often.wait))?;
        Ok(Challenge {
            challenge: self.challenges.give(key.as_bytes(), &[], now),
            time: now,
        })
    }

    /// Whether `proof` is the key's signature over an open challenge and this directory.
    pub(super) fn check_proof(&self, key: &PublicKey, proof: &str) -> Result<Proven, Denied> {
        let (proof, _) =
            open::<Proof>(&[*key], Purpose::Proof, proof).map_err(|_| Denied::ProofInvalid)?;
        if proof.directory != self.identity.fingerprint {
            return Err(Denied::ProofInvalid);
        }
        let open = self
            .challenges
            .read(key.as_bytes(), &proof.challenge, self.now());
        let (_, mark) = open.ok_or(Denied::ChallengeUnknown)?;
        Ok(Proven { key: *key, mark })
    }

    /// Makes a proof count, once.
    pub(super) fn use_up(&self, proven: Proven) -> Result<(), Denied> {
        let used = self.challenges.use_up(proven.key, proven.mark, self.now());
        used.map_err(|why| match why {
            NotUsed::Before => Denied::ChallengeUnknown,
            NotUsed::TooMany => Denied::Busy,
        })
    }

    /// A token for the enrolled owner of a proved key.
    /// What it says of its version is believed: the rule keeps old programs out by mistake, not
    /// those who lie.
    pub async fn token(
        &self,
        key: PublicKey,
        proof: &str,
        version: &str,
    ) -> Result<Token, AppError> {
        let proven = self.check_proof(&key, proof)?;
        let agent = self.core.store.agent(&key).await?;
        let agent = agent.ok_or(Denied::KeyUnknown)?;
        self.use_up(proven)?;
        let bearer = match agent {
            Agent::Host(device) => {
                let core = self.in_org(device.org).await?;
                let said = if version.is_empty() {
                    &device.version
                } else {
                    version
                };
                core.check_version(Program::Host, said).await?;
                Bearer::Host(device.id)
            }
            Agent::Relay(relay) => Bearer::Relay(relay.id),
            Agent::Viewer(viewer, account) => {
                if account.disabled.is_some() {
                    return Err(self.disabled().into());
                }
                let core = self.in_org(viewer.org).await?;
                let said = if version.is_empty() {
                    &viewer.version
                } else {
                    version
                };
                core.check_version(Program::Viewer, said).await?;
                self.check_strong(&viewer, &account).await?;
                Bearer::Viewer(viewer.id)
            }
        };
        self.issue(bearer, key)
    }

    pub(super) fn issue(&self, bearer: Bearer, key: PublicKey) -> Result<Token, AppError> {
        let now = self.now();
        let secret = self.tokens.issue(bearer, key, now).ok_or(Denied::Busy)?;
        Ok(Token {
            token: secret.expose().to_owned(),
            seconds: u32::try_from(LIFETIME.as_secs()).unwrap_or(u32::MAX),
            time: now,
        })
    }

    fn shown(&self, token: Option<&str>) -> Result<Shown, Denied> {
        let token = token.ok_or(Denied::TokenNeeded)?;
        if token.starts_with(PREFIX) {
            return Err(Denied::ApiTokenHere);
        }
        self.tokens
            .look(token, self.now())
            .ok_or(Denied::TokenUnknown)
    }

    /// The agent behind a token, as it is enrolled now.
    async fn behind(&self, shown: Shown) -> Result<Agent, AppError> {
        let agent = self.core.store.agent(&shown.key).await?;
        let agent = agent.ok_or(Denied::KeyUnknown)?;
        let same = match (&agent, shown.bearer) {
            (Agent::Host(device), Bearer::Host(id)) => device.id == id,
            (Agent::Relay(relay), Bearer::Relay(id)) => relay.id == id,
            (Agent::Viewer(viewer, _), Bearer::Viewer(id)) => viewer.id == id,
            (Agent::Host(_) | Agent::Relay(_) | Agent::Viewer(..), _) => false,
        };
        // The key was removed and enrolled as something else since.
        if same {
            Ok(agent)
        } else {
            Err(Denied::KeyUnknown.into())
        }
    }

    /// The device whose host shows this token.
    pub async fn host(&self, token: Option<&str>) -> Result<Device, AppError> {
        match self.behind(self.shown(token)?).await? {
            Agent::Host(device) => Ok(device),
            Agent::Relay(_) | Agent::Viewer(..) => Err(Denied::WrongPart.into()),
        }
    }

    /// The relay that shows this token.
    pub async fn relay(&self, token: Option<&str>) -> Result<Relay, AppError> {
        match self.behind(self.shown(token)?).await? {
            Agent::Relay(relay) => Ok(relay),
            Agent::Host(_) | Agent::Viewer(..) => Err(Denied::WrongPart.into()),
        }
    }

    /// The viewer, and the person, who show this token.
    pub async fn viewer(&self, token: Option<&str>) -> Result<(Viewer, Account), AppError> {
        match self.behind(self.shown(token)?).await? {
            Agent::Viewer(viewer, account) => {
                self.check_strong(&viewer, &account).await?;
                Ok((viewer, account))
            }
            Agent::Host(_) | Agent::Relay(_) => Err(Denied::WrongPart.into()),
        }
    }

    /// A viewer that was signed in with a password alone does not count where a factor is asked
    /// for, also if that was not so then: the rule holds whenever the viewer is used.
    async fn check_strong(&self, viewer: &Viewer, account: &Account) -> Result<(), AppError> {
        if viewer.strong {
            return Ok(());
        }
        let rules = self.core.store.sign_in_rules(account.org).await?;
        if !rules.factor && rules.tenants.is_empty() {
            return Ok(());
        }
        let way = Way::Viewer(viewer.id);
        if needs_factor(&rules, &self.caller(account.clone(), way).await?) {
            return Err(Denied::BrowserNeeded.into());
        }
        Ok(())
    }

    /// The refusal that people with a disabled account read.
    pub(super) fn disabled(&self) -> Denied {
        let refusal = crate::policy::Refusal::AccountDisabled;
        Denied::Policy {
            sentence: refusal.sentence(self.now()),
            refusal,
        }
    }
}
