//! What is kept about API tokens.

use async_trait::async_trait;
use farpane_protocol::ids::{OrgId, UserId};
use farpane_protocol::time::Timestamp;
use uuid::Uuid;

use super::StoreError;
use super::roles::Change;
use crate::audit::Entry;
use crate::model::Account;
use crate::model::api_token::ApiToken;
use crate::secret::SecretDigest;

/// What came of showing the secret of an API token. Whoever knows a secret may know how it stands
/// with it; to everybody else all of them are unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenUse {
    /// It works, and this is whose it is.
    Works(Box<(ApiToken, Account)>),
    /// It is known, and its time is over.
    Expired,
    /// It is known, and its owner is disabled.
    OwnerDisabled,
    /// No token that is kept has it.
    Unknown,
}

/// What is kept about API tokens.
#[async_trait]
pub trait ApiTokens: Send + Sync {
    /// Keeps a new token.
    async fn add_api_token(
        &self,
        token: &ApiToken,
        secret: SecretDigest,
        entry: &Entry,
    ) -> Result<Change, StoreError>;
    /// The token with that secret and whose it is, if it works at `now`. Notes the use of one that
    /// does.
    async fn use_api_token(
        &self,
        secret: SecretDigest,
        now: Timestamp,
    ) -> Result<TokenUse, StoreError>;
    /// The tokens of one person, or of everybody, the newest first, with those that expired.
    async fn api_tokens(
        &self,
        org: OrgId,
        account: Option<UserId>,
    ) -> Result<Vec<ApiToken>, StoreError>;
    /// Makes a token worth nothing.
    async fn revoke_api_token(
        &self,
        org: OrgId,
        id: Uuid,
        entry: &Entry,
    ) -> Result<Change, StoreError>;
}
