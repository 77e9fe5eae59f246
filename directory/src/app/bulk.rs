//! Acts on many devices: first a preview that says what would happen to whom, then the act on
//! exactly those, then for ten minutes the way back.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use farpane_protocol::ids::DeviceId;
use uuid::Uuid;

use super::bulk_leave::{Leave, removal};
use super::caller::Caller;
use super::{AppError, Denied};
use crate::audit::{Event, Personal};
use crate::model::bulk::{Act, BULK_MOST, Bulk, PREVIEW_LIFE};
use crate::model::catalogue::Cond;
use crate::model::catalogue::resolve::Scene;
use crate::model::field::FieldValue;
use crate::model::place::{Spot, Tree};
use crate::model::query::Query;
use crate::model::{new_uuid, text};
use crate::policy::rights::{Action, Path};
use crate::store::bulks::{Chosen, Previewed, Ran};

/// Which devices somebody means.
#[derive(Clone, Debug)]
pub enum Selection {
    /// All that a search finds and on which the caller may act.
    Search(String),
    /// These.
    Devices(Vec<DeviceId>),
}

/// What an act would do.
#[derive(Clone, Debug)]
pub struct Preview {
    /// What to run it by.
    pub bulk: Uuid,
    /// What it does, cleaned up.
    pub act: Act,
    /// To how many devices.
    pub count: u64,
    /// The first of their names.
    pub names: Vec<String>,
}

/// What should change about one device; what is absent stays as it is.
#[derive(Clone, Debug, Default)]
pub struct DeviceChange {
    /// The new name.
    pub name: Option<String>,
    /// Where it should stand.
    pub spot: Option<Spot>,
    /// Tags that it should get.
    pub tag: Vec<String>,
    /// Tags that it should lose.
    pub untag: Vec<String>,
    /// Values of custom fields by their keys; `None` empties one.
    pub fields: BTreeMap<String, Option<String>>,
}

/// Most single changes of one [`DeviceChange`].
const CHANGES_MOST: usize = 100;

impl Caller {
    /// Changes one device. Each change is recorded, and can be undone, by itself.
    pub async fn change_device(&self, id: DeviceId, change: DeviceChange) -> Result<(), AppError> {
        let (device, tree) = self.listed(id).await?;
        self.check(Action::EditDevices, &tree.path(device.spot), "device")?;
        let moved = change.spot.map(|spot| Act::Move {
            customer: spot.tenant,
            place: spot.place,
        });
        let tag = |tag| Act::Tag { tag };
        let untag = |tag| Act::Untag { tag };
        let set = |(field, value)| Act::SetField { field, value };
        let acts: Vec<_> = change
            .tag
            .into_iter()
            .map(tag)
            .chain(change.untag.into_iter().map(untag))
            .chain(change.fields.into_iter().map(set))
            .chain(moved)
            .collect();
        if acts.len() > CHANGES_MOST {
            return Err(Denied::BadRequest("One request may make a hundred changes.").into());
        }
        // All of them make sense, or none is done.
        let mut clean = Vec::with_capacity(acts.len());
        for act in acts {
            clean.push(self.clean(act, &tree).await?);
        }
        if let Some(name) = change.name {
            self.rename_device(id, &name).await?;
        }
        for act in clean {
            self.act(act, &Selection::Devices(vec![id])).await?;
        }
        Ok(())
    }

    /// An act whose words are kept as words are kept, and make sense here.
    async fn clean(&self, act: Act, tree: &Tree) -> Result<Act, AppError> {
        let tag = |tag: String| {
            let tag = text::name(&tag);
            if tag.is_empty() {
                return Err(Denied::BadRequest("A tag needs a name."));
            }
            Ok(tag)
        };
        Ok(match act {
            Act::Tag { tag: name } => Act::Tag { tag: tag(name)? },
            Act::Untag { tag: name } => Act::Untag { tag: tag(name)? },
            Act::Move { customer, place } => {
                let spot = Spot {
                    tenant: customer,
                    place,
                };
                let path = self.known_spot(tree, spot)?;
                self.check(Action::EditDevices, &path, "place")?;
                act
            }
            Act::SetField { .. } => {
                self.field_value(&act).await?;
                act
            }
            Act::Approve | Act::Remove => act,
        })
    }

    /// The checked value of an act that fills in a field.
    async fn field_value(&self, act: &Act) -> Result<Option<FieldValue>, AppError> {
        let Act::SetField { field: key, value } = act else {
            return Ok(None);
        };
        let fields = self.fields().await?;
        let field = fields.iter().find(|field| field.key == *key);
        let field = field.ok_or(Denied::NotFound("field"))?;
        match value.as_deref().map(text::name) {
            Some(value) if !value.is_empty() => {
                let taken = field.take(&value).map_err(Denied::NotUnderstood)?;
                Ok(Some(taken))
            }
            Some(_) | None => Ok(None),
        }
    }

    /// Chooses the devices of an act and says what it would do. Nothing changes yet.
    pub async fn preview(&self, act: Act, selection: &Selection) -> Result<Preview, AppError> {
        let tree = self.tree().await?;
        let act = self.clean(act, &tree).await?;
        let chosen = match selection {
            Selection::Search(typed) => {
                let query = Query::parse(typed)?;
                let scene = Scene {
                    tree: &tree,
                    fields: &[],
                    saved: &[],
                    now: self.core.clock.now(),
                };
                let mut all = vec![self.conditions(&query, &tree).await?];
                all.extend(scene.visible(&self.rights.visible(act.needs())));
                Chosen::Search(Cond::All(all))
            }
            Selection::Devices(devices) => {
                if devices.len() as u64 > BULK_MOST {
                    return Err(too_many());
                }
                Chosen::Devices(self.known(devices, &tree).await?)
            }
        };
        let now = self.core.clock.now();
        let bulk = new_uuid(now);
        let account = self.account.as_ref().map(|account| account.id);
        let org = self.core.org.id;
        let store = &self.core.store;
        let previewed = store
            .preview(org, bulk, account, &act, &chosen, now)
            .await?;
        let Previewed::Yes { count, names, .. } = previewed else {
            return Err(too_many());
        };
        self.check_spots(bulk, &act, &tree).await?;
        Ok(Preview {
            bulk,
            act,
            count,
            names,
        })
    }

    /// Those devices of which the caller may know; others are passed over like those that are not
    /// there.
    async fn known(&self, devices: &[DeviceId], tree: &Tree) -> Result<Vec<DeviceId>, AppError> {
        if self.knows(&Path::ORG) {
            return Ok(devices.to_vec());
        }
        let spots = self.core.store.spots(self.core.org.id, devices).await?;
        let spots = spots.into_iter();
        let known = spots.filter(|(_, spot)| self.knows(&tree.path(*spot)));
        Ok(known.map(|(device, _)| device).collect())
    }

    async fn check_spots(&self, bulk: Uuid, act: &Act, tree: &Tree) -> Result<(), AppError> {
        for spot in self.core.store.bulk_spots(bulk).await? {
            self.check(act.needs(), &tree.path(spot), "device")?;
        }
        Ok(())
    }

    /// An act that this caller previewed.
    async fn own_bulk(&self, id: Uuid) -> Result<Bulk, AppError> {
        let bulk = self.core.store.bulk(self.core.org.id, id).await?;
        let account = self.account.as_ref().map(|account| account.id);
        let own = bulk.filter(|bulk| bulk.account == account);
        Ok(own.ok_or(Denied::NotFound("preview"))?)
    }

    /// Whether this caller may do what they previewed: asked again before somebody else says yes to
    /// it.
    pub(super) async fn may_run(&self, id: Uuid) -> Result<(), AppError> {
        let bulk = self.own_bulk(id).await?;
        let tree = self.tree().await?;
        self.check_spots(id, &bulk.act, &tree).await
    }

    /// Does what was previewed, to the devices that were previewed; how many changed.
    pub async fn run_bulk(&self, id: Uuid) -> Result<u64, AppError> {
        let bulk = self.own_bulk(id).await?;
        let now = self.core.clock.now();
        // Rights may have changed since, and devices may have moved.
        let tree = self.tree().await?;
        let act = self.clean(bulk.act.clone(), &tree).await?;
        self.check_spots(id, &act, &tree).await?;
        let leave = self.leave(&bulk).await?;
        // What was approved may be older than what one person looks at alone.
        let old = now.since(bulk.made) > PREVIEW_LIFE && bulk.ran.is_none();
        if old && leave != Leave::Given {
            return Err(Denied::BadRequest(
                "This preview is too old. Look at it again, then run it.",
            )
            .into());
        }
        let value = self.field_value(&act).await?;
        let event = Event::DevicesChanged {
            bulk: id,
            act: act.word().to_owned(),
            count: bulk.count,
            digest: URL_SAFE_NO_PAD.encode(bulk.digest),
            devices: Vec::new(),
        };
        let entry = self.core.entry(self.actor(), event);
        let entry = entry.with(Personal {
            name: in_words(&act, &tree),
            ..Personal::default()
        });
        let org = self.core.org.id;
        let store = &self.core.store;
        let alone = leave.alone();
        let ran = store.run_bulk(org, &bulk, value.as_ref(), alone, now, &entry);
        let ran = ran.await?;
        if ran == Ran::TooManyAlone {
            self.second_said_yes(removal(&bulk)).await?;
        }
        settled(ran, "This was done already.")
    }

    /// Chooses and does in one step, where nobody looks at a preview: for one device, or a script.
    pub async fn act(&self, act: Act, selection: &Selection) -> Result<(Uuid, u64), AppError> {
        let preview = self.preview(act, selection).await?;
        let changed = self.run_bulk(preview.bulk).await?;
        Ok((preview.bulk, changed))
    }

    /// Gives a device another name; the name as it was kept is returned.
    pub async fn rename_device(&self, id: DeviceId, name: &str) -> Result<String, AppError> {
        let (device, tree) = self.listed(id).await?;
        self.check(Action::EditDevices, &tree.path(device.spot), "device")?;
        let name = text::name(name);
        if name.is_empty() {
            return Err(Denied::BadRequest("A device needs a name.").into());
        }
        let entry = self
            .core
            .entry(self.actor(), Event::DeviceRenamed { device: id })
            .about(device.spot.tenant)
            .with(Personal::renamed(&name, &device.name));
        let org = self.core.org.id;
        if self
            .core
            .store
            .rename_device(org, id, &name, &entry)
            .await?
        {
            Ok(name)
        } else {
            Err(Denied::NotFound("device").into())
        }
    }

    /// Puts the devices of an act back as they were; how many.
    pub async fn undo_bulk(&self, id: Uuid) -> Result<u64, AppError> {
        let bulk = self.own_bulk(id).await?;
        let now = self.core.clock.now();
        if bulk.undo_until(now).is_none() {
            return Err(Denied::BadRequest(
                "This cannot be undone: it was not done, was undone before, or is older than ten \
                 minutes.",
            )
            .into());
        }
        let tree = self.tree().await?;
        self.check_spots(id, &bulk.act, &tree).await?;
        // What goes back goes to a place, as when it is moved there.
        for spot in self.core.store.bulk_before(id).await? {
            self.check(bulk.act.needs(), &tree.path(spot), "place")?;
        }
        let event = Event::DevicesRestored {
            bulk: id,
            act: Some(bulk.act.word().to_owned()),
            count: bulk.count,
            devices: Vec::new(),
        };
        let entry = self.core.entry(self.actor(), event).with(Personal {
            name: in_words(&bulk.act, &tree),
            ..Personal::default()
        });
        let org = self.core.org.id;
        let undone = self.core.store.undo_bulk(org, &bulk, now, &entry).await?;
        settled(undone, "This was undone already.")
    }

    /// The caller's latest acts, newest first, to offer the way back.
    pub async fn recent_bulks(&self, limit: u32) -> Result<Vec<Bulk>, AppError> {
        let account = self.account.as_ref().map(|account| account.id);
        let mut bulks = self.core.store.bulks(self.core.org.id, limit).await?;
        bulks.retain(|bulk| bulk.account == account);
        Ok(bulks)
    }
}

fn too_many() -> AppError {
    Denied::BadRequest("One act may change 100,000 devices. Narrow the search down.").into()
}

fn settled(ran: Ran, before: &'static str) -> Result<u64, AppError> {
    match ran {
        Ran::Yes(changed) => Ok(changed),
        Ran::TooManyAlone => Err(Denied::SecondPersonNeeded.into()),
        Ran::Before => Err(Denied::NotEmpty(before).into()),
        Ran::TooManyTags => Err(Denied::BadRequest(
            "There are as many different tags as there may be. Use one that exists.",
        )
        .into()),
    }
}

/// What an act does, for the names beside its record.
fn in_words(act: &Act, tree: &Tree) -> Option<String> {
    match act {
        Act::Tag { tag } | Act::Untag { tag } => Some(tag.clone()),
        Act::Move { customer, place } => {
            let spot = Spot {
                tenant: *customer,
                place: *place,
            };
            Some(tree.names(spot).join(" / "))
        }
        Act::SetField { field, value } => Some(match value {
            Some(value) => format!("{field}: {value}"),
            None => field.clone(),
        }),
        Act::Approve | Act::Remove => None,
    }
}
