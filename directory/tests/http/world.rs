//! A running directory in a folder of its own.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use farpane_certs::directory::Identity as TlsIdentity;
use farpane_directory::app::access::assign::Giving;
use farpane_directory::app::administer::TicketWish;
use farpane_directory::app::bulk::Selection;
use farpane_directory::app::caller::Caller;
use farpane_directory::app::{App, Core, Identity, dispatch, happenings, keeper};
use farpane_directory::audit::{Actor, Body, Entry, Event, Personal};
use farpane_directory::clock::Clock;
use farpane_directory::http::listener::Server;
use farpane_directory::http::router;
use farpane_directory::model::access::Subject;
use farpane_directory::model::bulk::Act;
use farpane_directory::model::text::Email;
use farpane_directory::model::ticket::TicketTerms;
use farpane_directory::model::{Account, Founding, Org, Tenant, new_uuid};
use farpane_directory::password::Hashed;
use farpane_directory::policy::rights::Place;
use farpane_directory::store::sqlite::SqliteStore;
use farpane_directory::store::{Installation as _, Store};
use farpane_directory::vault::Vault;
use farpane_protocol::api::{Approval, DIRECTORY_SERVER_NAME};
use farpane_protocol::enrolment::Ticket;
use farpane_protocol::ids::{DeviceId, OrgId, TenantId, UserId};
use farpane_protocol::key::Fingerprint;
use farpane_protocol::time::Timestamp;
use tokio::net::TcpListener;

pub(crate) const ADMIN: &str = "anna@example.org";
pub(crate) const PASSWORD: &str = "correct horse battery";

/// A moment at which clocks that are moved by hand begin.
pub(crate) const START: Timestamp = Timestamp(1_795_000_000_000_000);

pub(crate) struct World {
    pub(crate) app: Arc<App>,
    pub(crate) address: SocketAddr,
    pub(crate) folder: Arc<tempfile::TempDir>,
    pub(crate) clock: Clock,
}

impl Drop for World {
    fn drop(&mut self) {
        self.app.shutdown.cancel();
    }
}

pub(crate) fn database(folder: &Path) -> std::path::PathBuf {
    folder.join("directory.db")
}

pub(crate) fn founding(now: Timestamp) -> Founding {
    let org = OrgId(new_uuid(now));
    Founding {
        org: Org {
            id: org,
            name: "Acme MSP".into(),
        },
        tenant: Tenant {
            id: TenantId(new_uuid(now)),
            org,
            name: "Oslo Shops".into(),
        },
        admin: Account {
            id: UserId(new_uuid(now)),
            org,
            email: Email::parse(ADMIN).expect("an address"),
            name: "Anna Berg".into(),
            disabled: None,
        },
        password: Hashed::new(PASSWORD).expect("hashes"),
    }
}

pub(crate) async fn found(store: &SqliteStore, now: Timestamp) -> Org {
    let founding = founding(now);
    let entry = Entry {
        org: founding.org.id,
        tenant: None,
        at: now,
        actor: Actor::Operator,
        event: Event::Founded {
            org: founding.org.id,
            tenant: founding.tenant.id,
            account: founding.admin.id,
        },
        personal: Personal::default(),
    };
    assert!(store.found(&founding, &entry).await.expect("founds"));
    founding.org
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::with(Clock::wall()).await
    }

    pub(crate) async fn with(clock: Clock) -> Self {
        let folder = Arc::new(tempfile::tempdir().expect("a folder"));
        let store = SqliteStore::create(&database(folder.path()))
            .await
            .expect("creates");
        found(&store, clock.now()).await;
        Self::serve(folder, store, clock).await
    }

    /// Another server on the same folder, after this one is gone.
    pub(crate) async fn again(folder: Arc<tempfile::TempDir>) -> Self {
        let store = SqliteStore::open(&database(folder.path()))
            .await
            .expect("opens");
        Self::serve(folder, store, Clock::wall()).await
    }

    async fn serve(folder: Arc<tempfile::TempDir>, store: SqliteStore, clock: Clock) -> Self {
        farpane_certs::install_provider();
        let identity = TlsIdentity::load_or_create(folder.path()).expect("an identity");
        let tls = identity
            .tls_config(&["127.0.0.1".to_owned()], None)
            .expect("a configuration");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("listens");
        let address = listener.local_addr().expect("an address");
        let core = Core {
            org: store.org().await.expect("reads").expect("founded"),
            store: Arc::new(store) as Arc<dyn Store>,
            clock: clock.clone(),
        };
        keeper::begin(&core).await.expect("begins");
        let grant_key = folder.path().join("grant.key");
        let vault_key = folder.path().join("vault.key");
        let identity = Identity {
            fingerprint: identity.fingerprint(),
            grant_key: farpane_certs::keys::load_or_create(&grant_key).expect("a key"),
            audit_key: farpane_certs::keys::load_or_create(&folder.path().join("audit.key"))
                .expect("a key"),
            vault: Vault::new(&farpane_certs::keys::load_or_create(&vault_key).expect("a key")),
            url: format!("https://localhost:{}", address.port())
                .parse()
                .expect("an address"),
        };
        let (app, backstage) = App::new(core, identity).expect("starts");
        let end = app.shutdown.clone();
        let taken = app.metrics.connections.clone();
        let server = Server::tls(router(app.clone()), tls, taken, end);
        tokio::spawn(server.run(listener));
        tokio::spawn(dispatch::run(app.clone(), backstage));
        tokio::spawn(happenings::run(app.clone()));
        Self {
            app,
            address,
            folder,
            clock,
        }
    }

    pub(crate) fn pin(&self) -> Fingerprint {
        self.app.identity.fingerprint
    }

    /// A client that trusts this directory's identity only and follows nothing.
    pub(crate) fn client(&self) -> reqwest::Client {
        reqwest::Client::builder()
            .tls_backend_preconfigured(farpane_certs::directory::pinned_client(self.pin()))
            .resolve(DIRECTORY_SERVER_NAME, self.address)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client")
    }

    pub(crate) fn url(&self, path: &str) -> String {
        let port = self.address.port();
        format!("https://{DIRECTORY_SERVER_NAME}:{port}{path}")
    }

    pub(crate) async fn device_ticket(&self, uses: u32, approval: Approval) -> Ticket {
        let tenant = self.app.core.tenant(None).await.expect("a tenant");
        let wish = TicketWish::Device {
            tenant: tenant.id,
            uses,
            approval,
            terms: TicketTerms::default(),
        };
        self.ticket(wish).await
    }

    pub(crate) async fn relay_ticket(&self, name: &str) -> Ticket {
        self.ticket(TicketWish::Relay { name: name.into() }).await
    }

    async fn ticket(&self, wish: TicketWish) -> Ticket {
        let place = (&self.app.identity.url, self.pin());
        let life = Duration::from_secs(3600);
        let made = self
            .app
            .core
            .make_ticket(wish, life, place, Actor::Operator);
        made.await.expect("a ticket").0
    }

    /// The operator at this directory's own machine.
    pub(crate) fn operator(&self) -> Caller {
        Caller::operator(self.app.core.clone())
    }

    /// Removes a device as the console does.
    pub(crate) async fn remove(&self, device: DeviceId) {
        let selection = Selection::Devices(vec![device]);
        let removed = self.operator().act(Act::Remove, &selection).await;
        assert_eq!(removed.expect("removes").1, 1);
    }

    /// Disables the founder, after somebody else owns the organisation too.
    pub(crate) async fn disable_admin(&self) {
        let core = &self.app.core;
        let second = Account {
            id: UserId(new_uuid(self.app.now())),
            org: core.org.id,
            email: Email::parse("zoe@example.org").expect("an address"),
            name: "Zoe Owner".into(),
            disabled: None,
        };
        let event = Event::PersonInvited { account: second.id };
        let entry = core.entry(Actor::Operator, event);
        let password = Hashed::new(PASSWORD).expect("hashes");
        let added = core
            .store
            .add_account(&second, &password, self.app.now(), &entry);
        added.await.expect("adds");
        let giving = Giving {
            subject: Subject::Person(second.id),
            role: "owner".into(),
            place: Place::Org,
            from: None,
            until: None,
            hours: None,
        };
        let operator = self.operator();
        operator.give_role(&giving).await.expect("gives");
        assert!(operator.disable_person(ADMIN).await.expect("disables"));
    }

    /// Enables the founder again.
    pub(crate) async fn enable_admin(&self) {
        let enabled = self.operator().enable_person(ADMIN).await;
        assert!(enabled.expect("enables"));
    }

    /// Every record, and the proof that they hold together.
    pub(crate) async fn records(&self) -> Vec<(Body, Personal)> {
        let verified = self
            .app
            .core
            .verify_audit(&self.app.audit_keys())
            .await
            .expect("reads");
        let whole = verified.expect("the chain holds");
        let org = self.app.core.org.id;
        let kept = self
            .app
            .core
            .store
            .records_since(Some(org), 0, 100_000)
            .await;
        let records: Vec<_> = kept
            .expect("reads")
            .iter()
            .map(|kept| {
                (
                    kept.record.read().expect("is known"),
                    kept.record.personal(),
                )
            })
            .collect();
        assert_eq!(records.len() as u64, whole);
        records
    }

    /// Asserts that exactly one more record was written by what is done, and returns it.
    pub(crate) async fn recorded<T>(&self, done: impl Future<Output = T>) -> (T, Event) {
        let before = self.records().await.len();
        let result = done.await;
        let records = self.records().await;
        assert_eq!(records.len(), before + 1, "one record: {records:?}");
        let (body, _) = records.into_iter().next_back().expect("the record");
        (result, body.event)
    }
}
