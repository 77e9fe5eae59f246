//! The list of devices: what is kept, joined with who is present now and what the person may do.

use std::collections::HashMap;

use farpane_protocol::api::{Access, Approval, DeviceList, DeviceRow, DeviceState};
use farpane_protocol::ids::{DeviceId, OrgId};
use farpane_protocol::time::Timestamp;

use super::caller::{Caller, Way};
use super::find::Ask;
use super::{App, AppError};
use crate::model::catalogue::{Count, Listed};
use crate::model::place::Tree;
use crate::model::query::{Is, QUERY_TERMS, Query, Standing, Term};
use crate::model::session::Session;
use crate::model::{Account, Device, Viewer};
use crate::policy::{Facts, Holder, OnDevice, Reach, allowed_scopes, decide};

/// Most devices on one page.
pub const PAGE_MOST: u32 = 200;

/// Devices on a page when nobody says how many.
pub const PAGE: u32 = 100;

/// Furthest that paging goes: beyond it a search is quicker, and the database is spared.
const OFFSET_MOST: u32 = 100_000;

/// Devices that are skipped at once.
const SKIP_AT_ONCE: u32 = 5_000;

/// What people are told who want a device that nobody enrolled yet.
pub(super) const EXPECTED: &str = "This device is expected, and nobody has enrolled it yet. Make a \
                                   ticket under Enrolment, and use it on the device with \
                                   farpane-host enroll TICKET.";

/// A listed device as one that has a key; `None` while it is only expected.
fn enrolled(listed: Listed, org: OrgId, tree: &Tree) -> Option<Device> {
    let approval = match listed.standing {
        Standing::Expected => return None,
        Standing::Pending => Approval::Pending,
        Standing::Approved => Approval::Approved,
    };
    let tenant = tree.tenant(listed.spot.tenant);
    Some(Device {
        id: listed.id,
        org,
        tenant: listed.spot.tenant,
        tenant_name: tenant.map(|tenant| tenant.name.clone()).unwrap_or_default(),
        key: listed.key?,
        name: listed.name,
        os: listed.os,
        version: listed.version,
        unattended: listed.unattended,
        approval,
        created: listed.created,
        last_heard: listed.last_heard,
    })
}

/// Which devices, and which part of them.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// What name, system or tenant must contain.
    pub search: String,
    /// How many to skip.
    pub offset: u32,
    /// How many to return; 0 for [`PAGE`].
    pub limit: u32,
}

/// A page of devices with what is known of each.
#[derive(Clone, Debug)]
pub struct DevicePageNow {
    /// The devices, in order of name.
    pub devices: Vec<Row>,
    /// How many match, all pages together.
    pub total: u64,
    /// Directory time.
    pub time: Timestamp,
}

/// What a page shows of a device.
#[derive(Clone, Debug)]
pub enum Row {
    /// It is enrolled.
    Enrolled(Box<DeviceNow>),
    /// It is expected: it was written into the catalogue, and nobody enrolled it yet.
    Expected {
        /// Its id.
        id: DeviceId,
        /// Its name.
        name: String,
        /// What its customer is called.
        tenant: String,
        /// Its system, as far as somebody wrote it down.
        os: String,
    },
}

/// A device and whether it is there.
#[derive(Clone, Debug)]
pub struct DeviceNow {
    /// What is kept of it.
    pub device: Device,
    /// Whether it is there.
    pub state: DeviceState,
    /// Whether it can be reached, as the rules see it.
    pub reach: Reach,
    /// When it was last heard: now, while it is connected.
    pub last_heard: Option<Timestamp>,
}

impl App {
    /// A device and whether it is there.
    pub fn device_now(&self, device: Device) -> DeviceNow {
        let here = self.board.find(device.id);
        let reach = match &here {
            Some(here) => Reach::Present { epoch: here.epoch },
            None => Reach::Away {
                last_heard: device.last_heard,
            },
        };
        let state = match (device.approval, &reach, device.last_heard) {
            (Approval::Pending, ..) => DeviceState::Pending,
            (Approval::Approved, Reach::Present { .. }, _) => DeviceState::Reachable,
            (Approval::Approved, Reach::Away { .. }, Some(_)) => DeviceState::Away,
            (Approval::Approved, Reach::Away { .. }, None) => DeviceState::Never,
        };
        let last_heard = match reach {
            Reach::Present { .. } => Some(self.now()),
            Reach::Away { last_heard } => last_heard,
        };
        DeviceNow {
            device,
            state,
            reach,
            last_heard,
        }
    }

    /// A page of the devices that somebody may see, in order of name. What is typed is a search;
    /// where it is none, its words are looked for as they stand. Devices that are expected and were
    /// never enrolled are shown to whoever looks for something: a list of all of them would be
    /// theirs alone after a large import.
    pub async fn page(&self, caller: &Caller, wanted: &Wanted) -> Result<DevicePageNow, AppError> {
        let limit = match wanted.limit {
            0 => PAGE,
            limit => limit.min(PAGE_MOST),
        };
        let words = |text: &str| {
            let is = |word| Is::Word(crate::model::text::name(word));
            let terms = text.split_whitespace().map(|word| Term {
                not: false,
                is: is(word),
            });
            Query {
                terms: terms.take(QUERY_TERMS).collect(),
            }
        };
        // A link names a device by its id.
        if let Ok(id) = wanted.search.trim().parse::<DeviceId>() {
            return self.page_of_one(caller, id).await;
        }
        let mut query = Query::parse(&wanted.search).unwrap_or_else(|_| words(&wanted.search));
        if query.terms.is_empty() {
            query.terms.push(Term {
                not: true,
                is: Is::Standing(Standing::Expected),
            });
        }
        let visible = caller.rights.visible_devices();
        // Callers that count pages from the first are served by walking there, unless they just
        // had the page before; those that name the next page by its cursor (`Caller::find`) never
        // pay for that.
        let mut skip = wanted.offset.min(OFFSET_MOST);
        let mut ask = Ask {
            count: true,
            ..Ask::default()
        };
        let mut total = None;
        let person = caller.id();
        let written = query.to_string();
        let known = self
            .pages
            .recall(person, &written, wanted.offset, self.now());
        if let Some(known) = known.filter(|_| skip > 0) {
            ask.cursor = Some(known);
            skip = 0;
        }
        while skip > 0 {
            ask.limit = skip.min(SKIP_AT_ONCE);
            let found = caller.find_within(&query, &ask, &visible).await?;
            skip -= ask.limit;
            total = total.or(found.count);
            ask.count = false;
            ask.cursor = found.next;
            if ask.cursor.is_none() {
                break;
            }
        }
        let mut devices = Vec::new();
        if skip == 0 && (wanted.offset == 0 || ask.cursor.is_some()) {
            ask.limit = limit;
            let found = caller.find_within(&query, &ask, &visible).await?;
            total = total.or(found.count);
            if let Some(next) = found.next {
                let read = u32::try_from(found.devices.len()).unwrap_or(limit);
                let offset = wanted.offset.saturating_add(read);
                self.pages
                    .remember(person, &written, offset, next, self.now());
            }
            let known = found.devices.into_iter();
            devices = known
                .map(|listed| self.row(listed, caller.core.org.id, &found.tree))
                .collect();
        }
        Ok(DevicePageNow {
            devices,
            total: total.map_or(0, Count::number),
            time: self.now(),
        })
    }

    fn row(&self, listed: Listed, org: OrgId, tree: &Tree) -> Row {
        let tenant = tree.tenant(listed.spot.tenant);
        let expected = Row::Expected {
            id: listed.id,
            name: listed.name.clone(),
            tenant: tenant.map(|tenant| tenant.name.clone()).unwrap_or_default(),
            os: listed.os.clone(),
        };
        enrolled(listed, org, tree).map_or(expected, |device| {
            Row::Enrolled(Box::new(self.device_now(device)))
        })
    }

    /// A page with that device, or an empty one where somebody may not see it.
    async fn page_of_one(&self, caller: &Caller, id: DeviceId) -> Result<DevicePageNow, AppError> {
        let devices = match caller.listed(id).await {
            Ok((listed, tree)) => vec![self.row(listed, caller.core.org.id, &tree)],
            Err(AppError::Denied(_)) => Vec::new(),
            Err(error @ AppError::Store(_)) => return Err(error),
        };
        Ok(DevicePageNow {
            total: devices.len() as u64,
            devices,
            time: self.now(),
        })
    }

    /// A page of devices as a viewer shows it: each with how it may be reached.
    pub async fn devices(
        &self,
        viewer: &Viewer,
        account: &Account,
        wanted: &Wanted,
    ) -> Result<DeviceList, AppError> {
        if account.disabled.is_some() {
            return Err(self.disabled().into());
        }
        let caller = self.caller(account.clone(), Way::Viewer(viewer.id)).await?;
        let page = self.page(&caller, wanted).await?;
        let ids = page.devices.iter().filter_map(|row| match row {
            Row::Enrolled(now) => Some(now.device.id),
            Row::Expected { .. } => None,
        });
        let ids: Vec<_> = ids.collect();
        let paths = caller.core.paths_of(&ids).await?;
        let open = self.core.store.open_sessions(account.org).await?;
        let open: HashMap<DeviceId, Session> = open
            .into_iter()
            .map(|session| (session.device, session))
            .collect();
        let row = |row: Row| {
            let now = match row {
                Row::Enrolled(now) => *now,
                Row::Expected {
                    id,
                    name,
                    tenant,
                    os,
                } => {
                    return DeviceRow {
                        id,
                        name,
                        tenant,
                        os,
                        state: DeviceState::Never,
                        last_heard: None,
                        access: Access::Impossible,
                        why: Some(EXPECTED.to_owned()),
                    };
                }
            };
            let path = paths.get(&now.device.id);
            let rights = path.map(|path| OnDevice::of(&caller.rights, path));
            let open = open.get(&now.device.id);
            let facts = self.facts(&now, viewer, account, rights.unwrap_or_default(), open);
            let (access, why) = decide(&facts).access(page.time);
            let why = why.map(|why| why.to_string());
            DeviceRow {
                id: now.device.id,
                name: now.device.name,
                tenant: now.device.tenant_name,
                os: now.device.os,
                state: now.state,
                last_heard: now.last_heard,
                access,
                why,
            }
        };
        Ok(DeviceList {
            devices: page.devices.into_iter().map(row).collect(),
            total: page.total,
            time: page.time,
        })
    }

    /// What a decision about this device and this person rests on. What is asked for is all that
    /// the person's roles give there; a request puts its own in.
    pub(super) fn facts(
        &self,
        now: &DeviceNow,
        viewer: &Viewer,
        account: &Account,
        rights: OnDevice,
        open: Option<&Session>,
    ) -> Facts {
        let holder = open
            .filter(|open| match now.reach {
                Reach::Present { epoch } => open.gives_way(viewer.id, epoch, self.now()).is_none(),
                Reach::Away { .. } => true,
            })
            .map(|open| Holder {
                person: open.person.clone(),
            });
        Facts {
            account_disabled: account.disabled.is_some(),
            rights,
            approval: now.device.approval,
            reach: now.reach,
            relay_up: self.board.any_relay(now.device.org),
            unattended: now.device.unattended,
            holder,
            scopes: rights.scopes.intersect(allowed_scopes()),
        }
    }
}
