//! Passwords and the links that set them: a person changes their own, an administrator invites and
//! resets. Nothing is sent: a link is shown once to whoever made it.

use std::time::Duration;

use farpane_protocol::ids::UserId;
use serde::{Deserialize, Serialize};

use super::caller::Caller;
use super::web::{Visitor, WebPerson, account_actor};
use super::{App, AppError, Core, Denied};
use crate::audit::{Actor, Entry, Event, Personal};
use crate::model::access::ViewerSeen;
use crate::model::proof::{LinkKind, PasswordLink};
use crate::model::text::{self, Email};
use crate::model::{Account, new_uuid};
use crate::password::{BadPassword, Hashed};
use crate::policy::rights::{Action, Path};
use crate::secret::{Secret, SecretDigest};
use crate::store::staff::ViewerEntry;
use crate::store::web_sessions::Ended;

/// How long a link works: until tomorrow, when the mail with it is read.
pub const LINK_LIFE: Duration = Duration::from_secs(24 * 3600);

/// What becomes of a person's viewers when somebody else resets how they sign in. Viewers stay signed
/// in whatever becomes of the password, so whoever stole an account would keep theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Viewers {
    /// They are removed; the person signs in with them again.
    Remove,
    /// They stay, for who only forgot the password.
    Keep,
}

impl Viewers {
    /// What is recorded of each that goes; nothing where they stay.
    const fn going<'a>(self, gone: ViewerEntry<'a>) -> Option<ViewerEntry<'a>> {
        match self {
            Self::Remove => Some(gone),
            Self::Keep => None,
        }
    }
}

impl From<BadPassword> for Denied {
    fn from(bad: BadPassword) -> Self {
        match bad {
            BadPassword::Short => {
                Self::BadRequest("The password is too short: use at least 12 characters.")
            }
            BadPassword::Long => {
                Self::BadRequest("The password is too long: use at most 1024 bytes.")
            }
            BadPassword::Known => Self::BadRequest(
                "This password is one that is tried first. Use a few words that belong to nobody.",
            ),
            BadPassword::AboutYou => Self::BadRequest(
                "This password is your name or address. Use a few words that belong to nobody.",
            ),
            BadPassword::Hash => Self::Busy,
        }
    }
}

/// What others know of a person.
fn about(account: &Account) -> [&str; 2] {
    [account.email.as_str(), &account.name]
}

impl Core {
    fn entry_about(&self, actor: Actor, event: Event, account: &Account) -> Entry {
        self.entry(actor, event).of(account.org).with(Personal {
            account: Some(account.email.to_string()),
            ..Personal::default()
        })
    }

    fn link(&self, account: &Account, kind: LinkKind) -> PasswordLink {
        let now = self.clock.now();
        PasswordLink {
            org: account.org,
            account: account.id,
            kind,
            created: now,
            expires: now.after(LINK_LIFE),
        }
    }
}

impl Caller {
    /// A person whom this caller may give new ways to sign in: never somebody who may do more
    /// than the caller, whose account would be a way to more rights.
    async fn managed(&self, named: &str) -> Result<Account, AppError> {
        let account = self.person(named).await?;
        self.check_manages(account.id).await?;
        Ok(account)
    }

    /// Makes an account for a new person and the link with which they come in.
    pub async fn invite(&self, email: &str, name: &str) -> Result<(Account, Secret), AppError> {
        self.check(Action::ManagePeople, &Path::ORG, "person")?;
        let email = Email::parse(email)
            .map_err(|_| Denied::BadRequest("This is not an e-mail address."))?;
        let core = &self.core;
        let account = Account {
            id: UserId(new_uuid(core.clock.now())),
            org: core.org.id,
            name: text::name_or(name, email.as_str()),
            email,
            disabled: None,
        };
        // A password that nobody has, so that signing in fails as slowly as with a wrong one.
        let nobody = Hashed::decoy().map_err(Denied::from)?;
        let secret = Secret::draw();
        let event = Event::PersonInvited {
            account: account.id,
        };
        let entry = core.entry_about(self.actor(), event, &account);
        let link = core.link(&account, LinkKind::Invitation);
        let invited = core
            .store
            .invite(&account, &nobody, &link, secret.digest(), &entry);
        if invited.await? {
            Ok((account, secret))
        } else {
            Err(Denied::AddressTaken.into())
        }
    }

    /// Makes a link with which a person sets a new password. Their factors stay.
    pub async fn reset_link(
        &self,
        named: &str,
        viewers: Viewers,
    ) -> Result<(Account, Secret), AppError> {
        let account = self.managed(named).await?;
        let core = &self.core;
        let secret = Secret::draw();
        let event = Event::ResetLinkMade {
            account: account.id,
        };
        let entry = core.entry_about(self.actor(), event, &account);
        let link = core.link(&account, LinkKind::Reset);
        let gone = |viewer: &ViewerSeen| core.viewer_removed(self.actor(), &account, viewer);
        let added =
            core.store
                .add_password_link(&link, secret.digest(), viewers.going(&gone), &entry);
        added.await?;
        Ok((account, secret))
    }

    /// Takes every factor of a person away, for those who lost all of them. False if they had
    /// none.
    pub async fn reset_factors(&self, named: &str, viewers: Viewers) -> Result<bool, AppError> {
        let account = self.managed(named).await?;
        let event = Event::FactorsReset {
            account: account.id,
        };
        let core = &self.core;
        let entry = core.entry_about(self.actor(), event, &account);
        let gone = |viewer: &ViewerSeen| core.viewer_removed(self.actor(), &account, viewer);
        let cleared = core
            .store
            .clear_factors(account.id, viewers.going(&gone), &entry);
        Ok(cleared.await?)
    }
}

impl App {
    /// Hashes a new password on a thread of its own.
    async fn hashed(&self, password: String, account: &Account) -> Result<Hashed, AppError> {
        let about = about(account);
        crate::password::check(&password, &about).map_err(Denied::from)?;
        let permit = self.hashing.acquire().await.map_err(|_| Denied::Busy)?;
        let hashed = tokio::task::spawn_blocking(move || Hashed::new(&password)).await;
        drop(permit);
        let hashed = hashed.map_err(|_| Denied::Busy)?;
        Ok(hashed.map_err(Denied::from)?)
    }

    /// A person changes their own password; every other console session of theirs ends.
    pub async fn change_password(
        &self,
        person: &WebPerson,
        old: &str,
        new: String,
        visitor: &Visitor,
    ) -> Result<(), AppError> {
        let account = &person.account;
        let checked = self.check_password(account.email.as_str(), old, None, visitor.from);
        checked.await?;
        let hashed = self.hashed(new, account).await?;
        let event = Event::PasswordChanged {
            account: account.id,
        };
        let entry = self.core.entry_about(person.actor(), event, account);
        let others = Ended::AllBut(person.session.id);
        let set = self
            .core
            .store
            .set_password(account, &hashed, others, &entry);
        Ok(set.await?)
    }

    /// What a link is for, and whose it is.
    pub async fn password_link(&self, secret: &str) -> Result<(LinkKind, Account), AppError> {
        let gone = Denied::NotFound("link, or it has been used or has expired");
        let digest = SecretDigest::of_shown(secret).ok_or(gone.clone())?;
        let found = self.core.store.password_link(digest).await?;
        let found = found.filter(|(link, _)| link.expires > self.now());
        let (link, account) = found.ok_or(gone)?;
        Ok((link.kind, account))
    }

    /// Uses a link up: its person has this name and this password from now on.
    pub async fn use_password_link(
        &self,
        secret: &str,
        name: &str,
        password: String,
    ) -> Result<Account, AppError> {
        let (kind, account) = self.password_link(secret).await?;
        let named = match kind {
            LinkKind::Invitation => Account {
                name: text::name_or(name, &account.name),
                ..account
            },
            LinkKind::Reset => account,
        };
        let hashed = self.hashed(password, &named).await?;
        let event = Event::LinkUsed {
            account: named.id,
            kind,
        };
        let entry = self.core.entry_about(account_actor(&named), event, &named);
        let gone = Denied::NotFound("link, or it has been used or has expired");
        let digest = SecretDigest::of_shown(secret).ok_or(gone.clone())?;
        let now = self.now();
        let (core, actor) = (&self.core, || account_actor(&named));
        let viewer = |viewer: &ViewerSeen| core.viewer_removed(actor(), &named, viewer);
        let used = core
            .store
            .use_password_link(digest, &named.name, &hashed, now, &viewer, &entry);
        if used.await? {
            Ok(named)
        } else {
            Err(gone.into())
        }
    }
}
