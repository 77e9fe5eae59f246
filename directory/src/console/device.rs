//! GET: one device, a tab at a time.

mod access;

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use farpane_protocol::api::inventory::{Inventory, Verdict};
use farpane_protocol::ids::DeviceId;
use serde::Deserialize;

use super::devices::Twin;
use super::moment::Moment;
use super::page::{Failed, Frame, Link, Person, page};
use super::strip::{self, Picture};
use super::texts::{Message, Texts};
use super::{audit, devices, sessions};
use crate::app::App;
use crate::http::body::Id;
use crate::model::catalogue::Listed;
use crate::model::inventory::{Change, KeptInventory};
use crate::model::place::Tree;
use crate::policy::rights::{Action, Path};
use crate::store::records::Sought;
use crate::store::sessions::SessionsSought;

/// Sessions and records that a tab shows: a screen or two; the record of everything is the audit.
const SHOWN: u32 = 100;

/// The part of a device's page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Tab {
    #[default]
    General,
    Sessions,
    Inventory,
    Health,
    Events,
    Access,
    Settings,
}

impl Tab {
    const ALL: [Self; 7] = [
        Self::General,
        Self::Sessions,
        Self::Inventory,
        Self::Health,
        Self::Events,
        Self::Access,
        Self::Settings,
    ];

    const fn path(self) -> &'static str {
        match self {
            Self::General => "",
            Self::Sessions => "/sessions",
            Self::Inventory => "/inventory",
            Self::Health => "/health",
            Self::Events => "/events",
            Self::Access => "/access",
            Self::Settings => "/settings",
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::General => "tab-general",
            Self::Sessions => "sessions-title",
            Self::Inventory => "tab-inventory",
            Self::Health => "tab-health",
            Self::Events => "tab-events",
            Self::Access => "access-title",
            Self::Settings => "tab-settings",
        }
    }

    /// What a person must be allowed to see it.
    const fn action(self) -> Action {
        match self {
            Self::General | Self::Health => Action::SeeDevices,
            Self::Sessions => Action::SeeSessions,
            Self::Inventory => Action::SeeInventory,
            Self::Events => Action::SeeAudit,
            Self::Access => Action::SeePeople,
            Self::Settings => Action::EditDevices,
        }
    }
}

/// What a tab shows.
enum Content {
    General {
        history: Picture,
        /// Custom fields: label and value.
        values: Vec<(String, String)>,
    },
    Sessions(Vec<sessions::Row>),
    Inventory {
        kept: Option<Box<KeptInventory>>,
        reported: Moment,
        changes: Vec<(Moment, Change)>,
    },
    Health,
    Events(Vec<audit::Row>),
    Access(Vec<access::Reaches>),
    Settings {
        may_remove: bool,
    },
}

#[derive(Template)]
#[template(path = "device.html")]
struct Page {
    t: Texts,
    frame: Frame,
    row: devices::Row,
    version: String,
    created: Moment,
    open: Option<sessions::Row>,
    may_stop: bool,
    may_approve: bool,
    tabs: Vec<Link>,
    content: Content,
}

/// A device that this person may see, with all that it is, and where it stands.
pub(super) struct Seen {
    pub(super) device: Listed,
    pub(super) tree: Arc<Tree>,
    pub(super) path: Path,
}

/// Finds a device that this person may see and do that with.
pub(super) async fn seen(person: &Person, id: DeviceId, action: Action) -> Result<Seen, Failed> {
    let (device, tree) = person.caller.listed(id).await?;
    let path = tree.path(device.spot);
    let check = person.caller.check(action, &path, "device");
    check.map_err(|denied| Failed(denied.into()))?;
    Ok(Seen { device, tree, path })
}

pub(crate) async fn get(
    State(app): State<Arc<App>>,
    person: Person,
    Id(id): Id<DeviceId>,
) -> Result<Response, Failed> {
    show(&app, &person, id, Tab::General).await
}

pub(crate) async fn tab(
    State(app): State<Arc<App>>,
    person: Person,
    Id((id, tab)): Id<(DeviceId, Tab)>,
) -> Result<Response, Failed> {
    show(&app, &person, id, tab).await
}

async fn show(app: &App, person: &Person, id: DeviceId, tab: Tab) -> Result<Response, Failed> {
    let t = person.t;
    let Seen { device, tree, path } = seen(person, id, tab.action()).await?;
    let may = |action| person.caller.rights.may(action, &path);
    let org = person.account.org;
    let now = app.now();
    let store = &person.caller.core.store;
    let content = match tab {
        Tab::General => {
            let about = person.caller.about(id).await?;
            let values = about.fields.into_iter();
            Content::General {
                history: strip::picture(&about.history, now, t),
                values: values.map(|(_, label, value)| (label, value)).collect(),
            }
        }
        Tab::Health => Content::Health,
        Tab::Access => Content::Access(access::who(person, id).await?),
        Tab::Settings => Content::Settings {
            may_remove: may(Action::RemoveDevices),
        },
        Tab::Sessions => {
            let sought = SessionsSought {
                device: Some(id),
                ..SessionsSought::default()
            };
            let found = person.caller.sessions(sought, None, SHOWN).await?;
            let rows = found
                .sessions
                .into_iter()
                .map(|one| sessions::row(one, now, t));
            Content::Sessions(rows.collect())
        }
        Tab::Inventory => {
            let machine = person.caller.machine(id).await?;
            let changes = machine.changes.into_iter();
            Content::Inventory {
                reported: Moment::maybe(machine.kept.as_ref().map(|kept| kept.reported), now),
                kept: machine.kept.map(Box::new),
                changes: changes
                    .map(|change| (Moment::ago(change.at, now), change))
                    .collect(),
            }
        }
        Tab::Events => {
            let sought = Sought {
                org: Some(org),
                device: Some(id),
                ..Sought::default()
            };
            let found = store.find_records(&sought, None, SHOWN).await?;
            let people = audit::people(person).await?;
            let rows = found
                .iter()
                .filter_map(|kept| audit::row(kept, &people, now, person.t));
            Content::Events(rows.collect())
        }
    };
    let copies = person.caller.copies().await?;
    let open = store.open_session_of(id).await?;
    let tabs = Tab::ALL.into_iter().filter(|tab| may(tab.action()));
    let tabs = tabs.map(|one| Link {
        path: format!("/devices/{id}{}", one.path()),
        name: t.msg(one.name()),
        key: None,
        here: one == tab,
        count: None,
        waiting: false,
    });
    Ok(page(&Page {
        t,
        frame: Frame::of(app, person, "/devices").await?,
        version: device.version.clone(),
        created: Moment::ago(device.created, now),
        open: open
            .filter(|_| may(Action::SeeSessions))
            .map(|open| sessions::row(open, now, t)),
        may_stop: may(Action::StopSessions),
        may_approve: may(Action::ApproveDevices),
        tabs: tabs.collect(),
        row: devices::Row {
            twin: devices::twin(id, &copies),
            ..devices::row(app, device, &tree, now, t)
        },
        content,
    }))
}

/// How a check of the host went, as a state.
fn verdict(verdict: Verdict, t: &Texts) -> (&'static str, Message) {
    match verdict {
        Verdict::Ok => ("reachable", t.msg("check-ok")),
        Verdict::Failed => ("stopped", t.msg("check-failed")),
        Verdict::Unknown => ("away", t.msg("check-unknown")),
    }
}

/// Mebibytes as people say them.
fn size(mebibytes: &u64) -> String {
    let mebibytes = *mebibytes;
    if mebibytes < 1024 {
        format!("{mebibytes} MiB")
    } else {
        format!("{} GiB", mebibytes / 1024)
    }
}

/// The system with its version.
fn system(inventory: &Inventory) -> String {
    format!("{} {}", inventory.os.name, inventory.os.version)
}
