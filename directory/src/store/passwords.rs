//! What is kept about passwords and the links that set them. The account that a link belongs to is
//! kept before its person has ever signed in.

use async_trait::async_trait;
use farpane_protocol::ids::{OrgId, UserId};
use farpane_protocol::time::Timestamp;

use super::StoreError;
use super::staff::ViewerEntry;
use super::web_sessions::Ended;
use crate::audit::Entry;
use crate::model::Account;
use crate::model::proof::PasswordLink;
use crate::password::Hashed;
use crate::secret::SecretDigest;

/// What is kept about passwords and the links that set them.
#[async_trait]
pub trait Passwords: Send + Sync {
    /// The account with that id, and its password.
    async fn account_of(
        &self,
        org: OrgId,
        id: UserId,
    ) -> Result<Option<(Account, Hashed)>, StoreError>;
    /// Changes the password; a link that could set another one is gone with it.
    async fn set_password(
        &self,
        account: &Account,
        password: &Hashed,
        end: Ended,
        entry: &Entry,
    ) -> Result<(), StoreError>;
    /// Makes an account that nobody can sign in to yet, and the link with which its person comes
    /// in. False if the address is taken.
    async fn invite(
        &self,
        account: &Account,
        password: &Hashed,
        link: &PasswordLink,
        secret: SecretDigest,
        entry: &Entry,
    ) -> Result<bool, StoreError>;
    /// Keeps a link that sets a password; an older one of the person is gone. With it, all
    /// their viewers are removed where `viewers` says what is recorded of each.
    async fn add_password_link(
        &self,
        link: &PasswordLink,
        secret: SecretDigest,
        viewers: Option<ViewerEntry<'_>>,
        entry: &Entry,
    ) -> Result<(), StoreError>;
    /// The link with that secret, and whose it is.
    async fn password_link(
        &self,
        secret: SecretDigest,
    ) -> Result<Option<(PasswordLink, Account)>, StoreError>;
    /// Open links of an organisation.
    async fn password_links(&self, org: OrgId) -> Result<Vec<PasswordLink>, StoreError>;
    /// Uses a link up: sets the name and the password, ends every console session of the person.
    /// Where the link resets the password, it also removes the viewers that were signed in since it
    /// was made, which whoever knew the old password may have done; `viewer` says what is recorded
    /// of each. False if somebody was quicker, or it is too late.
    async fn use_password_link(
        &self,
        secret: SecretDigest,
        name: &str,
        password: &Hashed,
        now: Timestamp,
        viewer: ViewerEntry<'_>,
        entry: &Entry,
    ) -> Result<bool, StoreError>;
}
