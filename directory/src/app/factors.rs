//! A person's own factors: setting them up, taking them away. Each change needs a fresh proof of
//! who is there and ends the person's other console sessions.

use farpane_protocol::ids::UserId;
use serde_json::Value;
use uuid::Uuid;

use super::proofs::{Begun, Ceremony, Draft};
use super::second::recovery_digest;
use super::web::{Visitor, WebPerson};
use super::{App, AppError, Denied};
use crate::audit::{Entry, Event, Personal};
use crate::model::proof::{FactorKind, Factors, Passkey, Proved};
use crate::model::{new_uuid, text};
use crate::secret::Secret;
use crate::store::factors::SealedApp;
use crate::store::web_sessions::Ended;
use crate::totp::AppSecret;

/// Recovery codes that a person gets at once.
const RECOVERY_CODES: usize = 10;

/// Letters of recovery codes: none that look alike. 32 of them, five bits each.
const RECOVERY_LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";

/// Letters in a recovery code: 80 bits, more than can be guessed even from the digests.
const RECOVERY_LENGTH: usize = 16;

/// Most passkeys of a person: every device they own, and then some.
const PASSKEYS_MOST: usize = 20;

/// An authenticator app that is being set up.
#[derive(Clone, Debug)]
pub struct AppDraft {
    /// For typing.
    pub letters: String,
    /// For reading with a camera, as PNG.
    pub picture: Vec<u8>,
}

fn recovery_code() -> String {
    let bytes = farpane_certs::random::bytes::<RECOVERY_LENGTH>();
    let mut code = String::with_capacity(RECOVERY_LENGTH + 3);
    for (n, byte) in bytes.into_iter().enumerate() {
        if n > 0 && n % 4 == 0 {
            code.push('-');
        }
        code.push(char::from(RECOVERY_LETTERS[usize::from(byte % 32)]));
    }
    code
}

impl App {
    /// What a person can prove who they are with.
    pub async fn factors(&self, account: UserId) -> Result<Factors, AppError> {
        Ok(self.core.store.factors(account).await?)
    }

    fn own_entry(&self, person: &WebPerson, event: Event, visitor: &Visitor) -> Entry {
        self.core
            .entry(person.actor(), event)
            .of(person.account.org)
            .with(Personal {
                account: Some(person.account.email.to_string()),
                ..visitor.from.personal()
            })
    }

    fn others_of(person: &WebPerson) -> Ended {
        Ended::AllBut(person.session.id)
    }

    /// Begins to set up an authenticator app; what comes back fetches the draft.
    pub fn app_begin(&self, person: &WebPerson) -> Result<String, AppError> {
        person.caller.confirmed()?;
        let draft = Draft {
            session: person.session.id,
            secret: AppSecret::draw(),
        };
        let kept = self.proofs.drafts.put(draft, person.account.id, self.now());
        Ok(kept.ok_or(Denied::Busy)?.expose().to_owned())
    }

    fn draft(&self, person: &WebPerson, draft: &str) -> Result<AppSecret, Denied> {
        let kept = self.proofs.drafts.look(draft, self.now());
        kept.filter(|kept| kept.session == person.session.id)
            .map(|kept| kept.secret)
            .ok_or(Denied::NotFound("set-up; begin again"))
    }

    /// The draft, for the app to read.
    pub fn app_draft(&self, person: &WebPerson, draft: &str) -> Result<AppDraft, AppError> {
        let secret = self.draft(person, draft)?;
        let issuer = format!("Farpane {}", person.caller.core.org.name);
        let picture = secret.picture(&person.account.email, &issuer);
        Ok(AppDraft {
            letters: secret.letters(),
            picture: picture.unwrap_or_default(),
        })
    }

    /// Ends the set-up with a code that the app shows: only now does it count.
    pub async fn app_finish(
        &self,
        person: &WebPerson,
        draft: &str,
        code: &str,
        visitor: &Visitor,
    ) -> Result<Secret, AppError> {
        person.caller.confirmed()?;
        let secret = self.draft(person, draft)?;
        let typed: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        let step = secret.step_of(&typed, self.now());
        let last_step = step.ok_or(Denied::FactorRefused)?;
        let account = &person.account;
        let owner = account.id.0;
        let app = SealedApp {
            secret: self.proofs.vault.seal(owner.as_bytes(), secret.bytes()),
            last_step,
        };
        let event = Event::FactorAdded {
            account: account.id,
            factor: FactorKind::App,
        };
        let entry = self.own_entry(person, event, visitor);
        let others = Self::others_of(person);
        let set = self
            .core
            .store
            .set_app(account, &app, self.now(), others, &entry);
        set.await?;
        // It has served; what it held is in the store now.
        let _ = self.proofs.drafts.take(draft, self.now());
        self.confirmed(person, Proved::Code, visitor).await
    }

    /// Takes the authenticator app away.
    pub async fn app_remove(&self, person: &WebPerson, visitor: &Visitor) -> Result<(), AppError> {
        person.caller.confirmed()?;
        let factors = self.factors(person.account.id).await?;
        if person.needs_factor && factors.passkeys.is_empty() {
            return Err(Denied::LastFactor.into());
        }
        let event = Event::FactorRemoved {
            account: person.account.id,
            factor: FactorKind::App,
        };
        let entry = self.own_entry(person, event, visitor);
        let others = Self::others_of(person);
        let removed = self
            .core
            .store
            .remove_app(person.account.id, others, &entry);
        if removed.await? {
            Ok(())
        } else {
            Err(Denied::NotFound("authenticator app").into())
        }
    }

    /// Begins to make a passkey.
    pub async fn passkey_begin(&self, person: &WebPerson) -> Result<Begun, AppError> {
        person.caller.confirmed()?;
        let known = self.factors(person.account.id).await?.passkeys;
        if known.len() >= PASSKEYS_MOST {
            let why = "You have twenty passkeys. Remove one that you do not use first.";
            return Err(Denied::BadRequest(why).into());
        }
        let made = self.passkeys()?.make(&person.account, &known);
        let (options, half) = made.map_err(|_| Denied::FactorRefused)?;
        let half = Ceremony::Make(person.session.id, half);
        Ok(self.begun(options, half, person.account.id)?)
    }

    /// Ends it.
    pub async fn passkey_finish(
        &self,
        person: &WebPerson,
        ceremony: &str,
        name: &str,
        answer: Value,
        visitor: &Visitor,
    ) -> Result<Secret, AppError> {
        person.caller.confirmed()?;
        let made = match self.ceremony(ceremony)? {
            Ceremony::Make(session, half) if session == person.session.id => {
                self.passkeys()?.made(answer, &half).ok()
            }
            Ceremony::Make(..) | Ceremony::Second(..) | Ceremony::Confirm(..) => None,
        };
        let made = made.ok_or(Denied::FactorRefused)?;
        let now = self.now();
        let passkey = Passkey {
            id: new_uuid(now),
            org: person.account.org,
            account: person.account.id,
            name: text::name_or(name, &visitor.browser),
            credential_id: made.credential_id,
            credential: made.credential,
            created: now,
            last_used: None,
        };
        let event = Event::FactorAdded {
            account: person.account.id,
            factor: FactorKind::Passkey,
        };
        let entry = self.own_entry(person, event, visitor);
        let others = Self::others_of(person);
        let added = self.core.store.add_passkey(&passkey, others, &entry);
        if !added.await? {
            return Err(Denied::FactorRefused.into());
        }
        self.confirmed(person, Proved::Passkey, visitor).await
    }

    /// Takes a passkey away.
    pub async fn passkey_remove(
        &self,
        person: &WebPerson,
        passkey: Uuid,
        visitor: &Visitor,
    ) -> Result<(), AppError> {
        person.caller.confirmed()?;
        let factors = self.factors(person.account.id).await?;
        if person.needs_factor && factors.app.is_none() && factors.passkeys.len() <= 1 {
            return Err(Denied::LastFactor.into());
        }
        let event = Event::FactorRemoved {
            account: person.account.id,
            factor: FactorKind::Passkey,
        };
        let entry = self.own_entry(person, event, visitor);
        let account = person.account.id;
        let others = Self::others_of(person);
        let removed = self
            .core
            .store
            .remove_passkey(account, passkey, others, &entry);
        if removed.await? {
            Ok(())
        } else {
            Err(Denied::NotFound("passkey").into())
        }
    }

    /// New recovery codes. The answer is the only place where they appear.
    pub async fn recovery_codes(
        &self,
        person: &WebPerson,
        visitor: &Visitor,
    ) -> Result<Vec<String>, AppError> {
        person.caller.confirmed()?;
        let account = person.account.id;
        if !person.has_factor {
            let why = "Recovery codes stand in for a second factor. Set one up first.";
            return Err(Denied::BadRequest(why).into());
        }
        let codes: Vec<_> = (0..RECOVERY_CODES).map(|_| recovery_code()).collect();
        let digests: Vec<_> = codes
            .iter()
            .map(|code| recovery_digest(account, code))
            .collect();
        let event = Event::RecoveryCodesMade { account };
        let entry = self.own_entry(person, event, visitor);
        let set = self
            .core
            .store
            .set_recovery_codes(account, &digests, &entry);
        set.await?;
        Ok(codes)
    }
}
