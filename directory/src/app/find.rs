//! Finding devices: a search as somebody typed it, answered with what they may see and nothing
//! else.

use std::collections::HashMap;
use std::sync::Arc;

use farpane_protocol::ids::DeviceId;
use farpane_protocol::time::Timestamp;

use super::caller::Caller;
use super::{AppError, Denied};
use crate::model::catalogue::resolve::{Scene, Unresolved, needs_names};
use crate::model::catalogue::{Cond, Count, Cursor, Listed, PAGE_MOST, Sort, SortKey, Wish};
use crate::model::history::Strip;
use crate::model::place::Tree;
use crate::model::query::{Query, QueryError};
use crate::policy::rights::Visible;

/// Devices on a page when nobody says how many.
pub const PAGE: u32 = 50;

/// What somebody asks the catalogue.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    /// The search as it was typed.
    pub query: String,
    /// In which order; by name if nothing is said.
    pub sort: Sort,
    /// Where to go on: [`Found::next`] or [`Found::previous`] of another page of the same search.
    pub cursor: Option<String>,
    /// How many; [`PAGE`] if 0, never more than [`PAGE_MOST`].
    pub limit: u32,
    /// Whether matches are counted, too. The first page of a list wants that, the others do not.
    pub count: bool,
}

/// A page of what was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// The devices.
    pub devices: Vec<Listed>,
    /// Customers and places, to name where they stand.
    pub tree: Arc<Tree>,
    /// Where the next page begins, if there is one.
    pub next: Option<String>,
    /// Where the page before this one ends, if there is one.
    pub previous: Option<String>,
    /// How many match, if that was asked.
    pub count: Option<Count>,
    /// The search as it was understood; it reads as the same search.
    pub query: String,
    /// Directory time.
    pub time: Timestamp,
}

/// Everything that the catalogue knows about one device.
#[derive(Clone, Debug)]
pub struct About {
    /// As it is listed.
    pub device: Listed,
    /// Customers and places, to name where it stands.
    pub tree: Arc<Tree>,
    /// Values of custom fields: key, label, value.
    pub fields: Vec<(String, String, String)>,
    /// In which hours of the last thirty days it was heard.
    pub history: Strip,
}

impl From<QueryError> for AppError {
    fn from(error: QueryError) -> Self {
        Denied::NotUnderstood(error.sentence()).into()
    }
}

impl From<Unresolved> for AppError {
    fn from(error: Unresolved) -> Self {
        Denied::NotUnderstood(error.sentence()).into()
    }
}

impl Caller {
    /// Customers and places of the caller's organisation.
    pub async fn tree(&self) -> Result<Arc<Tree>, AppError> {
        Ok(self.core.store.tree(self.core.org.id).await?)
    }

    /// What a search asks of devices, and that the caller may see them.
    pub(super) async fn conditions(&self, query: &Query, tree: &Tree) -> Result<Cond, AppError> {
        self.conditions_within(query, tree, &self.rights.visible_devices())
            .await
    }

    async fn conditions_within(
        &self,
        query: &Query,
        tree: &Tree,
        visible: &Visible,
    ) -> Result<Cond, AppError> {
        let store = &self.core.store;
        let org = self.core.org.id;
        let (fields, saved) = if needs_names(query) {
            let account = self.account.as_ref().map(|account| account.id);
            let saved = store.saved_searches(org, account).await?;
            (store.fields(org).await?, saved)
        } else {
            (Vec::new(), Vec::new())
        };
        let scene = Scene {
            tree,
            fields: &fields,
            saved: &saved,
            now: self.core.clock.now(),
        };
        let mut all: Vec<_> = scene.visible(visible).into_iter().collect();
        all.push(scene.resolve(query)?);
        Ok(Cond::All(all))
    }

    /// One page of a search.
    pub async fn find(&self, ask: &Ask) -> Result<Found, AppError> {
        let query = Query::parse(&ask.query)?;
        let asked = Ask {
            limit: match ask.limit {
                0 => PAGE,
                limit => limit.min(PAGE_MOST),
            },
            ..ask.clone()
        };
        self.find_within(&query, &asked, &self.rights.visible_devices())
            .await
    }

    /// The same for a search that was read before, with as many devices as asked for, among those
    /// that are given as visible. Callers name nothing wider than what the caller may see.
    pub(super) async fn find_within(
        &self,
        query: &Query,
        ask: &Ask,
        visible: &Visible,
    ) -> Result<Found, AppError> {
        let written = query.to_string();
        let stale = Denied::BadRequest(
            "This page belongs to another search. Start again from its first page.",
        );
        let from = match ask.cursor.as_deref() {
            None | Some("") => None,
            Some(word) => Some(Cursor::read(word, &written, ask.sort).ok_or(stale)?),
        };
        let tree = self.tree().await?;
        let wish = Wish {
            cond: self.conditions_within(query, &tree, visible).await?,
            sort: ask.sort,
            from,
            limit: ask.limit,
            count: ask.count,
        };
        let page = self.core.store.search(self.core.org.id, &wish).await?;
        let word = |at: (Vec<SortKey>, i64), back| {
            let (key, num) = at;
            Cursor { key, num, back }.word(&written, ask.sort)
        };
        Ok(Found {
            devices: page.devices,
            tree,
            next: page.after.map(|at| word(at, false)),
            previous: page.before.map(|at| word(at, true)),
            count: page.count,
            query: written,
            time: self.core.clock.now(),
        })
    }

    /// Everything that the catalogue knows about one device, if the caller may see it.
    pub async fn about(&self, id: DeviceId) -> Result<About, AppError> {
        let (device, tree) = self.listed(id).await?;
        let org = self.core.org.id;
        let now = self.core.clock.now();
        let store = &self.core.store;
        let history = store.heard_hours(org, id, now).await?;
        Ok(About {
            fields: store.field_values(org, device.num).await?,
            history: history.unwrap_or_else(|| Strip::empty(now)),
            device,
            tree,
        })
    }

    /// When each of these devices, which the caller found, was heard in the last thirty days.
    pub async fn histories(&self, devices: &[Listed]) -> Result<Vec<Strip>, AppError> {
        let (store, now) = (&self.core.store, self.core.clock.now());
        let mut strips = Vec::with_capacity(devices.len());
        for device in devices {
            let strip = store.heard_hours(self.core.org.id, device.id, now).await?;
            strips.push(strip.unwrap_or_else(|| Strip::empty(now)));
        }
        Ok(strips)
    }

    /// Values of custom fields of each of these devices, which the caller found, by their keys.
    pub async fn values(
        &self,
        devices: &[Listed],
    ) -> Result<Vec<HashMap<String, String>>, AppError> {
        let (store, org) = (&self.core.store, self.core.org.id);
        let mut all = Vec::with_capacity(devices.len());
        for device in devices {
            let values = store.field_values(org, device.num).await?.into_iter();
            all.push(values.map(|(key, _, value)| (key, value)).collect());
        }
        Ok(all)
    }

    /// One device as the catalogue lists it, if the caller may see it.
    pub async fn listed(&self, id: DeviceId) -> Result<(Listed, Arc<Tree>), AppError> {
        let tree = self.tree().await?;
        let device = self.core.store.listed(self.core.org.id, id).await?;
        let seen = device.filter(|device| self.rights.sees(&tree.path(device.spot)));
        Ok((seen.ok_or(Denied::NotFound("device"))?, tree))
    }
}
