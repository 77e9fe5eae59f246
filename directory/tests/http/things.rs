//! One of every thing at one customer, so that the table of who gets what tries everybody on what is
//! really there.

use std::time::Duration;

use farpane_directory::app::access::assign::Giving;
use farpane_directory::app::access::tokens::TokenWish;
use farpane_directory::app::administer::TicketWish;
use farpane_directory::app::bulk::Selection;
use farpane_directory::app::caller::Caller;
use farpane_directory::audit::{Actor, Event};
use farpane_directory::model::access::{RoleRef, Subject};
use farpane_directory::model::bulk::Act;
use farpane_directory::model::field::FieldKind;
use farpane_directory::model::place::{PlaceKind, Spot};
use farpane_directory::model::proof::{FactorKind, Passkey};
use farpane_directory::model::request::Act as Asked;
use farpane_directory::model::text::Email;
use farpane_directory::model::ticket::TicketTerms;
use farpane_directory::model::{Account, TicketRecord, new_uuid};
use farpane_directory::policy::rights::{Place, RoleRights};
use farpane_directory::store::web_sessions::Ended;
use farpane_protocol::api::{Approval, DeviceCode, DeviceCodeRequest, HostEvent, HostFact, path};
use farpane_protocol::enrolment::Ticket;
use farpane_protocol::ids::UserId;

use crate::agents::{Agent, relay, view_and_control, viewer, viewer_of};
use crate::seed::{BYSTANDER, NAME, Seeded};
use crate::world::ADMIN;

impl Seeded {
    /// Who is behind a console session.
    async fn caller(&self, cookie: &str) -> Caller {
        let (_, secret) = cookie.split_once('=').expect("a cookie");
        let caller = self.world.app.web_caller(secret).await.expect("reads");
        caller.expect("is signed in")
    }

    /// Does what somebody previewed, if they did and may.
    pub(crate) async fn run(&self, bulk: &str, whose: &str) {
        let bulk = bulk.parse().expect("an id");
        // Who may not do it finds it not done.
        self.caller(whose).await.run_bulk(bulk).await.ok();
    }

    /// Puts a person into a group.
    pub(crate) async fn join(&self, group: &str, person: &str) {
        let (group, person) = (
            group.parse().expect("an id"),
            person.parse().expect("an id"),
        );
        let joined = self.operator().join_group(group, UserId(person)).await;
        joined.expect("joins");
    }

    /// Who has an address at the organisation.
    async fn account(&self, email: &str) -> Account {
        let email = Email::parse(email).expect("an address");
        let found = self.world.app.core.store.account_by_email(&email).await;
        found.expect("reads").expect("is there").0
    }

    /// Somebody who may do nothing.
    pub(crate) async fn bystander(&self) -> UserId {
        self.account(BYSTANDER).await.id
    }

    /// Removes a person, so that only their records are left.
    pub(crate) async fn remove(&self, person: &str) {
        let removed = self.operator().remove_person(person).await;
        removed.expect("removes");
    }

    /// A viewer of a person.
    pub(crate) async fn viewer_of(&self, person: &str) -> String {
        let core = &self.world.app.core;
        let person = UserId(person.parse().expect("an id"));
        let account = core.store.account(core.org.id, person).await;
        let account = account.expect("reads").expect("is there");
        viewer_of(&self.world, account.email.as_str()).await;
        let viewers = core.store.viewers_of(core.org.id, person).await;
        viewers.expect("reads")[0].id.to_string()
    }

    /// A viewer that waits to be let in by a person.
    pub(crate) async fn asking_viewer(&self) -> (Agent, DeviceCode) {
        self.pause(6);
        let agent = Agent::new(&self.world);
        let request = DeviceCodeRequest {
            key: agent.public(),
            proof: agent.proof().await,
            name: "laptop".into(),
            version: "0.1.0".into(),
        };
        let code = agent.post(path::DEVICE_CODE, &request).await;
        let code = code.expect("codes");
        (agent, code)
    }

    /// Ends what runs at the device, so that another session can begin.
    pub(crate) async fn no_session(&self) {
        let operator = self.operator();
        let open = operator.core.store.open_session_of(self.scene.host.id);
        if let Some(open) = open.await.expect("reads") {
            let stopped = operator.stop_session(open.id).await;
            assert!(stopped.expect("stops"));
        }
    }

    /// Lets the host say that the session at the device runs.
    pub(crate) async fn session_runs(&self) {
        let open = self.thing("sessions", "").await;
        let event = HostEvent {
            session: Some(open.parse().expect("an id")),
            grant: None,
            what: HostFact::Started {
                scopes: view_and_control(),
                by_person: true,
            },
        };
        let host = &self.scene.host.agent;
        host.post::<()>(path::HOST_EVENT, &event)
            .await
            .expect("taken");
    }

    /// A ticket for a device of the customer.
    pub(crate) async fn ticket(&self) -> (Ticket, TicketRecord) {
        let wish = TicketWish::Device {
            tenant: self.tenant,
            uses: 1,
            approval: Approval::Approved,
            terms: TicketTerms::default(),
        };
        let place = (&self.world.app.identity.url, self.world.pin());
        let life = Duration::from_secs(3600);
        let core = &self.world.app.core;
        let made = core.make_ticket(wish, life, place, Actor::Operator);
        made.await.expect("makes")
    }

    /// A passkey of somebody at the organisation.
    async fn passkey(&self) -> String {
        let email = format!("k{}@example.org", self.fresh.get());
        let (core, now) = (&self.world.app.core, self.world.app.now());
        let account = self.person(&email).await;
        let passkey = Passkey {
            id: new_uuid(now),
            org: core.org.id,
            account,
            name: format!("{NAME} key ring"),
            credential_id: email.into_bytes(),
            credential: "{}".into(),
            created: now,
            last_used: None,
        };
        let event = Event::FactorAdded {
            account,
            factor: FactorKind::Passkey,
        };
        let entry = core.entry(Actor::Operator, event);
        let ended = Ended::AllBut(passkey.id);
        let added = core.store.add_passkey(&passkey, ended, &entry).await;
        assert!(added.expect("adds"));
        passkey.id.to_string()
    }

    /// The id of a real thing at the customer, for `{…}` after this part of a path. Every call
    /// makes a new one where that is cheap, so that who may remove it finds it there.
    ///
    /// Of what belongs to whoever made it, it is that of the person with this console session.
    pub(crate) async fn thing(&self, part: &str, whose: &str) -> String {
        self.fresh.set(self.fresh.get() + 1);
        let name = format!("{NAME} {part} {}", self.fresh.get());
        let operator = self.operator();
        match part {
            "devices" => {
                let (ticket, _) = self.ticket().await;
                let host = Agent::new(&self.world);
                let enrolled = host.enroll_device(&ticket.secret, &name).await;
                enrolled.expect("enrols").device.to_string()
            }
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
            // Nobody but who previewed it may run it.
            "bulk" | "acts" => {
                // Tags are words of the organisation and not of a customer.
                let tag = format!("tag {}", self.fresh.get());
                let act = Act::Tag { tag };
                let selection = Selection::Devices(vec![self.scene.host.id]);
                let caller = self.caller(whose).await;
                match caller.preview(act.clone(), &selection).await {
                    Ok(preview) => preview.bulk.to_string(),
                    // Who may not preview it tries somebody else's.
                    Err(_) => {
                        let preview = operator.preview(act, &selection).await;
                        preview.expect("previews").bulk.to_string()
                    }
                }
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
            "tickets" => self.ticket().await.1.id.to_string(),
            "viewers" => {
                viewer(&self.world).await;
                let store = &operator.core.store;
                let owner = self.account(ADMIN).await;
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
            // One is enough for all who may not touch it: there may only be some.
            "webhooks" => match operator.webhooks().await.expect("reads").first() {
                Some(webhook) => webhook.id.to_string(),
                None => {
                    let vault = &self.world.app.identity.vault;
                    let all = ["*".to_owned()];
                    let made = operator.make_webhook(vault, "https://hooks.example/", &all);
                    made.await.expect("makes").0.id.to_string()
                }
            },
            "docs" => "swagger-ui.css".into(),
            "assets" => "console.css".into(),
            "link" => {
                let email = format!("l{}@example.org", self.fresh.get());
                let (_, secret) = operator.invite(&email, "Lena").await.expect("invites");
                secret.expose().to_owned()
            }
            "passkeys" => self.passkey().await,
            "searches" => {
                let caller = self.caller(whose).await;
                let saved = caller.save_search(&name, "till", false).await;
                saved.expect("saves").id.to_string()
            }
            other => panic!(
                "say in tests/http/seed.rs which real thing stands behind …/{other}/{{…}}, so that \
                 the table tries everybody on it"
            ),
        }
    }
}
