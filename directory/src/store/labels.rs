//! What is kept about the words that people put on devices: tags, custom fields, saved searches.

use async_trait::async_trait;
use farpane_protocol::ids::{OrgId, UserId};
use uuid::Uuid;

use super::StoreError;
use crate::audit::Entry;
use crate::model::catalogue::SavedSearch;
use crate::model::field::Field;

/// What is kept about the words that people put on devices. Putting a tag or a value on devices is
/// one of the acts in [`super::Bulks`].
#[async_trait]
pub trait Labels: Send + Sync {
    /// Every tag and how many devices have it, in order of name.
    async fn tags(&self, org: OrgId) -> Result<Vec<(String, u64)>, StoreError>;
    /// Every custom field, in order of label.
    async fn fields(&self, org: OrgId) -> Result<Vec<Field>, StoreError>;
    /// Keeps a new field. False if its key is taken.
    async fn add_field(&self, org: OrgId, field: &Field, entry: &Entry)
    -> Result<bool, StoreError>;
    /// Forgets a field and its values. False if there is none of that key.
    async fn remove_field(&self, org: OrgId, key: &str, entry: &Entry) -> Result<bool, StoreError>;
    /// The values of a device: key, label, value, in order of label.
    async fn field_values(
        &self,
        org: OrgId,
        device: i64,
    ) -> Result<Vec<(String, String, String)>, StoreError>;
    /// The searches that a person saved, and the shared ones of others; all shared ones for the
    /// operator. In order of name.
    async fn saved_searches(
        &self,
        org: OrgId,
        account: Option<UserId>,
    ) -> Result<Vec<SavedSearch>, StoreError>;
    /// Keeps a search; one of the same name and owner is replaced.
    async fn save_search(
        &self,
        org: OrgId,
        search: &SavedSearch,
        entry: &Entry,
    ) -> Result<(), StoreError>;
    /// Forgets a search of that owner. False if there is none.
    async fn remove_search(
        &self,
        org: OrgId,
        owner: UserId,
        id: Uuid,
        entry: &Entry,
    ) -> Result<bool, StoreError>;
}
