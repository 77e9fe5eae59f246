//! A world with everybody in it who could ask for something that is not theirs: two organisations,
//! two customers, people with roles here and there, and one of every thing at one customer.

use farpane_directory::app::access::assign::Giving;
use farpane_directory::app::access::tokens::TokenWish;
use farpane_directory::app::administer::TicketWish;
use farpane_directory::app::bulk::Selection;
use farpane_directory::app::caller::Caller;
use farpane_directory::audit::{Actor, Entry, Event, Personal};
use farpane_directory::model::access::{RoleRef, Subject};
use farpane_directory::model::bulk::Act;
use farpane_directory::model::field::FieldKind;
use farpane_directory::model::place::{PlaceKind, Spot};
use farpane_directory::model::request::Act as Asked;
use farpane_directory::model::text::Email;
use farpane_directory::model::ticket::TicketTerms;
use farpane_directory::model::{Account, Founding, Org, Tenant, new_uuid};
use farpane_directory::password::Hashed;
use farpane_directory::policy::rights::{Place, RoleRights};
use farpane_protocol::api::Approval;
use farpane_protocol::ids::{OrgId, TenantId, UserId};
use std::time::Duration;

use crate::agents::{Scene, host, relay, scene, viewer};
use crate::console::sign_in_as;
use crate::world::{ADMIN, PASSWORD, World};

/// In every name at the customer that the others must not hear of.
pub(crate) const NAME: &str = "Canary";

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
    fresh: std::cell::Cell<u32>,
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
        let world = World::start().await;
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
            world,
            scene,
            people: Vec::new(),
            fresh: std::cell::Cell::new(0),
        };
        seeded.another_org().await;
        let at = |tenant| Place::Tenant(tenant);
        seeded
            .staff(
                "other-customer",
                "dina@example.org",
                "administrator",
                at(bergen.id),
            )
            .await;
        seeded
            .staff("technician", "tom@example.org", "technician", at(first.id))
            .await;
        seeded
            .staff("admin", "ada@example.org", "administrator", at(first.id))
            .await;
        seeded.sign_in("owner", ADMIN).await;
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

    async fn person(&self, email: &str) -> UserId {
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

    /// The id of a real thing at the customer, for `{…}` after this part of a path. Every call
    /// makes a new one where that is cheap, so that who may remove it finds it there.
    pub(crate) async fn thing(&self, part: &str) -> String {
        self.fresh.set(self.fresh.get() + 1);
        let name = format!("{NAME} {part} {}", self.fresh.get());
        let operator = self.operator();
        let now = self.world.app.now();
        match part {
            "devices" => host(&self.world, &name).await.id.to_string(),
            "sessions" => {
                let device = self.scene.host.id;
                let store = &operator.core.store;
                let open = store.open_session_of(device).await.expect("reads");
                match open {
                    Some(open) => open.id.to_string(),
                    None => {
                        let granted = self.scene.viewer.ask(device).await.expect("granted");
                        granted.session.to_string()
                    }
                }
            }
            "relays" => {
                relay(&self.world, &name).await;
                let relays = operator.core.store.relays(operator.core.org.id).await;
                let relays = relays.expect("reads");
                let made = relays.iter().find(|relay| relay.name == name);
                made.expect("the relay").id.to_string()
            }
            "people" | "users" => {
                let email = format!("p{}@example.org", self.fresh.get());
                self.person(&email).await.to_string()
            }
            "chains" => self.tenant.to_string(),
            "customers" | "tenants" => operator
                .add_tenant(&name)
                .await
                .expect("adds")
                .id
                .to_string(),
            "places" => {
                let spot = Spot {
                    tenant: self.tenant,
                    place: None,
                };
                let place = operator.add_place(spot, PlaceKind::Site, &name).await;
                place.expect("adds").id.to_string()
            }
            // Previewed by somebody else: nobody but them may run it.
            "bulk" | "acts" => {
                let act = Act::Tag { tag: name };
                let selection = Selection::Devices(vec![self.scene.host.id]);
                let preview = operator.preview(act, &selection).await;
                preview.expect("previews").bulk.to_string()
            }
            "fields" => {
                let key = format!("field-{}", self.fresh.get());
                let field = operator.add_field(&key, "", FieldKind::Text).await;
                field.expect("adds").key
            }
            "roles" => {
                // Roles belong to the organisation and not to a customer.
                let name = format!("Role {}", self.fresh.get());
                let role = operator.make_role(&name, RoleRights::default()).await;
                match role.expect("makes").id {
                    RoleRef::Own(id) => id.to_string(),
                    RoleRef::Builtin(builtin) => builtin.name().to_owned(),
                }
            }
            "groups" => operator
                .make_group(&name)
                .await
                .expect("makes")
                .id
                .to_string(),
            "tickets" => {
                let wish = TicketWish::Device {
                    tenant: self.tenant,
                    uses: 1,
                    approval: Approval::Approved,
                    terms: TicketTerms::default(),
                };
                let place = (&self.world.app.identity.url, self.world.pin());
                let life = Duration::from_secs(3600);
                let made = operator
                    .core
                    .make_ticket(wish, life, place, Actor::Operator);
                made.await.expect("makes").1.id.to_string()
            }
            "viewers" => {
                viewer(&self.world).await;
                let store = &operator.core.store;
                let owner = Email::parse(ADMIN).expect("an address");
                let owner = store.account_by_email(&owner).await.expect("reads");
                let (owner, _) = owner.expect("is there");
                let viewers = store.viewers_of(owner.org, owner.id).await.expect("reads");
                viewers[0].id.to_string()
            }
            "members" => {
                let email = format!("m{}@example.org", self.fresh.get());
                self.person(&email).await.to_string()
            }
            "assignments" => {
                let email = format!("a{}@example.org", self.fresh.get());
                let giving = Giving {
                    subject: Subject::Person(self.person(&email).await),
                    role: "observer".into(),
                    place: Place::Tenant(self.tenant),
                    from: None,
                    until: None,
                    hours: None,
                };
                let given = operator.give_role(&giving).await.expect("gives");
                given.now().expect("at once").assignment.id.to_string()
            }
            "requests" => {
                let email = format!("r{}@example.org", self.fresh.get());
                let asker = self.person(&email).await;
                let asker = operator
                    .core
                    .store
                    .account(operator.core.org.id, asker)
                    .await;
                let asker = asker.expect("reads").expect("is there");
                let act = Asked::HaveRole {
                    role: "observer".into(),
                    place: format!("tenant {}", self.tenant),
                    seconds: 60,
                };
                let held = operator
                    .core
                    .hold((Actor::Operator, &asker), act, &name, None);
                held.await.expect("holds").id.to_string()
            }
            "tokens" => {
                let wish = TokenWish {
                    name,
                    scopes: vec!["see-devices".into()],
                    place: Place::Tenant(self.tenant),
                    life: Duration::from_secs(60),
                };
                let made = operator.make_token(Some(ADMIN), &wish).await;
                made.expect("makes").1.id.to_string()
            }
            "docs" => "swagger-ui.css".into(),
            "assets" => "console.css".into(),
            // What only its receiver can name, and what takes a ceremony to make.
            "link" | "passkeys" => new_uuid(now).to_string(),
            // Things of the caller's own, which nobody else can name: an id of nothing.
            "searches" | "own" => new_uuid(now).to_string(),
            other => panic!(
                "say in tests/http/seed.rs which real thing stands behind …/{other}/{{…}}, so that \
                 the table tries everybody on it"
            ),
        }
    }
}
