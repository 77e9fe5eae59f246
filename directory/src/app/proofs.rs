//! What the server holds about people who are just proving who they are: sign-ins whose second
//! factor is missing, passkey ceremonies, factors that are being set up, viewers that wait.

use std::time::Duration;

use farpane_protocol::ids::{OrgId, UserId};
use farpane_protocol::time::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::{App, Denied};
use crate::live::device_codes::DeviceCodes;
use crate::live::shelf::Shelf;
use crate::live::stamps::{Mark, Stamps};
use crate::passkey::{Arriving, Making, Passkeys, Showing};
use crate::totp::AppSecret;
use crate::vault::Vault;

/// How long a half-finished proof waits: time to find the phone.
const WAITS: Duration = Duration::from_secs(5 * 60);

/// Most half-finished proofs of each kind: a thousand people on a Monday morning, four times;
/// some 2 KiB each.
const MOST: usize = 4096;

/// Whose the ceremonies of strangers are: nobody's yet.
const ARRIVAL: [u8; 32] = [0; 32];

/// Wrong second factors after which the password has to be given again.
pub(super) const FACTOR_TRIES: u8 = 5;

/// Somebody whose password was right.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    /// Who.
    pub(super) account: UserId,
    /// Where they belong.
    pub(super) org: OrgId,
    /// Wrong answers left.
    pub(super) tries: u8,
}

/// Half of a passkey ceremony.
#[derive(Clone, Debug)]
pub(super) enum Ceremony {
    /// Somebody whose password was right shows one.
    Second(UserId, Showing),
    /// Somebody in this console session shows one once more.
    Confirm(Uuid, Showing),
    /// Somebody in this console session makes one.
    Make(Uuid, Making),
}

/// An authenticator app that is being set up in this console session.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) session: Uuid,
    pub(super) secret: AppSecret,
}

/// A passkey ceremony that began, for the browser.
#[derive(Clone, Debug)]
pub struct Begun {
    /// Comes back with the answer.
    pub ceremony: String,
    /// What the browser is asked, as WebAuthn has it.
    pub options: Value,
}

/// What the server holds about people who are just proving who they are.
#[derive(Debug)]
pub struct Proofs {
    pub(super) pending: Shelf<Pending>,
    pub(super) ceremonies: Shelf<Ceremony>,
    /// Ceremonies of strangers, of whom nothing is kept before they are known.
    pub(super) arrivals: Stamps<UserId>,
    pub(super) drafts: Shelf<Draft>,
    /// Viewers that wait for a person.
    pub codes: DeviceCodes,
    /// Seals the secrets of authenticator apps.
    pub(super) vault: Vault,
    /// Absent where the directory has no name that passkeys could belong to.
    pub(super) passkeys: Option<Passkeys>,
}

impl Proofs {
    pub(super) fn new(vault: Vault, passkeys: Option<Passkeys>) -> Self {
        Self {
            pending: Shelf::new(WAITS, MOST),
            ceremonies: Shelf::new(WAITS, MOST),
            arrivals: Stamps::new(WAITS),
            drafts: Shelf::new(WAITS * 2, MOST),
            codes: DeviceCodes::default(),
            vault,
            passkeys,
        }
    }

    pub(super) fn forget_old(&self, now: Timestamp) {
        self.pending.forget_old(now);
        self.ceremonies.forget_old(now);
        self.arrivals.forget_old(now);
        self.drafts.forget_old(now);
        self.codes.forget_old(now);
    }
}

impl App {
    /// Whether passkeys can be used at this directory.
    pub fn has_passkeys(&self) -> bool {
        self.proofs.passkeys.is_some()
    }

    pub(super) fn passkeys(&self) -> Result<&Passkeys, Denied> {
        let why = "Passkeys need a directory with a name, not a bare address.";
        self.proofs.passkeys.as_ref().ok_or(Denied::BadRequest(why))
    }

    /// Keeps the server's half of a ceremony of this person.
    pub(super) fn begun(
        &self,
        options: Value,
        half: Ceremony,
        whose: UserId,
    ) -> Result<Begun, Denied> {
        let secret = self.proofs.ceremonies.put(half, whose, self.now());
        let secret = secret.ok_or(Denied::Busy)?;
        Ok(Begun {
            ceremony: secret.expose().to_owned(),
            options,
        })
    }

    /// Hands a stranger the server's half of a ceremony, stamped: it holds nothing that the browser
    /// is not told anyway.
    pub(super) fn arrival_begun(&self, options: Value, half: &Arriving) -> Result<Begun, Denied> {
        let half = half.to_bytes().map_err(|_| Denied::FactorRefused)?;
        Ok(Begun {
            ceremony: self.proofs.arrivals.give(&ARRIVAL, &half, self.now()),
            options,
        })
    }

    /// The half that a stranger brings back, if it is ours and not too old.
    pub(super) fn arrival(&self, shown: &str) -> Option<(Arriving, Mark)> {
        let (half, mark) = self.proofs.arrivals.read(&ARRIVAL, shown, self.now())?;
        Some((Arriving::from_bytes(&half).ok()?, mark))
    }

    pub(super) fn ceremony(&self, shown: &str) -> Result<Ceremony, Denied> {
        let kept = self.proofs.ceremonies.take(shown, self.now());
        kept.ok_or(Denied::FactorRefused)
    }
}
