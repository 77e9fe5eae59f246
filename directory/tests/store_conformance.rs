//! What every store must do, whatever engine it stands on: one suite, run on each.

#[path = "store_conformance/acts.rs"]
mod acts;
#[path = "store_conformance/catalogue.rs"]
mod catalogue;
#[path = "store_conformance/expected.rs"]
mod expected;
#[path = "store_conformance/history.rs"]
mod history;
#[path = "store_conformance/inventory.rs"]
mod inventory;
#[path = "store_conformance/sign_in.rs"]
mod sign_in;
#[path = "store_conformance/tree.rs"]
mod tree;
#[path = "store_conformance/webhooks.rs"]
mod webhooks;

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use farpane_directory::audit::checkpoint::Checkpoint;
use farpane_directory::audit::{Actor, ChainId, Entry, Event, Kept, Personal, Verifier};
use farpane_directory::model::session::{Session, SessionState};
use farpane_directory::model::text::Email;
use farpane_directory::model::ticket::{Arrival, TicketTerms};
use farpane_directory::model::{
    Account, Agent, Device, Founding, Heard, Org, Relay, Tenant, TicketRecord, Viewer, new_uuid,
};
use farpane_directory::password::Hashed;
use farpane_directory::secret::Secret;
use farpane_directory::store::Store;
use farpane_directory::store::catalogue::{Redeemed, TicketRefusal};
use farpane_directory::store::installation::Setting;
use farpane_directory::store::people::ViewerEnrolled;
use farpane_directory::store::records::Sought;
use farpane_directory::store::repeats::{Begun, KEPT_FOR, KEPT_MOST, RepeatKey};
use farpane_directory::store::sessions::{DevicesMost, HostHeard, Opened, SessionsSought};
use farpane_directory::store::sqlite::{OpenError, SqliteStore};
use farpane_protocol::api::{Approval, HostFact};
use farpane_protocol::enrolment::TicketKind;
use farpane_protocol::ids::{
    ChannelId, DeviceId, EpochNonce, GrantId, OrgId, RelayId, SessionId, TenantId, UserId, ViewerId,
};
use farpane_protocol::key::{PublicKey, SecretKey};
use farpane_protocol::latency::SessionLatency;
use farpane_protocol::outcome::EndReason;
use farpane_protocol::scope::{Scope, ScopeSet};
use farpane_protocol::time::Timestamp;

const NOW: Timestamp = Timestamp(1_795_000_000_000_000);

const ARRIVAL: Arrival = Arrival {
    address: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)),
    machine: None,
};

fn key(seed: u8) -> PublicKey {
    SecretKey::from_seed([seed; 32]).public()
}

fn later(seconds: u64) -> Timestamp {
    NOW.after(Duration::from_secs(seconds))
}

/// An installation with one tenant and one administrator, and makers of what it holds.
struct Fixture<'a> {
    store: &'a dyn Store,
    founding: Founding,
}

impl<'a> Fixture<'a> {
    async fn found(store: &'a dyn Store) -> Self {
        let org = OrgId(new_uuid(NOW));
        let founding = Founding {
            org: Org {
                id: org,
                name: "Acme".into(),
            },
            tenant: Tenant {
                id: TenantId(new_uuid(NOW)),
                org,
                name: "Oslo".into(),
            },
            admin: Account {
                id: UserId(new_uuid(NOW)),
                org,
                email: Email::parse("anna@example.org").expect("an address"),
                name: "Anna Berg".into(),
                disabled: None,
            },
            password: Hashed("$argon2id$none".into()),
        };
        let fixture = Self { store, founding };
        let founded = store.found(&fixture.founding, &fixture.entry()).await;
        assert!(founded.expect("founds"));
        fixture
    }

    fn org(&self) -> OrgId {
        self.founding.org.id
    }

    fn entry(&self) -> Entry {
        Entry {
            org: self.org(),
            tenant: None,
            at: NOW,
            actor: Actor::Operator,
            event: Event::ConsoleSignedOut,
            personal: Personal::named("somebody"),
        }
    }

    async fn records(&self) -> u64 {
        let chains = self.store.chains(self.org()).await.expect("reads");
        chains.iter().map(|chain| chain.head.seq).sum()
    }

    async fn ticket(&self, kind: TicketKind, allowed: u32) -> TicketRecord {
        let ticket = TicketRecord {
            id: new_uuid(NOW),
            org: self.org(),
            tenant: (kind == TicketKind::Device).then_some(self.founding.tenant.id),
            kind,
            secret: Secret::draw().digest(),
            name: if kind == TicketKind::Relay { "one" } else { "" }.into(),
            allowed,
            used: 0,
            approval: Approval::Approved,
            created: NOW,
            expires: later(60),
            terms: TicketTerms::default(),
            revoked: None,
            made_by: None,
            orphaned: false,
        };
        let added = self.store.add_ticket(&ticket, &self.entry()).await;
        added.expect("adds");
        ticket
    }

    fn new_device(&self, seed: u8, name: &str) -> Device {
        Device {
            id: DeviceId(new_uuid(NOW)),
            org: self.org(),
            tenant: self.founding.tenant.id,
            tenant_name: self.founding.tenant.name.clone(),
            key: key(seed),
            name: name.into(),
            os: "Debian 12".into(),
            version: "0.1.0".into(),
            unattended: false,
            approval: Approval::Approved,
            created: NOW,
            last_heard: None,
        }
    }

    async fn enroll(&self, ticket: &TicketRecord, device: &Device) -> Redeemed {
        self.enroll_at(ticket, device, NOW).await
    }

    async fn enroll_at(&self, ticket: &TicketRecord, device: &Device, at: Timestamp) -> Redeemed {
        let enrolled = self
            .store
            .enroll_device(ticket.id, device, &ARRIVAL, at, &self.entry())
            .await;
        enrolled.expect("answers")
    }

    async fn device(&self, seed: u8, name: &str) -> Device {
        let device = self.new_device(seed, name);
        let ticket = self.ticket(TicketKind::Device, 1).await;
        assert_eq!(self.enroll(&ticket, &device).await, Redeemed::Yes);
        device
    }

    async fn viewer(&self, seed: u8) -> Viewer {
        let viewer = Viewer {
            id: ViewerId(new_uuid(NOW)),
            org: self.org(),
            account: self.founding.admin.id,
            key: key(seed),
            name: "laptop".into(),
            version: "0.1.0".into(),
            strong: seed.is_multiple_of(2),
        };
        let enrolled = self.store.enroll_viewer(&viewer, NOW, &self.entry()).await;
        assert_eq!(
            enrolled.expect("answers"),
            ViewerEnrolled::Yes(viewer.clone())
        );
        viewer
    }

    fn new_session(&self, device: &Device, viewer: &Viewer) -> Session {
        Session {
            id: SessionId(new_uuid(NOW)),
            org: self.org(),
            tenant: device.tenant,
            device: device.id,
            device_name: device.name.clone(),
            account: viewer.account,
            person: "Anna Berg".into(),
            viewer: viewer.id,
            grant: GrantId(farpane_certs::random::bytes()),
            epoch: EpochNonce([1; 16]),
            channel: ChannelId::from_random(u64::MAX),
            relay: key(200),
            relay_name: "one".into(),
            asked_for: ScopeSet::of(&[Scope::View, Scope::Control]),
            reason: "ticket 4711".into(),
            issued: NOW,
            state: SessionState::Granted,
            latency: None,
        }
    }

    async fn open(&self, session: &Session) -> Opened {
        let entry = self.entry();
        let opened = self.store.open_session(session, None, &entry);
        opened.await.expect("answers")
    }

    async fn hear(&self, device: &Device, session: &Session, fact: HostFact) -> HostHeard {
        let heard = self
            .store
            .hear_host(device.id, session.id, &fact, later(5), &self.entry())
            .await;
        heard.expect("answers")
    }

    fn heard(&self, device: &Device, counter: u64) -> Heard {
        Heard {
            device: device.id,
            relay: key(200),
            counter,
            epoch: EpochNonce([1; 16]),
        }
    }

    async fn state(&self, session: &Session) -> SessionState {
        let kept = self.store.session(self.org(), session.id).await;
        kept.expect("reads").expect("kept").state
    }
}

async fn an_installation_is_founded_once(store: &dyn Store) {
    assert!(store.org().await.expect("reads").is_none());
    let fixture = Fixture::found(store).await;
    let again = store.found(&fixture.founding, &fixture.entry()).await;
    assert!(!again.expect("answers"));
    assert_eq!(
        store.org().await.expect("reads"),
        Some(fixture.founding.org.clone())
    );
    assert_eq!(
        store.tenants(fixture.org()).await.expect("reads"),
        std::slice::from_ref(&fixture.founding.tenant)
    );
    assert_eq!(fixture.records().await, 1);
    let setting = store.setting(Setting::Url).await.expect("reads");
    assert_eq!(setting, None);
    for url in ["https://a", "https://b"] {
        store.set(Setting::Url, url).await.expect("writes");
        let kept = store.setting(Setting::Url).await.expect("reads");
        assert_eq!(kept.as_deref(), Some(url));
    }
    store.ping().await.expect("answers");
}

async fn people_sign_in_and_are_disabled(store: &dyn Store) {
    let fixture = Fixture::found(store).await;
    let admin = &fixture.founding.admin;
    let found = store.account_by_email(&admin.email).await.expect("reads");
    let (account, password) = found.expect("is there");
    assert_eq!((&account, &password), (admin, &fixture.founding.password));
    let nobody = Email::parse("bo@example.org").expect("an address");
    assert!(
        store
            .account_by_email(&nobody)
            .await
            .expect("reads")
            .is_none()
    );

    let entry = fixture.entry();
    let disable = async |since| {
        let changed = store.set_disabled(fixture.org(), admin.id, since, &entry);
        changed.await.expect("answers")
    };
    assert!(disable(Some(NOW)).await);
    let before = fixture.records().await;
    assert!(!disable(Some(later(1))).await);
    assert_eq!(fixture.records().await, before, "no change, no record");
    let accounts = store.accounts(fixture.org()).await.expect("reads");
    assert_eq!(accounts[0].disabled, Some(NOW));
    assert!(disable(None).await);
}

async fn a_ticket_works_as_often_as_it_says(store: &dyn Store) {
    let fixture = Fixture::found(store).await;
    let ticket = fixture.ticket(TicketKind::Device, 2).await;
    let known = store.ticket(ticket.secret).await.expect("reads");
    assert_eq!(known.as_ref(), Some(&ticket));
    let unknown = store.ticket(Secret::draw().digest()).await.expect("reads");
    assert_eq!(unknown, None);

    let refused = Redeemed::Refused;
    let first = fixture.new_device(1, "one");
    assert_eq!(fixture.enroll(&ticket, &first).await, Redeemed::Yes);
    let before = fixture.records().await;
    let twin = fixture.new_device(1, "twin");
    assert_eq!(
        fixture.enroll(&ticket, &twin).await,
        refused(TicketRefusal::KeyTaken)
    );
    let second = fixture.new_device(2, "two");
    let late = fixture.enroll_at(&ticket, &second, later(60)).await;
    assert_eq!(late, refused(TicketRefusal::Expired));
    let for_relay = fixture.ticket(TicketKind::Relay, 1).await;
    let wrong = fixture.enroll(&for_relay, &second).await;
    assert_eq!(wrong, refused(TicketRefusal::Unknown));
    assert_eq!(fixture.records().await, before + 1, "only the new ticket");
    assert_eq!(fixture.enroll(&ticket, &second).await, Redeemed::Yes);
    let third = fixture.new_device(3, "three");
    assert_eq!(
        fixture.enroll(&ticket, &third).await,
        refused(TicketRefusal::UsedUp)
    );
    let used = store.ticket(ticket.secret).await.expect("reads");
    assert_eq!(used.map(|ticket| ticket.used), Some(2));
}

async fn each_key_has_one_part(store: &dyn Store) {
    let fixture = Fixture::found(store).await;
    let device = fixture.device(1, "till").await;
    let viewer = fixture.viewer(2).await;
    let ticket = fixture.ticket(TicketKind::Relay, 3).await;
    let relay = |seed| Relay {
        id: RelayId(new_uuid(NOW)),
        org: fixture.org(),
        name: "One".into(),
        key: key(seed),
        version: "0.1.0".into(),
        last_heard: None,
    };
    let entry = fixture.entry();
    let enroll = async |relay: &Relay| {
        let enrolled = store.enroll_relay(ticket.id, relay, NOW, &entry);
        enrolled.await.expect("answers")
    };
    let first = relay(3);
    assert_eq!(enroll(&first).await, Redeemed::Yes);
    for taken in [1, 2, 3] {
        assert_eq!(
            enroll(&relay(taken)).await,
            Redeemed::Refused(TicketRefusal::KeyTaken)
        );
    }
    for taken in [1, 3] {
        let viewer = Viewer {
            key: key(taken),
            ..viewer.clone()
        };
        let enrolled = store.enroll_viewer(&viewer, NOW, &fixture.entry()).await;
        assert_eq!(enrolled.expect("answers"), ViewerEnrolled::KeyTaken);
    }
    let agent = async |seed| store.agent(&key(seed)).await.expect("reads");
    assert_eq!(agent(1).await, Some(Agent::Host(device)));
    let admin = fixture.founding.admin.clone();
    assert_eq!(agent(2).await, Some(Agent::Viewer(viewer, admin)));
    assert_eq!(agent(3).await, Some(Agent::Relay(first)));
    assert_eq!(agent(4).await, None);

    let newer = relay(4);
    assert_eq!(enroll(&newer).await, Redeemed::Yes);
    assert_eq!(agent(3).await, None);
    let version = "0.2.0";
    let noted = store.note_relay(newer.id, version, later(9)).await;
    noted.expect("notes");
    let relays = store.relays(fixture.org()).await.expect("reads");
    let expected = Relay {
        version: version.into(),
        last_heard: Some(later(9)),
        ..newer
    };
    assert_eq!(relays, [expected]);
}

async fn devices_are_found_in_order_renamed_and_removed(store: &dyn Store) {
    let fixture = Fixture::found(store).await;
    let names = ["zeta", "Alpha", "éclair", "beta 100%", "Ångström"];
    let mut devices = Vec::new();
    for (n, name) in names.iter().enumerate() {
        devices.push(
            fixture
                .device(u8::try_from(n + 1).expect("few"), name)
                .await,
        );
    }
    let find = async |search: &str, offset, limit| {
        let page = store
            .devices(fixture.org(), search, None, offset, limit)
            .await;
        let page = page.expect("reads");
        let names: Vec<_> = page.devices.into_iter().map(|device| device.name).collect();
        (names, page.total)
    };
    let order = ["Alpha", "beta 100%", "zeta", "Ångström", "éclair"];
    assert_eq!(find("", 0, 10).await, (order.map(String::from).into(), 5));
    let page = order[1..3].iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(find("", 1, 2).await, (page, 5));
    assert_eq!(find("ALPHA", 0, 10).await.1, 1);
    assert_eq!(find("ÅNGST", 0, 10).await.1, 1);
    assert_eq!(find("%", 0, 10).await.1, 1);
    assert_eq!(find("_", 0, 10).await.1, 0);
    assert_eq!(find("debian", 0, 10).await.1, 5);
    assert_eq!(find("oslo", 0, 10).await.1, 5);
    assert_eq!(find("' OR 1=1", 0, 10).await.1, 0);
    let elsewhere = OrgId(new_uuid(NOW));
    let none = store
        .devices(elsewhere, "", None, 0, 10)
        .await
        .expect("reads");
    assert_eq!(none.total, 0);

    let (org, entry) = (fixture.org(), fixture.entry());
    let id = devices[0].id;
    let renamed = store.rename_device(org, id, "omega", &entry).await;
    assert!(renamed.expect("answers"));
    assert_eq!(find("omega", 0, 10).await.1, 1);
    let before = fixture.records().await;
    for id in [id, DeviceId(new_uuid(NOW))] {
        let approved = store.approve_device(org, id, &entry).await;
        assert!(!approved.expect("answers"), "was approved, or is not there");
    }
    assert_eq!(fixture.records().await, before, "no change, no record");
    let foreign = store.remove_device(elsewhere, id, NOW, &entry).await;
    assert!(!foreign.expect("answers"));
    assert!(
        store
            .remove_device(org, id, NOW, &entry)
            .await
            .expect("answers")
    );
    assert!(
        !store
            .remove_device(org, id, NOW, &entry)
            .await
            .expect("answers")
    );
    assert_eq!(store.device(org, id).await.expect("reads"), None);

    let refreshed = Device {
        os: "Ubuntu 24".into(),
        unattended: true,
        ..devices[1].clone()
    };
    store
        .refresh_device(&refreshed, &entry)
        .await
        .expect("writes");
    let kept = store.device(org, refreshed.id).await.expect("reads");
    assert_eq!(kept, Some(refreshed));
}

async fn waiting_devices_are_approved_once(store: &dyn Store) {
    let fixture = Fixture::found(store).await;
    let mut device = fixture.new_device(1, "new");
    device.approval = Approval::Pending;
    let ticket = fixture.ticket(TicketKind::Device, 1).await;
    assert_eq!(fixture.enroll(&ticket, &device).await, Redeemed::Yes);
    let (org, entry) = (fixture.org(), fixture.entry());
    let waiting = store.pending_devices(org, 10).await.expect("reads");
    assert_eq!(waiting, std::slice::from_ref(&device));
    assert!(
        store
            .presences(org, &[device.key])
            .await
            .expect("reads")
            .is_empty()
    );
    assert!(
        store
            .approve_device(org, device.id, &entry)
            .await
            .expect("answers")
    );
    assert!(
        store
            .pending_devices(org, 10)
            .await
            .expect("reads")
            .is_empty()
    );
    let counts = store.counts(org).await.expect("reads");
    assert_eq!((counts.approved, counts.pending), (1, 0));
    assert_eq!(counts.records, fixture.records().await);
}

async fn only_a_newer_presence_counts(store: &dyn Store) {
    let fixture = Fixture::found(store).await;
    let device = fixture.device(1, "till").await;
    let heard = |relay, counter, epoch| Heard {
        device: device.id,
        relay: key(relay),
        counter,
        epoch: EpochNonce([epoch; 16]),
    };
    let note = async |heard: Heard, at| {
        let taken = store.note_present(&[heard], at).await.expect("answers");
        taken[0]
    };
    assert!(note(heard(100, 5, 1), later(1)).await);
    assert!(
        note(heard(100, 5, 1), later(2)).await,
        "the same word again"
    );
    assert!(
        !note(heard(101, 5, 1), later(3)).await,
        "from another relay"
    );
    assert!(!note(heard(100, 5, 2), later(3)).await, "of another run");
    assert!(!note(heard(100, 4, 1), later(3)).await, "older");
    assert!(note(heard(101, 6, 1), later(4)).await);
    let known = store.presences(fixture.org(), &[device.key, key(9)]).await;
    let known = known.expect("reads");
    assert_eq!(known.len(), 1);
    assert_eq!(
        known[0].2.map(|known| (known.counter, known.relay)),
        Some((6, key(101)))
    );
    let last_heard = async || {
        let kept = store.device(fixture.org(), device.id).await;
        kept.expect("reads").expect("is there").last_heard
    };
    assert_eq!(last_heard().await, Some(later(4)));
    store.nobody_present(later(9)).await.expect("writes");
    assert_eq!(last_heard().await, Some(later(9)), "alive until the crash");
    store.nobody_present(later(20)).await.expect("writes");
    assert_eq!(last_heard().await, Some(later(9)), "was not present");
    store
        .note_gone(&[device.id], later(30))
        .await
        .expect("writes");
    assert_eq!(last_heard().await, Some(later(30)));

    let counter = async || store.next_envelope(device.id).await.expect("answers");
    assert_eq!((counter().await, counter().await), (Some(1), Some(2)));
    let nobody = DeviceId(new_uuid(NOW));
    assert_eq!(store.next_envelope(nobody).await.expect("answers"), None);
    let other = fixture.device(2, "lab").await;
    let many = [device.id, nobody, other.id];
    let numbered = store.next_envelopes(&many).await.expect("answers");
    let expected = [(device.id, device.key, 3), (other.id, other.key, 1)];
    assert_eq!(numbered, expected);
    assert_eq!(counter().await, Some(4));
}

async fn a_person_opens_so_many_devices_and_the_same_ones_again(store: &dyn Store) {
    let fixture = Fixture::found(store).await;
    let viewer = fixture.viewer(2).await;
    let limit = |most, since| Some(DevicesMost { most, since });
    let records = async || fixture.records().await;
    let mut sessions = Vec::new();
    for n in 1..=3 {
        let device = fixture.device(10 + n, &format!("pc-{n}")).await;
        sessions.push(fixture.new_session(&device, &viewer));
    }
    let open = async |n: usize, limit| {
        let entry = fixture.entry();
        let opened = store.open_session(&sessions[n], limit, &entry);
        opened.await.expect("answers")
    };
    let before = Timestamp(NOW.0 - 1);
    assert_eq!(open(0, limit(2, before)).await, Opened::Yes);
    assert_eq!(open(1, limit(2, before)).await, Opened::Yes);
    let kept = records().await;
    assert_eq!(open(2, limit(2, before)).await, Opened::TooMany);
    assert_eq!(records().await, kept, "no session, no record");
    assert_eq!(
        open(0, limit(2, before)).await,
        Opened::Busy,
        "not another one"
    );
    assert_eq!(
        open(2, limit(2, NOW)).await,
        Opened::Yes,
        "of a later while"
    );
}

async fn how_long_pictures_took_is_kept_as_told_last_and_never_taken_back(store: &dyn Store) {
    let fixture = Fixture::found(store).await;
    let device = fixture.device(1, "till").await;
    let viewer = fixture.viewer(2).await;
    let session = fixture.new_session(&device, &viewer);
    assert_eq!(fixture.open(&session).await, Opened::Yes);
    let pictures = |count: u64| {
        let mut told = SessionLatency::default();
        for _ in 0..count {
            told.picture.add(Duration::from_millis(20));
        }
        told
    };
    for (told, new) in [(3, Some(3)), (3, Some(0)), (5, Some(2)), (4, None)] {
        let noted = store.note_latency(session.id, &pictures(told)).await;
        assert_eq!(noted.expect("answers"), new.map(pictures), "{told}");
    }
    let kept = store.session(fixture.org(), session.id).await;
    let kept = kept.expect("reads").expect("is there").latency;
    assert_eq!(kept.as_deref(), Some(&pictures(5)));
}

async fn a_device_has_one_open_session(store: &dyn Store) {
    let fixture = Fixture::found(store).await;
    let device = fixture.device(1, "till").await;
    let viewer = fixture.viewer(2).await;
    let (org, entry) = (fixture.org(), fixture.entry());
    let first = fixture.new_session(&device, &viewer);
    assert_eq!(fixture.open(&first).await, Opened::Yes);
    let before = fixture.records().await;
    let second = fixture.new_session(&device, &viewer);
    assert_eq!(fixture.open(&second).await, Opened::Busy);
    assert_eq!(fixture.records().await, before, "no session, no record");
    let open = store.open_session_of(device.id).await.expect("reads");
    assert_eq!(open.as_ref(), Some(&first));
    assert_eq!(
        store
            .session(OrgId(new_uuid(NOW)), first.id)
            .await
            .expect("reads"),
        None
    );

    let end = async |at| {
        let ended = store.end_session(org, first.id, EndReason::Revoked, at, &entry);
        ended.await.expect("answers")
    };
    assert!(end(later(3)).await);
    assert!(!end(later(4)).await);
    let over = SessionState::Over {
        at: later(3),
        reason: EndReason::Revoked,
        ran: None,
        host_closed: false,
    };
    assert_eq!(fixture.state(&first).await, over);
    let due = store.due_kills().await.expect("reads");
    assert_eq!(due.len(), 1);
    assert_eq!((due[0].session, due[0].channel), (first.id, first.channel));
    store.kill_done(first.id).await.expect("writes");
    assert!(store.due_kills().await.expect("reads").is_empty());
    assert_eq!(fixture.open(&second).await, Opened::Yes);
    let recent = store.recent_sessions(org, 10).await.expect("reads");
    assert_eq!(recent.len(), 2);
    let find = async |sought: SessionsSought, below| {
        let found = store.find_sessions(org, &sought, below, 10).await;
        let ids = found.expect("reads").into_iter().map(|session| session.id);
        ids.collect::<Vec<_>>()
    };
    let all = find(SessionsSought::default(), None).await;
    assert_eq!(all, [recent[0].id, recent[1].id], "newest first");
    let below = Some((recent[0].issued, recent[0].id));
    assert_eq!(find(SessionsSought::default(), below).await, [recent[1].id]);
    let open = |open| SessionsSought {
        open: Some(open),
        ..SessionsSought::default()
    };
    assert_eq!(find(open(true), None).await, [second.id]);
    assert_eq!(find(open(false), None).await, [first.id]);
    let nobodys = SessionsSought {
        tenants: Some(Vec::new()),
        ..SessionsSought::default()
    };
    assert!(find(nobodys, None).await.is_empty());
    let of_device = SessionsSought {
        device: Some(device.id),
        person: Some(first.account),
        tenants: Some(vec![device.tenant]),
        ..SessionsSought::default()
    };
    assert_eq!(find(of_device, None).await, all);

    let removed = store.remove_device(org, device.id, later(9), &entry).await;
    assert!(removed.expect("answers"));
    assert!(!fixture.state(&second).await.is_open());
    assert_eq!(store.due_kills().await.expect("reads").len(), 1);
}

async fn the_hosts_word_is_kept_once(store: &dyn Store) {
    let fixture = Fixture::found(store).await;
    let (device, other) = (
        fixture.device(1, "till").await,
        fixture.device(3, "other").await,
    );
    let viewer = fixture.viewer(2).await;
    let session = fixture.new_session(&device, &viewer);
    assert_eq!(fixture.open(&session).await, Opened::Yes);
    let scopes = ScopeSet::of(&[Scope::View]);
    let started = HostFact::Started {
        scopes,
        by_person: true,
    };
    let lease = async |device: &Device| {
        let leased = store.lease(device.id, session.id, later(7)).await;
        leased.expect("answers")
    };
    let unknown = fixture.hear(&other, &session, HostFact::Asked).await;
    assert_eq!(unknown, HostHeard::NotFound);
    assert!(!lease(&other).await);
    let before = fixture.records().await;
    for (fact, heard) in [
        (HostFact::Asked, HostHeard::Changed),
        (HostFact::Asked, HostHeard::Repeated),
        (started.clone(), HostHeard::Changed),
        (started.clone(), HostHeard::Repeated),
    ] {
        assert_eq!(fixture.hear(&device, &session, fact).await, heard);
    }
    assert_eq!(fixture.records().await, before + 2);
    assert!(lease(&device).await);
    let running = fixture.state(&session).await.running().expect("runs");
    assert_eq!(
        (running.started, running.leased),
        (later(5), Some(later(7)))
    );
    assert_eq!((running.scopes, running.by_person), (scopes, true));

    let entry = fixture.entry();
    let ended = store
        .end_session(
            fixture.org(),
            session.id,
            EndReason::Revoked,
            later(8),
            &entry,
        )
        .await;
    assert!(ended.expect("answers"));
    assert!(!lease(&device).await);
    store.kill_done(session.id).await.expect("writes");
    let late = fixture.hear(&device, &session, started).await;
    assert_eq!(late, HostHeard::TooLate);
    assert_eq!(store.due_kills().await.expect("reads").len(), 1);
    let end = HostFact::over(true, EndReason::Revoked);
    let confirmed = fixture.hear(&device, &session, end.clone()).await;
    assert_eq!(confirmed, HostHeard::Changed);
    assert!(store.due_kills().await.expect("reads").is_empty());
    let again = fixture.hear(&device, &session, end).await;
    assert_eq!(again, HostHeard::Repeated);
    assert_eq!(fixture.state(&session).await.running(), Some(running));
}

async fn every_chain_holds_after_everything(store: &dyn Store) {
    let fixture = Fixture::found(store).await;
    let org = fixture.org();
    let tenant = fixture.founding.tenant.id;
    for n in 0..25 {
        fixture.device(n + 1, "one of many").await;
        let about = Entry {
            tenant: Some(tenant),
            ..fixture.entry()
        };
        store.record(&about).await.expect("records");
    }
    let chains = store.chains(org).await.expect("reads");
    let ids: Vec<_> = chains.iter().map(|chain| chain.id).collect();
    assert_eq!(ids, [ChainId::Org(org), ChainId::Tenant(tenant)]);
    for (chain, expected) in chains.into_iter().zip([1 + 25 * 2, 25]) {
        assert_eq!(chain.head.seq, expected);
        assert_eq!(store.chain_head(chain.id).await.expect("reads"), chain.head);
        let mut verifier = Verifier::new(chain.id);
        loop {
            let records = store.records_after(chain.id, verifier.head().seq, 7).await;
            let records = records.expect("reads");
            if records.is_empty() {
                break;
            }
            for record in &records {
                verifier.take(record).expect("follows");
                assert_eq!(record.personal().name.as_deref(), Some("somebody"));
            }
        }
        assert_eq!(verifier.finish(chain.head), Ok(expected));
    }
}

async fn records_are_found_by_what_they_are_about(store: &dyn Store) {
    let fixture = Fixture::found(store).await;
    let org = fixture.org();
    let admin = fixture.founding.admin.id;
    let device = DeviceId(new_uuid(NOW));
    let tenant = fixture.founding.tenant.id;
    let entries = [
        (Actor::Operator, Event::AccountDisabled { account: admin }),
        (
            Actor::Account { account: admin },
            Event::DeviceApproved { device },
        ),
        (Actor::Device { device }, Event::ConsoleSignedOut),
    ];
    for (n, (actor, event)) in entries.into_iter().enumerate() {
        let entry = Entry {
            tenant: (n > 0).then_some(tenant),
            at: later(n as u64),
            actor,
            event,
            ..fixture.entry()
        };
        store.record(&entry).await.expect("records");
    }
    let all = Sought {
        org: Some(org),
        ..Sought::default()
    };
    let find = async |sought: Sought| {
        let found = store.find_records(&sought, None, 10).await.expect("reads");
        let number = |kept: &Kept| kept.number;
        found.iter().map(number).collect::<Vec<_>>()
    };
    assert_eq!(find(all.clone()).await, [4, 3, 2, 1]);
    let person = Some(admin);
    assert_eq!(
        find(Sought {
            person,
            ..all.clone()
        })
        .await,
        [3, 2]
    );
    let of_device = Some(device);
    assert_eq!(
        find(Sought {
            device: of_device,
            ..all.clone()
        })
        .await,
        [4, 3]
    );
    let kind = Some("device_approved".to_owned());
    assert_eq!(
        find(Sought {
            kind,
            ..all.clone()
        })
        .await,
        [3]
    );
    let chains = Some(vec![ChainId::Tenant(tenant)]);
    assert_eq!(
        find(Sought {
            chains,
            ..all.clone()
        })
        .await,
        [4, 3]
    );
    let chains = Some(Vec::new());
    let nowhere = Sought {
        chains,
        ..all.clone()
    };
    assert!(find(nowhere).await.is_empty());
    let (from, until) = (Some(later(1)), Some(later(2)));
    assert_eq!(
        find(Sought {
            from,
            until,
            ..all.clone()
        })
        .await,
        [3]
    );
    let elsewhere = Sought {
        org: Some(OrgId(new_uuid(NOW))),
        ..all.clone()
    };
    assert!(find(elsewhere).await.is_empty());
    let count = async |most| store.count_records(&all, most).await.expect("counts");
    assert_eq!((count(10).await, count(3).await), (Some(4), Some(3)));
    let timed = Sought {
        from,
        until,
        ..all.clone()
    };
    let of_kind = Sought {
        kind: Some("device_approved".to_owned()),
        ..timed.clone()
    };
    for sought in [timed, of_kind] {
        let found = store.find_records(&sought, None, 9).await.expect("reads");
        let counted = store.count_records(&sought, 9).await.expect("counts");
        assert_eq!(counted, Some(found.len() as u64), "{sought:?}");
    }
    let below = store.find_records(&all, Some(3), 1).await.expect("reads");
    assert_eq!(below.first().map(|kept| kept.number), Some(2));
    let since = store.records_since(Some(org), 2, 10).await.expect("reads");
    let since: Vec<_> = since.iter().map(|kept| (kept.number, kept.chain)).collect();
    let chain = ChainId::Tenant(tenant);
    assert_eq!(since, [(3, chain), (4, chain)]);
    assert_eq!(store.newest_number().await.expect("reads"), 4);
    let span = async |from, until| store.span_of(chain, from, until).await.expect("reads");
    assert_eq!(span(None, None).await, Some((1, 2)));
    assert_eq!(span(Some(later(2)), None).await, Some((2, 2)));
    assert_eq!(span(None, Some(NOW)).await, None);
    let name = store.tenant_name(tenant).await.expect("reads");
    assert_eq!(name.as_deref(), Some("Oslo"));
}

use acts::{
    a_person_has_so_many_previews_and_the_oldest_goes,
    acts_change_what_was_chosen_and_are_undone_exactly,
    removed_devices_are_nowhere_until_they_come_back_or_are_forgotten,
};
use catalogue::{
    every_order_has_every_device_once_in_both_directions, nobody_sees_more_than_they_may,
    searches_find_what_a_look_at_every_device_finds,
};
use expected::{
    a_serial_number_takes_a_place_once_and_after_approval,
    an_expected_device_is_filled_in_when_it_enrols,
};
use history::hours_of_presence_are_kept;
use inventory::{
    a_device_reports_so_often_a_day, devices_are_found_by_what_they_report,
    programs_that_nobody_has_are_forgotten, reports_are_kept_and_their_differences_too,
    the_history_of_a_device_is_bounded,
};
use sign_in::{
    a_change_of_factors_ends_other_sessions, console_sessions_are_listed_and_end,
    disabled_people_are_signed_out_for_good, links_that_set_passwords_work_once,
    recovery_codes_work_once_and_go_with_the_factors,
    sessions_end_with_the_person_or_the_viewer_that_opened_them,
    sign_in_rules_hold_for_their_organisation,
};
use tree::the_tree_keeps_its_rules;
use webhooks::{
    a_webhook_is_on_hold_with_its_maker_and_tried_so_often,
    an_organisation_has_so_many_webhooks_and_none_of_anothers,
    what_waits_for_a_webhook_is_bounded_and_goes_with_it,
};

async fn checkpoints_of_old_days_are_kept_one_a_day(store: &dyn Store) {
    let fixture = Fixture::found(store).await;
    let key = SecretKey::from_seed([9; 32]);
    let chain = ChainId::Org(fixture.org());
    let sign = async |at: Timestamp| {
        store.record(&fixture.entry()).await.expect("records");
        let grown = store.grown_chains(1, 10).await.expect("reads");
        assert_eq!(grown.len(), 1);
        let checkpoint = Checkpoint::of(&grown[0], at);
        let sealed = checkpoint.seal(&key);
        let kept = store.keep_checkpoint(&checkpoint, &sealed).await;
        kept.expect("keeps");
        assert!(store.grown_chains(1, 10).await.expect("reads").is_empty());
    };
    let hours = |n: u64| later(n * 3600);
    for at in [0, 1, 2, 25, 26] {
        sign(hours(at)).await;
    }
    let kept = store.checkpoints(chain, 0, u64::MAX).await.expect("reads");
    let seqs: Vec<_> = kept.iter().map(|(seq, _)| *seq).collect();
    // The founding is record 1. The first, the first of the next day, the newest.
    assert_eq!(seqs, [2, 5, 6]);
    let opened = Checkpoint::open(&[key.public()], &kept[2].1).expect("opens");
    assert_eq!(opened.head(), store.chain_head(chain).await.expect("reads"));
    store.record(&fixture.entry()).await.expect("records");
    assert!(store.grown_chains(2, 10).await.expect("reads").is_empty());
    let part = store.checkpoints(chain, 2, 5).await.expect("reads");
    assert_eq!(part.len(), 1);
}

async fn an_output_goes_on_where_it_was(store: &dyn Store) {
    assert_eq!(store.delivered("file").await.expect("reads"), None);
    store.note_delivered("file", 7).await.expect("writes");
    store.note_delivered("syslog", 2).await.expect("writes");
    store.note_delivered("file", 9).await.expect("writes");
    assert_eq!(store.delivered("file").await.expect("reads"), Some(9));
}

async fn a_request_begins_once_and_is_answered_again_for_a_day(store: &dyn Store) {
    Fixture::found(store).await;
    let key = |caller: u128, name: u8| RepeatKey {
        caller: uuid::Uuid::from_u128(caller),
        key: [name; 32],
    };
    let begin = async |key, request: u8, at| {
        let begun = store.begin_request(key, [request; 32], at).await;
        begun.expect("answers")
    };
    let mine = key(1, 1);
    assert_eq!(begin(mine, 7, NOW).await, Begun::First);
    assert_eq!(begin(mine, 7, NOW).await, Begun::Open);
    assert_eq!(begin(mine, 8, NOW).await, Begun::Differs);
    assert_eq!(
        begin(key(2, 1), 8, NOW).await,
        Begun::First,
        "another caller"
    );
    store.keep_answer(mine, b"made").await.expect("keeps");
    assert_eq!(
        begin(mine, 7, later(3600)).await,
        Begun::Done(b"made".to_vec())
    );
    // What was answered is not forgotten; what did nothing is.
    store.forget_request(mine).await.expect("answers");
    assert_eq!(
        begin(mine, 7, later(1)).await,
        Begun::Done(b"made".to_vec())
    );
    store.forget_request(key(2, 1)).await.expect("forgets");
    assert_eq!(begin(key(2, 1), 9, later(1)).await, Begun::First);
    let next_day = NOW.after(KEPT_FOR);
    assert_eq!(begin(mine, 7, next_day).await, Begun::First);
    // A caller's oldest give way to their own newer ones, and to nobody else's.
    for n in 0..KEPT_MOST {
        let mut name = [2; 32];
        name[..4].copy_from_slice(&n.to_be_bytes());
        let busy = RepeatKey {
            caller: uuid::Uuid::from_u128(3),
            key: name,
        };
        assert_eq!(
            begin(busy, 1, next_day.after(Duration::from_millis(n.into()))).await,
            Begun::First
        );
    }
    let last = next_day.after(Duration::from_secs(60));
    assert_eq!(begin(key(3, 9), 1, last).await, Begun::First);
    let mut oldest = [2; 32];
    oldest[..4].copy_from_slice(&0u32.to_be_bytes());
    let oldest = RepeatKey {
        caller: uuid::Uuid::from_u128(3),
        key: oldest,
    };
    assert_eq!(
        begin(oldest, 1, last).await,
        Begun::First,
        "it had given way"
    );
    assert_eq!(begin(mine, 7, last).await, Begun::Open, "mine had not");
}

macro_rules! conformance {
    ($engine:ident: $make:expr; $($claim:ident)*) => {
        mod $engine {
            $(
                #[tokio::test]
                async fn $claim() {
                    let (store, _keep) = $make.await;
                    super::$claim(&store).await;
                }
            )*
        }
    };
}

async fn sqlite() -> (SqliteStore, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = SqliteStore::create(&folder.path().join("x.db")).await;
    (store.expect("creates"), folder)
}

conformance! {
    sqlite: super::sqlite();
    an_installation_is_founded_once
    people_sign_in_and_are_disabled
    a_ticket_works_as_often_as_it_says
    each_key_has_one_part
    devices_are_found_in_order_renamed_and_removed
    waiting_devices_are_approved_once
    only_a_newer_presence_counts
    a_device_has_one_open_session
    how_long_pictures_took_is_kept_as_told_last_and_never_taken_back
    a_person_opens_so_many_devices_and_the_same_ones_again
    the_hosts_word_is_kept_once
    every_chain_holds_after_everything
    records_are_found_by_what_they_are_about
    checkpoints_of_old_days_are_kept_one_a_day
    an_output_goes_on_where_it_was
    a_request_begins_once_and_is_answered_again_for_a_day
    an_organisation_has_so_many_webhooks_and_none_of_anothers
    what_waits_for_a_webhook_is_bounded_and_goes_with_it
    a_webhook_is_on_hold_with_its_maker_and_tried_so_often
}

conformance! {
    sqlite_catalogue: super::sqlite();
    every_order_has_every_device_once_in_both_directions
    searches_find_what_a_look_at_every_device_finds
    nobody_sees_more_than_they_may
    the_tree_keeps_its_rules
    acts_change_what_was_chosen_and_are_undone_exactly
    a_person_has_so_many_previews_and_the_oldest_goes
    removed_devices_are_nowhere_until_they_come_back_or_are_forgotten
    an_expected_device_is_filled_in_when_it_enrols
    a_serial_number_takes_a_place_once_and_after_approval
    hours_of_presence_are_kept
}

conformance! {
    sqlite_inventory: super::sqlite();
    reports_are_kept_and_their_differences_too
    a_device_reports_so_often_a_day
    the_history_of_a_device_is_bounded
    devices_are_found_by_what_they_report
    programs_that_nobody_has_are_forgotten
}

conformance! {
    sqlite_sign_in: super::sqlite();
    console_sessions_are_listed_and_end
    disabled_people_are_signed_out_for_good
    sign_in_rules_hold_for_their_organisation
    sessions_end_with_the_person_or_the_viewer_that_opened_them
    links_that_set_passwords_work_once
    a_change_of_factors_ends_other_sessions
    recovery_codes_work_once_and_go_with_the_factors
}

#[tokio::test]
async fn sqlite_files_are_private_and_what_is_none_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let (store, folder) = sqlite().await;
    Fixture::found(&store).await;
    let mut seen = 0;
    for file in std::fs::read_dir(folder.path()).expect("lists") {
        let mode = file
            .expect("is there")
            .metadata()
            .expect("has")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        seen += 1;
    }
    assert_eq!(seen, 3, "the database, its log and the log's index");
    let path = folder.path().join("x.db");
    assert!(matches!(
        SqliteStore::create(&path).await,
        Err(OpenError::Exists(_))
    ));
    let missing = SqliteStore::open(&folder.path().join("y.db")).await;
    assert!(matches!(missing, Err(OpenError::Missing(_))));
    let junk = folder.path().join("junk.db");
    std::fs::write(
        &junk,
        "this is no database, but it is long enough to look at",
    )
    .expect("writes");
    assert!(matches!(
        SqliteStore::open(&junk).await,
        Err(OpenError::Damaged(_))
    ));
}
