//! How people prove who they are: what they can prove it with, how they did, and the console
//! sessions that stand on it.

use std::time::Duration;

use farpane_protocol::ids::{OrgId, TenantId, UserId};
use farpane_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// With what a person proved who they are, the last thing asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proved {
    /// The password alone.
    Password,
    /// A code of an authenticator app, after the password.
    Code,
    /// A passkey: possession and a PIN or finger in one.
    Passkey,
    /// A recovery code, after the password.
    RecoveryCode,
}

impl Proved {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Password,
        Self::Code,
        Self::Passkey,
        Self::RecoveryCode,
    ];

    /// Its name where it is kept.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Code => "code",
            Self::Passkey => "passkey",
            Self::RecoveryCode => "recovery_code",
        }
    }

    /// Whether more than a password stands behind it.
    pub const fn is_strong(self) -> bool {
        match self {
            Self::Password => false,
            Self::Code | Self::Passkey | Self::RecoveryCode => true,
        }
    }
}

/// A kind of factor beside the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactorKind {
    /// An authenticator app.
    App,
    /// A passkey.
    Passkey,
}

/// A person signed in to the console in one browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebSession {
    /// What lists and revocations call it; not the secret in the cookie.
    pub id: Uuid,
    /// Where the person belongs.
    pub org: OrgId,
    /// Who.
    pub account: UserId,
    /// Since when.
    pub created: Timestamp,
    /// When a page was last asked for, to the minute.
    pub last_used: Timestamp,
    /// The end that use does not put off.
    pub expires: Timestamp,
    /// From which address.
    pub address: String,
    /// With which browser, in plain words.
    pub browser: String,
    /// With what the person proved who they are, last.
    pub proved: Proved,
    /// When that was.
    pub proved_at: Timestamp,
}

impl WebSession {
    /// Whether it still works.
    pub fn works(&self, rules: &SignInRules, now: Timestamp) -> bool {
        now < self.expires && now < self.last_used.after(rules.idle)
    }

    /// Whether the person proved who they are not longer ago than `span`.
    pub fn proved_within(&self, span: Duration, now: Timestamp) -> bool {
        now < self.proved_at.after(span)
    }
}

/// What an organisation asks of everybody who signs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInRules {
    /// Whether everybody needs a second factor.
    pub factor: bool,
    /// Customers whose devices may only be reached by people with a second factor.
    pub tenants: Vec<TenantId>,
    /// How long a console session lives without use.
    pub idle: Duration,
    /// How long it lives at most.
    pub life: Duration,
}

impl SignInRules {
    /// Longest life that can be set: a year.
    pub const LIFE_MOST: Duration = Duration::from_secs(365 * 24 * 3600);

    /// Shortest time without use that can be set: less would end sessions while a page is read.
    pub const IDLE_LEAST: Duration = Duration::from_secs(5 * 60);
}

impl Default for SignInRules {
    /// Twelve hours without use, a working day; thirty days in all.
    fn default() -> Self {
        Self {
            factor: false,
            tenants: Vec::new(),
            idle: Duration::from_secs(12 * 3600),
            life: Duration::from_secs(30 * 24 * 3600),
        }
    }
}

/// A passkey of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passkey {
    /// Its id here.
    pub id: Uuid,
    /// Where the person belongs.
    pub org: OrgId,
    /// Whose it is.
    pub account: UserId,
    /// What the person calls it.
    pub name: String,
    /// What the authenticator calls it.
    pub credential_id: Vec<u8>,
    /// Public key, counter and flags, as the library keeps them.
    pub credential: String,
    /// Since when.
    pub created: Timestamp,
    /// When it was last used.
    pub last_used: Option<Timestamp>,
}

/// What a person can prove who they are with, beside the password.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Factors {
    /// Since when there is an authenticator app, if so.
    pub app: Option<Timestamp>,
    /// The passkeys, oldest first.
    pub passkeys: Vec<Passkey>,
    /// Recovery codes that were not used yet.
    pub recovery_left: u32,
}

impl Factors {
    /// Whether there is any. Recovery codes stand in for one; they are none.
    pub fn any(&self) -> bool {
        self.app.is_some() || !self.passkeys.is_empty()
    }
}

/// What a link that sets a password is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkKind {
    /// A new person comes in.
    Invitation,
    /// A person forgot the password.
    Reset,
}

/// A link that sets a password, as the directory keeps it: everything but the secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordLink {
    /// Where the person belongs.
    pub org: OrgId,
    /// Whose password.
    pub account: UserId,
    /// What for.
    pub kind: LinkKind,
    /// Since when.
    pub created: Timestamp,
    /// Until when it works.
    pub expires: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_when_it_is_idle_and_when_its_life_is_over() {
        let rules = SignInRules::default();
        let start = Timestamp(1_000_000_000);
        let mut session = WebSession {
            id: Uuid::nil(),
            org: OrgId(Uuid::nil()),
            account: UserId(Uuid::nil()),
            created: start,
            last_used: start,
            expires: start.after(rules.life),
            address: String::new(),
            browser: String::new(),
            proved: Proved::Password,
            proved_at: start,
        };
        assert!(session.works(&rules, start));
        assert!(!session.works(&rules, start.after(rules.idle)));
        session.last_used = start.after(rules.life);
        assert!(!session.works(&rules, start.after(rules.life)));
    }
}
