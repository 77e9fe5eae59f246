//! What is kept about what people prove who they are with beside the password: authenticator
//! apps, passkeys, recovery codes.
//!
//! Every change of a factor ends the person's other console sessions in the same transaction:
//! whoever is in one of them may be the reason for the change.

use async_trait::async_trait;
use farpane_protocol::ids::UserId;
use farpane_protocol::time::Timestamp;
use uuid::Uuid;

use super::StoreError;
use super::staff::ViewerEntry;
use super::web_sessions::Ended;
use crate::audit::Entry;
use crate::model::Account;
use crate::model::proof::{Factors as Kept, Passkey};
use crate::secret::SecretDigest;

/// An authenticator app as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedApp {
    /// The sealed secret.
    pub secret: Vec<u8>,
    /// The newest time step that a code was taken from.
    pub last_step: u64,
}

/// What is kept about what people prove who they are with beside the password.
#[async_trait]
pub trait Factors: Send + Sync {
    /// What a person has beside the password.
    async fn factors(&self, account: UserId) -> Result<Kept, StoreError>;

    /// The authenticator app of a person.
    async fn app(&self, account: UserId) -> Result<Option<SealedApp>, StoreError>;
    /// Gives a person an authenticator app, in place of an older one.
    async fn set_app(
        &self,
        account: &Account,
        app: &SealedApp,
        now: Timestamp,
        end: Ended,
        entry: &Entry,
    ) -> Result<(), StoreError>;
    /// Takes it away. False if there is none.
    async fn remove_app(
        &self,
        account: UserId,
        end: Ended,
        entry: &Entry,
    ) -> Result<bool, StoreError>;
    /// Uses up a code of this time step. False if one of it, or of a later one, was used.
    async fn use_app_step(&self, account: UserId, step: u64) -> Result<bool, StoreError>;

    /// The passkey with that credential id, and whose it is.
    async fn passkey(&self, credential: &[u8]) -> Result<Option<(Passkey, Account)>, StoreError>;
    /// Gives a person a passkey. False if it is known already, whosever it is.
    async fn add_passkey(
        &self,
        passkey: &Passkey,
        end: Ended,
        entry: &Entry,
    ) -> Result<bool, StoreError>;
    /// Takes one away. False if there is no such passkey of this person.
    async fn remove_passkey(
        &self,
        account: UserId,
        passkey: Uuid,
        end: Ended,
        entry: &Entry,
    ) -> Result<bool, StoreError>;
    /// Keeps what changed with the use of a passkey.
    async fn use_passkey(
        &self,
        passkey: Uuid,
        credential: &str,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Gives a person new recovery codes; older ones are gone.
    async fn set_recovery_codes(
        &self,
        account: UserId,
        codes: &[SecretDigest],
        entry: &Entry,
    ) -> Result<(), StoreError>;
    /// Uses one up. False if it is none, or was used.
    async fn use_recovery_code(
        &self,
        account: UserId,
        code: SecretDigest,
        now: Timestamp,
        entry: &Entry,
    ) -> Result<bool, StoreError>;

    /// Takes every factor and every recovery code away and ends every console session. False if
    /// there was none. With it, all their viewers are removed where `viewers` says what is recorded of
    /// each.
    async fn clear_factors(
        &self,
        account: UserId,
        viewers: Option<ViewerEntry<'_>>,
        entry: &Entry,
    ) -> Result<bool, StoreError>;
}
