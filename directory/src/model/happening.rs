//! What the event stream tells: that something happened, and to what. No names, no details: who
//! hears of it looks it up with their own rights.

use std::collections::BTreeMap;

use farpane_protocol::ids::{DeviceId, OrgId, RelayId, SessionId, TenantId};
use farpane_protocol::time::Timestamp;
use uuid::Uuid;

use crate::audit::Kept;

/// Fields of a record that say what it is about. Everything else stays in the record.
const SUBJECTS: [&str; 12] = [
    "account", "customer", "device", "group", "node", "relay", "request", "role", "session",
    "ticket", "token", "viewer",
];

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happening {
    /// Its place among all records: rises in the order of commit.
    pub number: u64,
    /// In which organisation.
    pub org: OrgId,
    /// Whose device it is about, if one's.
    pub tenant: Option<TenantId>,
    /// When.
    pub at: Timestamp,
    /// What, such as `device.renamed`.
    pub what: String,
    /// To what: ids by the kind of thing.
    pub about: BTreeMap<String, Uuid>,
}

/// What kind of thing something happened to; decides who hears of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// A device.
    Device,
    /// A session.
    Session,
    /// A relay.
    Relay,
    /// Anything else: people, rights, tickets, settings.
    Administration,
}

impl Topic {
    /// Name of the events in the stream.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::Session => "session",
            Self::Relay => "relay",
            Self::Administration => "administration",
        }
    }
}

impl Happening {
    /// What a record tells the stream. A new kind of record needs nothing here: it is told to
    /// those who may read the record, until its name says that it is about a device or a session.
    pub fn of(kept: &Kept) -> Self {
        let body: serde_json::Value = serde_json::from_slice(&kept.record.body).unwrap_or_default();
        let event = &body["event"];
        let mut what = event["did"].as_str().unwrap_or("something").to_owned();
        // What a host says of a session is about the session.
        if let Some(fact) = event["fact"]["event"].as_str() {
            what = format!("session_{fact}");
        }
        let about = SUBJECTS.iter().filter_map(|subject| {
            let id = Uuid::try_parse(event[*subject].as_str()?).ok()?;
            Some(((*subject).to_owned(), id))
        });
        Self {
            number: kept.number,
            org: kept.org,
            tenant: body["tenant"]
                .as_str()
                .and_then(|id| id.parse().ok())
                .map(TenantId),
            at: Timestamp(body["at"].as_u64().unwrap_or_default()),
            what: what.replacen('_', ".", 1),
            about: about.collect(),
        }
    }

    /// What kind of thing it happened to.
    pub fn topic(&self) -> Topic {
        let kind = self.what.split('.').next();
        match kind {
            Some("device") if self.device().is_some() => Topic::Device,
            Some("session") if self.session().is_some() => Topic::Session,
            Some("relay") => Topic::Relay,
            _ => Topic::Administration,
        }
    }

    /// The device that it is about.
    pub fn device(&self) -> Option<DeviceId> {
        self.about.get("device").copied().map(DeviceId)
    }

    /// The session that it is about.
    pub fn session(&self) -> Option<SessionId> {
        self.about.get("session").copied().map(SessionId)
    }

    /// The relay that it is about.
    pub fn relay(&self) -> Option<RelayId> {
        self.about.get("relay").copied().map(RelayId)
    }
}

#[cfg(test)]
mod tests {
    use farpane_protocol::api::HostFact;

    use super::*;
    use crate::audit::{Actor, ChainId, Entry, Event, Head, Personal};

    fn happening(event: Event) -> Happening {
        let org = OrgId(Uuid::nil());
        let entry = Entry {
            org,
            tenant: None,
            at: Timestamp(1),
            actor: Actor::Operator,
            event,
            personal: Personal::named("till-07"),
        };
        Happening::of(&Kept {
            number: 4,
            org,
            chain: ChainId::of(org, None),
            record: entry.seal(Head::default(), [0; 16]),
        })
    }

    #[test]
    fn a_record_tells_what_happened_to_what_and_no_name() {
        let device = DeviceId(Uuid::from_u128(7));
        let told = happening(Event::DeviceRenamed { device });
        assert_eq!(told.what, "device.renamed");
        assert_eq!((told.topic(), told.device()), (Topic::Device, Some(device)));
        assert_eq!((told.number, told.at), (4, Timestamp(1)));
        assert!(!format!("{told:?}").contains("till"));
    }

    #[test]
    fn what_a_host_says_is_about_its_session() {
        let session = SessionId(Uuid::from_u128(7));
        let told = happening(Event::HostSaid {
            session: Some(session),
            grant: None,
            fact: HostFact::Asked,
        });
        assert_eq!(told.what, "session.asked");
        assert_eq!(
            (told.topic(), told.session()),
            (Topic::Session, Some(session))
        );
    }

    #[test]
    fn what_names_no_thing_is_for_administrators() {
        let stranger = happening(Event::HostSaid {
            session: None,
            grant: None,
            fact: HostFact::Asked,
        });
        assert_eq!(stranger.topic(), Topic::Administration);
        assert_eq!(
            happening(Event::ConsoleSignedIn { proved: None }).topic(),
            Topic::Administration
        );
    }
}
