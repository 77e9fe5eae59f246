//! A viewer signs in through the browser: it proves its key and gets two codes; the person, signed
//! in to the console, sees what asks and lets it in or not; the viewer asks until it knows.

use std::time::Duration;

use farpane_protocol::api::{DeviceCode, DeviceCodeAnswer, DeviceCodeRequest};

use super::sign_in::Installed;
use super::web::WebPerson;
use super::{App, AppError, Denied, Origin};
use crate::audit::{Event, Personal};
use crate::live::device_codes::{Asking, Full, INTERVAL_S, LIFETIME, LetIn, Polled, UserCode};
use crate::live::limiter::Net;
use crate::model::text;

/// What a viewer installation is called that did not say.
const UNNAMED: &str = "unnamed viewer";

/// When a viewer may ask again whose network has too many that wait: some of them are gone then.
const NEXT_CODE: Duration = Duration::from_secs(60);

impl App {
    /// Gives a viewer with a proved key its codes.
    pub fn device_code(
        &self,
        request: &DeviceCodeRequest,
        from: Origin,
    ) -> Result<DeviceCode, AppError> {
        let now = self.now();
        let taken = self.limits.device_code.take(&Net::from(from.0), now);
        taken.map_err(|too_often| Denied::TooManyTries(too_often.wait))?;
        let proven = self.check_proof(&request.key, &request.proof)?;
        let asking = Asking {
            key: request.key,
            name: text::name_or(&request.name, UNNAMED),
            version: text::version(&request.version),
            address: from.0.to_string(),
            since: now,
        };
        let issued = self.proofs.codes.issue(asking, from.0, now);
        let (secret, user_code) = issued.map_err(|full| match full {
            Full::Network => Denied::TooManyTries(NEXT_CODE),
            Full::All => Denied::Busy,
        })?;
        self.use_up(proven)?;
        let url = format!("{}/activate", self.identity.url);
        Ok(DeviceCode {
            device_code: secret.expose().to_owned(),
            url_complete: format!("{url}?code={user_code}"),
            url,
            user_code: user_code.to_string(),
            seconds: u32::try_from(LIFETIME.as_secs()).unwrap_or(u32::MAX),
            interval: INTERVAL_S,
        })
    }

    /// What a viewer that asks is told.
    pub async fn device_code_answer(
        &self,
        device_code: &str,
        from: Origin,
    ) -> Result<DeviceCodeAnswer, AppError> {
        match self.proofs.codes.poll(device_code, self.now()) {
            Polled::Waiting(seconds) => Ok(DeviceCodeAnswer::Waiting { seconds }),
            Polled::Refused => Err(Denied::ViewerRefused.into()),
            Polled::Unknown => Err(Denied::CodeExpired.into()),
            Polled::LetIn(asking, by) => {
                let found = self.core.store.account_of(by.org, by.account).await?;
                let (account, _) = found.ok_or(Denied::CodeExpired)?;
                if account.disabled.is_some() {
                    return Err(self.disabled().into());
                }
                let installed = Installed {
                    key: asking.key,
                    name: asking.name,
                    version: asking.version,
                    strong: by.strong,
                };
                let signed_in = self.enroll_viewer(&account, installed, from).await?;
                Ok(DeviceCodeAnswer::SignedIn(signed_in))
            }
        }
    }

    /// The viewer behind a short code. Wrong codes use up the person's tries.
    pub fn asking_viewer(&self, person: &WebPerson, code: &str) -> Result<Asking, AppError> {
        let now = self.now();
        let tries = &self.limits.user_code;
        let taken = tries.take(&person.account.id, now);
        taken.map_err(|too_often| Denied::TooManyTries(too_often.wait))?;
        let asking = UserCode::parse(code).and_then(|code| self.proofs.codes.look(code, now));
        let asking = asking.ok_or(Denied::NotFound(
            "code, or it has been used or has expired; start again in the viewer",
        ))?;
        tries.give_back(&person.account.id);
        Ok(asking)
    }

    /// The person lets the viewer in, or not. Letting in needs a fresh proof of who is there: a
    /// viewer stays signed in.
    pub async fn answer_viewer(
        &self,
        person: &WebPerson,
        code: &str,
        fingerprint: &str,
        allow: bool,
    ) -> Result<Asking, AppError> {
        let asking = self.asking_viewer(person, code)?;
        if allow {
            person.caller.confirmed()?;
        }
        // What was shown is what is let in, whatever the code stands for by now.
        if asking.key.fingerprint().to_string() != fingerprint {
            return Err(Denied::NotFound("viewer").into());
        }
        let event = Event::ViewerAnswered {
            key: asking.key,
            allowed: allow,
        };
        let entry = self
            .core
            .entry(person.actor(), event)
            .of(person.account.org)
            .with(Personal {
                account: Some(person.account.email.to_string()),
                name: Some(asking.name.clone()),
                address: Some(asking.address.clone()),
                ..Personal::default()
            });
        self.core.store.record(&entry).await?;
        let let_in = allow.then_some(LetIn {
            account: person.account.id,
            org: person.account.org,
            strong: person.session.proved.is_strong(),
        });
        let parsed = UserCode::parse(code).ok_or(Denied::NotFound("code"))?;
        let now = self.now();
        if self.proofs.codes.answer(parsed, &asking.key, let_in, now) {
            Ok(asking)
        } else {
            Err(Denied::NotFound("code, or somebody has answered already").into())
        }
    }
}
