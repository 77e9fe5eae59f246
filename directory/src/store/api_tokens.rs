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
    /// The token with that secret and whose it is, if it works at `now`. Notes the use.
    async fn use_api_token(
        &self,
        secret: SecretDigest,
        now: Timestamp,
    ) -> Result<Option<(ApiToken, Account)>, StoreError>;
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
