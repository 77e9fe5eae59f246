//! A world with everybody in it who could ask for something that is not theirs: two organisations,
//! two customers, people with roles here and there, and one of every thing at one customer.

use farpane_directory::app::access::assign::Giving;
use farpane_directory::app::access::tokens::TokenWish;
use farpane_directory::app::caller::Caller;
use farpane_directory::audit::{Actor, Entry, Event, Kept, Personal};
use farpane_directory::clock::Clock;
use farpane_directory::model::access::Subject;
use farpane_directory::model::text::Email;
use farpane_directory::model::{Account, Founding, Org, Tenant, new_uuid};
use farpane_directory::password::Hashed;
use farpane_directory::policy::rights::Place;
use farpane_protocol::ids::{OrgId, TenantId, UserId};
use std::time::Duration;

use crate::agents::{Agent, Host, Scene, host, relay, scene, viewer_of};
use crate::console::sign_in_as;
use crate::world::{ADMIN, PASSWORD, START, World};

/// In every name at the customer that the others must not hear of.
pub(crate) const NAME: &str = "Canary";

/// Somebody at the organisation who may do nothing, and to whom others give things.
pub(crate) const BYSTANDER: &str = "vera@example.org";

/// What stands for it where nothing is there.
pub(crate) const ABSENT: &str = "Absent";

/// The id of nothing.
pub(crate) const NOBODY: &str = "00000000-0000-7000-8000-000000000000";

/// Records to read at once.
const LOOKED_AT: u32 = 1000;

/// A person with a console session.
pub(crate) struct Signed {
    /// How the golden table calls them.
    pub(crate) who: &'static str,
    pub(crate) email: &'static str,
    pub(crate) cookie: String,
}

pub(crate) struct Seeded {
    pub(crate) world: World,
    pub(crate) scene: Scene,
    pub(crate) tenant: TenantId,
    pub(crate) people: Vec<Signed>,
    /// A program that may see the devices of the customer and nothing else.
    pub(crate) token: Agent,
    /// A viewer of the administrator of another customer.
    pub(crate) other_viewer: Agent,
    /// Another device of the same customer.
    pub(crate) other_host: Host,
    /// A device of the customer that is about to take another key.
    pub(crate) turning: Host,
    /// A relay that nothing depends on.
    pub(crate) spare: Agent,
    pub(super) fresh: std::cell::Cell<u32>,
    /// The last record that was looked at.
    looked_at: std::cell::Cell<u64>,
}

fn account(world: &World, org: OrgId, email: &str, name: &str) -> Account {
    Account {
        id: UserId(new_uuid(world.app.now())),
        org,
        email: Email::parse(email).expect("an address"),
        name: name.into(),
        disabled: None,
    }
}

impl Seeded {
    pub(crate) async fn start() -> Self {
        let world = World::with(Clock::by_hand(START)).await;
        let operator = Caller::operator(world.app.core.clone());
        let first = world.app.core.tenant(None).await.expect("a tenant");
        operator
            .rename_tenant(first.id, &format!("{NAME} Oslo Shops"))
            .await
            .expect("renames");
        let scene = scene(&world).await;
        let till = format!("{NAME} till");
        let rename = world
            .app
            .core
            .rename_device(scene.host.id, &till, Actor::Operator);
        rename.await.expect("renames");
        let bergen = operator.add_tenant("Zz Bergen").await.expect("adds");
        let mut seeded = Self {
            tenant: first.id,
            token: Agent::new(&world),
            other_viewer: Agent::new(&world),
            other_host: host(&world, "other").await,
            turning: host(&world, "turning").await,
            spare: relay(&world, "spare").await,
            world,
            scene,
            people: Vec::new(),
            fresh: std::cell::Cell::new(0),
            looked_at: std::cell::Cell::new(0),
        };
        seeded.another_org().await;
        let at = Place::Tenant;
        seeded
            .staff(
                "other-customer",
                "dina@example.org",
                "administrator",
                at(bergen.id),
            )
            .await;
        seeded.other_viewer = viewer_of(&seeded.world, "dina@example.org").await;
        seeded
            .staff("technician", "tom@example.org", "technician", at(first.id))
            .await;
        seeded
            .staff("admin", "ada@example.org", "administrator", at(first.id))
            .await;
        seeded.sign_in("owner", ADMIN).await;
        seeded.person(BYSTANDER).await;
        let wish = TokenWish {
            name: "Least".into(),
            scopes: vec!["see-devices".into()],
            place: at(first.id),
            life: Duration::from_secs(3600),
        };
        let made = seeded.operator().make_token(Some(ADMIN), &wish).await;
        let (secret, _) = made.expect("makes");
        seeded.token.token = Some(secret);
        seeded
    }

    async fn another_org(&mut self) {
        let world = &self.world;
        let now = world.app.now();
        let org = Org {
            id: OrgId(new_uuid(now)),
            name: "Beta".into(),
        };
        let founding = Founding {
            tenant: Tenant {
                id: TenantId(new_uuid(now)),
                org: org.id,
                name: "Beta itself".into(),
            },
            admin: account(world, org.id, "bo@beta.example", "Bo Beta"),
            password: Hashed::new(PASSWORD).expect("hashes"),
            org,
        };
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
        let founded = world.app.core.store.found_another(&founding, &entry).await;
        assert!(founded.expect("founds"));
        self.sign_in("other-organisation", "bo@beta.example").await;
    }

    async fn sign_in(&mut self, who: &'static str, email: &'static str) {
        let cookie = sign_in_as(&self.world, email).await;
        self.people.push(Signed { who, email, cookie });
    }

    pub(super) async fn person(&self, email: &str) -> UserId {
        let core = &self.world.app.core;
        let person = account(&self.world, core.org.id, email, email);
        let event = Event::AccountEnabled { account: person.id };
        let entry = core.entry(Actor::Operator, event);
        let password = Hashed::new(PASSWORD).expect("hashes");
        let added = core
            .store
            .add_account(&person, &password, self.world.app.now(), &entry);
        added.await.expect("adds");
        person.id
    }

    async fn staff(&mut self, who: &'static str, email: &'static str, role: &str, place: Place) {
        let person = self.person(email).await;
        let giving = Giving {
            subject: Subject::Person(person),
            role: role.into(),
            place,
            from: None,
            until: None,
            hours: None,
        };
        self.operator().give_role(&giving).await.expect("gives");
        self.sign_in(who, email).await;
    }

    /// The console session of one of the people.
    pub(crate) fn cookie(&self, who: &str) -> &str {
        let signed = self.people.iter().find(|signed| signed.who == who);
        &signed.expect("one of the people").cookie
    }

    pub(crate) fn operator(&self) -> Caller {
        Caller::operator(self.world.app.core.clone())
    }

    /// Lets some time pass, so that whoever tries for everybody from one address is not held up.
    pub(crate) fn pause(&self, seconds: u64) {
        self.world.clock.advance(Duration::from_secs(seconds));
    }

    /// What was recorded since the last look, but for what the directory did by itself.
    pub(crate) async fn recorded(&self) -> Vec<Kept> {
        let store = &self.world.app.core.store;
        let mut all = Vec::new();
        loop {
            let more = store.records_since(None, self.looked_at.get(), LOOKED_AT);
            let more = more.await.expect("reads");
            let Some(last) = more.last() else { break };
            self.looked_at.set(last.number);
            all.extend(more);
        }
        all.retain(|kept| kept.record.read().expect("is known").actor != Actor::Directory);
        all
    }
}
