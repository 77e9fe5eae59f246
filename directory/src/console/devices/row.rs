//! One device as lists and its own page show it: its names, how it is, and when it was heard.

use farpane_protocol::ids::DeviceId;
use farpane_protocol::time::Timestamp;

use crate::app::App;
use crate::console::moment::Moment;
use crate::console::texts::{Message, Texts};
use crate::model::catalogue::Listed;
use crate::model::place::Tree;
use crate::model::query::Standing;
use crate::store::machines::Copy;

/// How long after it went away a device is shown as one that may be back soon, in seconds.
const RECENT: u64 = 3600;

/// What is known of an identity that was seen on two machines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::console) enum Twin {
    /// This is the record of a second machine that uses the identity of that device.
    Of(DeviceId, String),
    /// Second machines use this device's identity: their records.
    Had(Vec<DeviceId>),
}

/// What second machines make of a device.
pub(in crate::console) fn twin(id: DeviceId, copies: &[Copy]) -> Option<Twin> {
    if let Some(own) = copies.iter().find(|copy| copy.copy == id) {
        return Some(Twin::Of(own.of, own.of_name.clone()));
    }
    let had = copies.iter().filter(|copy| copy.of == id);
    let had: Vec<_> = had.map(|copy| copy.copy).collect();
    (!had.is_empty()).then_some(Twin::Had(had))
}

/// A device as lists show it.
pub(in crate::console) struct Row {
    pub(in crate::console) id: String,
    pub(in crate::console) key: String,
    pub(in crate::console) name: String,
    pub(in crate::console) tenant: String,
    pub(in crate::console) place: String,
    pub(in crate::console) os: String,
    pub(in crate::console) person: String,
    pub(in crate::console) tags: Vec<String>,
    pub(in crate::console) look: &'static str,
    pub(in crate::console) word: Message,
    pub(in crate::console) heard: Moment,
    pub(in crate::console) pending: bool,
    pub(in crate::console) enrolled: bool,
    pub(in crate::console) unattended: bool,
    /// Why a viewer cannot be opened for it, if it cannot.
    pub(in crate::console) no_way: Option<Message>,
    pub(in crate::console) twin: Option<Twin>,
}

/// A device, how it is and how it is called.
pub(in crate::console) fn row(
    app: &App,
    device: Listed,
    tree: &Tree,
    now: Timestamp,
    t: Texts,
) -> Row {
    let here = app.board.find(device.id).is_some();
    let last = if here { Some(now) } else { device.last_heard };
    let heard = Moment::maybe(last, now);
    let recent = last.is_some_and(|at| now.since(at).as_secs() < RECENT);
    let (look, word) = match (device.standing, last) {
        (Standing::Expected, _) => ("never", t.msg("state-expected")),
        (Standing::Pending, _) => ("waits", t.msg("state-waits")),
        (Standing::Approved, Some(_)) if here => ("reachable", t.msg("state-reachable")),
        (Standing::Approved, Some(_)) if recent => {
            let when = heard.relative(&t);
            ("recent", t.msg("state-recent").word("when", when))
        }
        (Standing::Approved, Some(_)) => ("away", t.msg("state-away")),
        (Standing::Approved, None) => ("never", t.msg("state-never")),
    };
    let no_way = match (device.standing, last) {
        (Standing::Expected, _) => Some("no-way-expected"),
        (Standing::Pending, _) => Some("no-way-pending"),
        (Standing::Approved, None) => Some("no-way-never"),
        (Standing::Approved, Some(_)) => None,
    };
    let no_way = no_way.map(|why| t.msg(why));
    let key = device.key.map(|key| key.fingerprint().to_string());
    let tenant = tree.tenant(device.spot.tenant);
    Row {
        id: device.id.to_string(),
        key: key.unwrap_or_default(),
        name: device.name,
        tenant: tenant.map(|one| one.name.clone()).unwrap_or_default(),
        place: tree.names(device.spot).join(" / "),
        os: device.os,
        person: device.person,
        tags: device.tags,
        look,
        word,
        heard,
        pending: device.standing == Standing::Pending,
        enrolled: device.standing == Standing::Approved,
        unattended: device.unattended,
        no_way,
        twin: None,
    }
}
