//! What is kept about who is signed in to the console, and what an organisation asks of them.

use async_trait::async_trait;
use farpane_protocol::ids::{OrgId, TenantId, UserId};
use farpane_protocol::time::Timestamp;
use uuid::Uuid;

use super::StoreError;
use crate::audit::Entry;
use crate::model::Account;
use crate::model::proof::{Proved, SignInRules, WebSession};
use crate::secret::SecretDigest;

/// Who is behind a cookie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedInWeb {
    /// The session; whether it still works is for the rules to say.
    pub session: WebSession,
    /// The person, who is not disabled.
    pub account: Account,
    /// Whether the person has a factor beside the password.
    pub has_factor: bool,
    /// The tag of the language that the person chose, if they did.
    pub language: Option<String>,
}

/// Which console sessions of a person end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// This one.
    One(Uuid),
    /// All but this one.
    AllBut(Uuid),
    /// All.
    All,
}

/// What is kept about who is signed in to the console, and what an organisation asks of them.
#[async_trait]
pub trait WebSessions: Send + Sync {
    /// Keeps a console session; old ones of the installation go.
    async fn open_web_session(
        &self,
        session: &WebSession,
        token: SecretDigest,
        entry: &Entry,
    ) -> Result<(), StoreError>;
    /// Who is behind a cookie. Disabled accounts have none.
    async fn web_session(&self, token: SecretDigest) -> Result<Option<SignedInWeb>, StoreError>;
    /// Keeps the tag of the language of a person's pages; nothing: the one that browsers ask for.
    async fn set_language(
        &self,
        account: UserId,
        language: Option<&str>,
        entry: &Entry,
    ) -> Result<(), StoreError>;
    /// Notes that a session was used.
    async fn touch_web_session(&self, id: Uuid, now: Timestamp) -> Result<(), StoreError>;
    /// Notes that the person proved once more who they are; the cookie changes with it. False if
    /// the session is gone.
    async fn prove_web_session(
        &self,
        id: Uuid,
        proved: Proved,
        now: Timestamp,
        token: SecretDigest,
        entry: &Entry,
    ) -> Result<bool, StoreError>;
    /// Sessions of a person, last used first, at most 100.
    async fn web_sessions(&self, account: UserId) -> Result<Vec<WebSession>, StoreError>;
    /// Ends sessions of a person; how many there were. Records nothing if there were none.
    async fn end_web_sessions(
        &self,
        account: UserId,
        which: Ended,
        entry: &Entry,
    ) -> Result<u64, StoreError>;
    /// What an organisation asks of people who sign in.
    async fn sign_in_rules(&self, org: OrgId) -> Result<SignInRules, StoreError>;
    /// Changes it for everybody; customers have [`Self::set_tenant_factor`].
    async fn set_sign_in_rules(
        &self,
        org: OrgId,
        rules: &SignInRules,
        entry: &Entry,
    ) -> Result<(), StoreError>;
    /// Whether a customer's devices may only be reached with a second factor. False if it was so,
    /// or if there is no such customer.
    async fn set_tenant_factor(
        &self,
        org: OrgId,
        tenant: TenantId,
        needed: bool,
        entry: &Entry,
    ) -> Result<bool, StoreError>;
}
