//! Custom fields and saved searches, as people define them.

use uuid::Uuid;

use super::caller::{Caller, Way};
use super::{AppError, Denied};
use crate::audit::{Change, Event, Personal};
use crate::model::catalogue::SavedSearch;
use crate::model::field::{self, CHOICES_MOST, FIELDS_MOST, Field, FieldKind};
use crate::model::query::Query;
use crate::model::{new_uuid, text};
use crate::policy::rights::{Action, Path, Visible};

/// Most saved searches that one person may see: what fits into a menu that is still one.
const SEARCHES_MOST: usize = 500;

impl Caller {
    /// Every custom field.
    pub async fn fields(&self) -> Result<Vec<Field>, AppError> {
        Ok(self.core.store.fields(self.core.org.id).await?)
    }

    /// Every tag, with how many devices have it if the caller may see every device.
    pub async fn tags(&self) -> Result<Vec<(String, Option<u64>)>, AppError> {
        let tags = self.core.store.tags(self.core.org.id).await?.into_iter();
        let all = self.rights.visible_devices() == Visible::All;
        Ok(tags
            .map(|(name, devices)| (name, all.then_some(devices)))
            .collect())
    }

    /// Defines a custom field.
    pub async fn add_field(
        &self,
        typed_key: &str,
        label: &str,
        kind: FieldKind,
    ) -> Result<Field, AppError> {
        self.check(Action::ManageSettings, &Path::ORG, "field")?;
        let key = field::key(typed_key).ok_or(Denied::BadRequest(
            "A field's key is made of small letters, digits, - and _, begins with a letter and \
             has at most 40 of them.",
        ))?;
        let kind = match kind {
            FieldKind::Choice(choices) => {
                let mut kept: Vec<String> = Vec::new();
                for choice in choices.iter().map(|choice| text::name(choice)) {
                    if !choice.is_empty() && !kept.contains(&choice) {
                        kept.push(choice);
                    }
                }
                if kept.is_empty() || kept.len() > CHOICES_MOST {
                    return Err(Denied::BadRequest(
                        "A field to choose from needs between 1 and 200 choices.",
                    )
                    .into());
                }
                FieldKind::Choice(kept)
            }
            FieldKind::Text | FieldKind::Number | FieldKind::Date => kind,
        };
        if self.fields().await?.len() >= FIELDS_MOST {
            return Err(Denied::BadRequest(
                "There are as many custom fields as there may be. Remove one first.",
            )
            .into());
        }
        let field = Field {
            num: 0,
            label: text::name_or(label, &key),
            key: key.clone(),
            kind,
        };
        let event = Event::FieldChanged {
            field: key,
            change: Change::Added,
        };
        let entry = self.core.entry(self.actor(), event);
        let org = self.core.org.id;
        if self.core.store.add_field(org, &field, &entry).await? {
            Ok(field)
        } else {
            Err(Denied::NameTaken("field").into())
        }
    }

    /// Forgets a custom field and its values on every device.
    pub async fn remove_field(&self, key: &str) -> Result<(), AppError> {
        self.check(Action::ManageSettings, &Path::ORG, "field")?;
        let event = Event::FieldChanged {
            field: key.to_owned(),
            change: Change::Removed,
        };
        let entry = self.core.entry(self.actor(), event);
        let org = self.core.org.id;
        if self.core.store.remove_field(org, key, &entry).await? {
            Ok(())
        } else {
            Err(Denied::NotFound("field").into())
        }
    }

    /// The saved searches that the caller may use: their own and the shared ones.
    pub async fn saved_searches(&self) -> Result<Vec<SavedSearch>, AppError> {
        let account = self.account.as_ref().map(|account| account.id);
        let org = self.core.org.id;
        Ok(self.core.store.saved_searches(org, account).await?)
    }

    /// Saves a search under a name; one of the caller's of the same name is replaced. Sharing it
    /// with everybody needs the right to edit places, since it is a group for everybody then.
    pub async fn save_search(
        &self,
        name: &str,
        query: &str,
        shared: bool,
    ) -> Result<SavedSearch, AppError> {
        let owner = self.account.as_ref().ok_or(Denied::BadRequest(
            "Searches are saved by a person. Sign in and save it there.",
        ))?;
        self.check_keeps()?;
        if shared {
            self.check(Action::EditPlaces, &Path::ORG, "group")?;
        }
        let name = text::name(name);
        if name.is_empty() {
            return Err(Denied::BadRequest("A saved search needs a name.").into());
        }
        let query = Query::parse(query)?;
        let tree = self.tree().await?;
        self.conditions(&query, &tree).await?;
        if self.saved_searches().await?.len() >= SEARCHES_MOST {
            return Err(Denied::BadRequest(
                "There are as many saved searches as there may be. Remove one first.",
            )
            .into());
        }
        let saved = SavedSearch {
            id: new_uuid(self.core.clock.now()),
            owner: owner.id,
            shared,
            name,
            query: query.to_string(),
        };
        let event = Event::SearchChanged {
            search: saved.id,
            change: Change::Added,
        };
        let entry = self.core.entry(self.actor(), event);
        let entry = entry.with(Personal::named(&saved.name));
        let org = self.core.org.id;
        self.core.store.save_search(org, &saved, &entry).await?;
        Ok(saved)
    }

    /// People keep and forget searches of their own as they like. A program that was given the
    /// right to see and none to change anything changes nothing in their name either.
    fn check_keeps(&self) -> Result<(), Denied> {
        let changes = Action::EditDevices;
        match self.way {
            Way::Token(_) if self.rights.visible(changes).is_nothing() => {
                Err(Denied::Forbidden(changes))
            }
            Way::Token(_) | Way::Console { .. } | Way::Viewer(_) | Way::Operator => Ok(()),
        }
    }

    /// Forgets one of the caller's saved searches.
    pub async fn remove_search(&self, id: Uuid) -> Result<(), AppError> {
        let unknown = Denied::NotFound("saved search");
        let owner = self.account.as_ref().ok_or(unknown.clone())?.id;
        self.check_keeps()?;
        let event = Event::SearchChanged {
            search: id,
            change: Change::Removed,
        };
        let entry = self.core.entry(self.actor(), event);
        let org = self.core.org.id;
        let gone = self.core.store.remove_search(org, owner, id, &entry);
        if gone.await? {
            Ok(())
        } else {
            Err(unknown.into())
        }
    }
}
