//! API tokens. A token is made for what it may do and where; when it is used it may do that as far
//! as its owner may at that moment, and nothing else.

use std::time::Duration;

use farpane_protocol::ids::UserId;
use farpane_protocol::time::Timestamp;
use uuid::Uuid;

use super::super::caller::{Caller, Way};
use super::super::{App, AppError, Denied};
use super::assign::place_word;
use super::changed;
use crate::audit::{Event, Personal};
use crate::model::api_token::{ApiToken, LIFE_MOST, PREFIX, bound};
use crate::model::said::Said;
use crate::model::{Account, new_uuid, text};
use crate::policy::rights::{Action, Place, Rights, RoleRights};
use crate::secret::{Secret, SecretDigest};
use crate::store::api_tokens::TokenUse;

/// A token that somebody wants.
#[derive(Clone, Debug)]
pub struct TokenWish {
    /// What it is for.
    pub name: String,
    /// The most that it may do: names of actions, and `reach`.
    pub scopes: Vec<String>,
    /// Where.
    pub place: Place,
    /// How long it works.
    pub life: Duration,
}

impl Caller {
    /// Makes a token of the caller's own, or, for the operator, of `person`. The text is the only
    /// place where its secret appears.
    pub async fn make_token(
        &self,
        person: Option<&str>,
        wish: &TokenWish,
    ) -> Result<(String, ApiToken), AppError> {
        let path = self.path_to(wish.place).await?;
        let owner = match (self.way, person) {
            (Way::Operator, Some(person)) => self.person(person).await?,
            (Way::Console { .. }, None) => {
                self.check(Action::MakeTokens, &path, "place")?;
                self.account.clone().ok_or(Denied::NotFound("person"))?
            }
            (Way::Operator, None) => {
                return Err(Denied::BadRequest("Say whose token this is.").into());
            }
            // A program that could make tokens would outlive the one that it was given.
            (Way::Token(_) | Way::Viewer(_), _) | (Way::Console { .. }, Some(_)) => {
                let why = "People make tokens for themselves, signed in to the console.";
                return Err(Denied::Conflict(why).into());
            }
        };
        let scopes = wish.scopes.iter().map(String::as_str);
        let rights = bound(scopes).map_err(|error| {
            let why = Said::new(
                "There is no scope \u{201c}{scope}\u{201d}. Scopes are named like actions, such as \
                 see-devices.",
            );
            Denied::NotUnderstood(why.text("scope", text::name(&error.0)))
        })?;
        if rights == RoleRights::default() {
            return Err(Denied::BadRequest("A token needs at least one scope.").into());
        }
        let now = self.core.clock.now();
        let store = &self.core.store;
        let held = store.held_by(owner.org, owner.id, now).await?;
        if !rights.within(&Rights { held }.total(&path)) {
            return Err(Denied::AboveOwnRights.into());
        }
        let token = ApiToken {
            id: new_uuid(now),
            org: owner.org,
            account: owner.id,
            name: text::name_or(&wish.name, "unnamed token"),
            rights,
            place: wish.place,
            created: now,
            expires: now.after(wish.life.min(LIFE_MOST)),
            last_used: None,
        };
        let event = Event::ApiTokenMade {
            token: token.id,
            account: owner.id,
            scopes: token.scopes().into_iter().map(Into::into).collect(),
            place: place_word(token.place),
            expires: token.expires,
        };
        let entry = self.core.entry(self.actor(), event).with(Personal {
            account: Some(owner.email.to_string()),
            ..Personal::named(&token.name)
        });
        let secret = Secret::draw();
        let made = store.add_api_token(&token, secret.digest(), &entry).await?;
        changed(made, "person")?;
        Ok((format!("{PREFIX}{}", secret.expose()), token))
    }

    /// Tokens of one person, or, for those who manage people, of everybody.
    pub async fn tokens(&self, person: Option<&str>) -> Result<Vec<ApiToken>, AppError> {
        let (store, org) = (&self.core.store, self.core.org.id);
        let whose = match person {
            Some(person) => {
                let person = self.person(person).await?;
                if self.is_own(person.id) {
                    self.own_allowed(Action::MakeTokens)?;
                }
                self.own_or_manages(person.id).await?;
                Some(person.id)
            }
            None => {
                self.own_allowed(Action::MakeTokens)?;
                self.account.as_ref().map(|me| me.id)
            }
        };
        Ok(store.api_tokens(org, whose).await?)
    }

    /// Makes a token worth nothing.
    pub async fn revoke_token(&self, id: Uuid) -> Result<(), AppError> {
        let (store, org) = (&self.core.store, self.core.org.id);
        let all = store.api_tokens(org, None).await?;
        let token = all.into_iter().find(|token| token.id == id);
        let token = token.ok_or(Denied::NotFound("token"))?;
        let may = if self.is_another_token(id) {
            self.check_manages(token.account).await
        } else {
            self.own_or_manages(token.account).await
        };
        if may.is_err() {
            return Err(Denied::NotFound("token").into());
        }
        let event = Event::ApiTokenRevoked {
            token: id,
            account: token.account,
        };
        let entry = self
            .core
            .entry(self.actor(), event)
            .with(Personal::named(&token.name));
        let revoked = store.revoke_api_token(org, id, &entry).await?;
        changed(revoked, "token")?;
        Ok(())
    }

    /// Whether this is a token which asks, and another than that one: what is given to one program
    /// must not end another, whosoever they are.
    fn is_another_token(&self, id: Uuid) -> bool {
        match self.way {
            Way::Token(own) => own != id,
            Way::Console { .. } | Way::Viewer(_) | Way::Operator => false,
        }
    }

    async fn own_or_manages(&self, person: UserId) -> Result<(), AppError> {
        let own = self.account.as_ref().is_some_and(|me| me.id == person);
        if own {
            Ok(())
        } else {
            self.check_manages(person).await
        }
    }
}

impl App {
    /// Who asks with an API token, if it works: its owner, with what both may do. Why one does not
    /// is said to whoever has the whole of it; strangers hear the same of any.
    pub async fn token_caller(&self, shown: &str) -> Result<Caller, AppError> {
        let shown = shown.strip_prefix(PREFIX).ok_or(Denied::NoApiToken)?;
        let secret = SecretDigest::of_shown(shown).ok_or(Denied::ApiTokenUnknown)?;
        let now: Timestamp = self.now();
        match self.core.store.use_api_token(secret, now).await? {
            TokenUse::Works(found) => {
                let (token, owner) = *found;
                self.as_token(token, owner).await
            }
            TokenUse::Expired => Err(Denied::ApiTokenExpired.into()),
            TokenUse::OwnerDisabled => Err(Denied::ApiTokenOwnerDisabled.into()),
            TokenUse::Unknown => Err(Denied::ApiTokenUnknown.into()),
        }
    }

    async fn as_token(&self, token: ApiToken, owner: Account) -> Result<Caller, AppError> {
        let caller = self.caller(owner, Way::Token(token.id)).await?;
        let core = &caller.core;
        let mut held = Vec::with_capacity(caller.rights.held.len());
        // A place that is gone gives nothing.
        if let Ok(path) = core.path_of(token.place).await {
            for mut each in caller.rights.held {
                each.rights = each.rights.intersect(&token.rights);
                if path.is_under(each.place) {
                    // Held at or above: it reaches down to the token's place and no wider.
                    each.place = token.place;
                    held.push(each);
                } else if let Ok(deeper) = core.path_of(each.place).await
                    && deeper.is_under(token.place)
                {
                    held.push(each);
                }
            }
        }
        Ok(Caller {
            rights: Rights { held },
            ..caller
        })
    }
}
