//! What programs send: for every endpoint of theirs words that it understands, about real things of
//! the one customer, or about things that are not there.

use farpane_directory::http::Endpoint;
use farpane_protocol::api::inventory::Inventory;
use farpane_protocol::api::{
    Approval, ChallengeRequest, DeviceCodePoll, DeviceCodeRequest, EnrollDevice, EnrollRelay,
    HostEvent, HostFact, LeaseRequest, RelayHello, SessionRequest, SignIn, TokenRequest, path,
};
use farpane_protocol::ids::{DeviceId, SessionId};
use farpane_protocol::latency::SessionLatency;
use farpane_protocol::revocation::HostMemory;
use farpane_protocol::scope::{Scope, ScopeSet};
use reqwest::Method;
use serde_json::{Value, json};

use crate::agents::{Agent, host, host_with, present};
use crate::forms::{filled, is_form};
use crate::machines::change;
use crate::seed::{ABSENT, BYSTANDER, NAME, NOBODY, Seeded};
use crate::world::PASSWORD;

/// A moment that is long to come, in microseconds.
const LATER: u64 = 4_000_000_000_000_000;

/// What goes with a request.
#[derive(Clone, PartialEq)]
pub(crate) enum Sent {
    Nothing,
    Json(Value),
    Table(String),
    Form(String),
}

impl Sent {
    /// Whether it says this word itself.
    pub(crate) fn says(&self, word: &str) -> bool {
        match self {
            Self::Nothing => false,
            Self::Json(body) => body.to_string().contains(word),
            Self::Table(text) | Self::Form(text) => text.contains(word),
        }
    }
}

/// Whether a request is about what is there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum About {
    Real,
    Nothing,
}

/// What a request needs that is not in its path.
pub(crate) struct Words<'a> {
    pub(crate) seeded: &'a Seeded,
    pub(crate) endpoint: Endpoint,
    pub(crate) about: About,
    /// In what may be there once only.
    pub(crate) fresh: usize,
}

impl Words<'_> {
    /// Everything that is tried: for a form, nothing and then what a person would fill in.
    pub(crate) async fn tried(&self) -> Vec<Sent> {
        if is_form(self.endpoint) {
            return vec![Sent::Form(String::new()), Sent::Form(filled(self).await)];
        }
        if matches!(self.endpoint.method(), Method::GET | Method::DELETE) {
            return vec![Sent::Nothing];
        }
        vec![self.body().await]
    }

    /// An id of the customer's, or one of nothing.
    pub(crate) fn id(&self, real: impl ToString) -> String {
        match self.about {
            About::Real => real.to_string(),
            About::Nothing => NOBODY.to_owned(),
        }
    }

    /// What stands behind a path that asks for it.
    pub(crate) async fn query(&self) -> String {
        if self.endpoint.path() == "/api/v1/access/check" {
            let vera = self.seeded.bystander().await;
            let device = self.id(self.seeded.scene.host.id);
            return format!("?person={vera}&action=view&device={device}");
        }
        String::new()
    }

    async fn body(&self) -> Sent {
        let path = self.endpoint.path();
        if path.starts_with("/agent/") {
            return Sent::Json(self.said_by_agent(path).await);
        }
        if path == "/api/v1/catalogue/import" {
            let whose = match self.about {
                About::Real => NAME,
                About::Nothing => ABSENT,
            };
            let row = format!("expected-{},{whose} Oslo Shops", self.fresh);
            return Sent::Table(format!("name,customer\n{row}\n"));
        }
        if !path.starts_with("/api/") {
            // The ceremonies of passkeys, which begin with nothing and end with what only the
            // owner of a key can say.
            return Sent::Json(json!({"ceremony": "none", "answer": {}, "name": "key"}));
        }
        self.said_by_program(path).await
    }

    async fn said_by_agent(&self, asked: &str) -> Value {
        let world = &self.seeded.world;
        let scene = &self.seeded.scene;
        let agent = Agent::new(world);
        let key = agent.public();
        let session: SessionId = self.session().await;
        let said = match asked {
            path::CHALLENGE => serde_json::to_value(ChallengeRequest { key }),
            path::TOKEN => {
                // A new token ends the one before.
                let agent = host(world, "proves").await.agent;
                serde_json::to_value(TokenRequest {
                    key: agent.public(),
                    proof: agent.proof().await,
                    version: "0.1.0".into(),
                })
            }
            path::ENROLL_DEVICE => serde_json::to_value(EnrollDevice {
                secret: self.seeded.ticket().await.0.secret,
                key,
                proof: agent.proof().await,
                name: format!("new-{}", self.fresh),
                os: "Debian 12".into(),
                version: "0.1.0".into(),
                unattended: false,
                machine: None,
            }),
            path::ENROLL_RELAY => serde_json::to_value(EnrollRelay {
                secret: world.relay_ticket(&format!("r{}", self.fresh)).await.secret,
                key,
                proof: agent.proof().await,
                version: "0.1.0".into(),
            }),
            path::HOST_LEASE => serde_json::to_value(LeaseRequest { session }),
            path::HOST_EVENT => serde_json::to_value(HostEvent {
                session: Some(session),
                grant: None,
                what: HostFact::Asked,
            }),
            path::HOST_MEMORY => serde_json::to_value(HostMemory {
                changes: vec![],
                successions: vec![],
            }),
            path::HOST_KEY => {
                let turning = &self.seeded.turning;
                serde_json::to_value(change(&turning.agent, world, turning.id, &agent.key))
            }
            path::HOST_INVENTORY => serde_json::to_value(Inventory::default()),
            path::RELAY_STREAM => serde_json::to_value(RelayHello {
                address: "192.0.2.2:4433".into(),
                version: "0.1.0".into(),
            }),
            path::RELAY_REPORT => {
                let counter = 100 + self.fresh as u64;
                let here = scene.host.at(scene.relay.public(), counter);
                serde_json::to_value(present(false, vec![here]))
            }
            other => panic!("say in tests/http/bodies.rs what agents send to {other}"),
        };
        said.expect("is JSON")
    }

    /// The session that is open at the customer's device.
    async fn session(&self) -> SessionId {
        let needs = [path::HOST_LEASE, path::HOST_EVENT];
        let id = if needs.contains(&self.endpoint.path()) && self.about == About::Real {
            self.seeded.thing("sessions", "").await
        } else {
            NOBODY.to_owned()
        };
        id.parse().expect("an id")
    }

    /// A device of the customer that waits to be let in.
    pub(crate) async fn waiting(&self) -> DeviceId {
        let name = format!("{NAME} waiting {}", self.fresh);
        host_with(&self.seeded.world, &name, Approval::Pending)
            .await
            .id
    }

    async fn said_by_viewer(&self, asked: &str) -> Option<Value> {
        let agent = Agent::new(&self.seeded.world);
        let (key, name, version) = (agent.public(), "laptop".to_owned(), "0.1.0".to_owned());
        let said = match asked {
            path::SIGN_IN => serde_json::to_value(SignIn {
                email: BYSTANDER.into(),
                password: PASSWORD.into(),
                key,
                proof: agent.proof().await,
                name,
                version,
            }),
            path::DEVICE_CODE => {
                self.seeded.pause(6);
                serde_json::to_value(DeviceCodeRequest {
                    key,
                    proof: agent.proof().await,
                    name,
                    version,
                })
            }
            path::DEVICE_CODE_POLL => serde_json::to_value(DeviceCodePoll {
                device_code: self.seeded.asking_viewer().await.1.device_code,
            }),
            path::SESSIONS => {
                self.seeded.no_session().await;
                let device = self.id(self.seeded.scene.host.id);
                serde_json::to_value(SessionRequest {
                    device: device.parse().expect("an id"),
                    scopes: ScopeSet::of(&[Scope::View]),
                    also: ScopeSet::EMPTY,
                    reason: "the printer is offline".into(),
                })
            }
            "/api/v1/sessions/{id}/latency" => {
                self.seeded.session_runs().await;
                serde_json::to_value(SessionLatency::default())
            }
            _ => return None,
        };
        Some(said.expect("is JSON"))
    }

    async fn said_by_program(&self, asked: &str) -> Sent {
        if let Some(said) = self.said_by_viewer(asked).await {
            return Sent::Json(said);
        }
        let fresh = self.fresh;
        let name = format!("Program {fresh}");
        let customer = self.id(self.seeded.tenant);
        let device = self.seeded.scene.host.id;
        let place = json!({"kind": "customer", "id": customer});
        let said = match (self.endpoint.method().as_str(), asked) {
            // Nothing is said besides the path.
            ("POST", "/api/v1/sessions/{id}/stop" | "/api/v1/people/{id}/erase")
            | ("POST", "/api/v1/users/{id}/reset-link" | "/api/v1/webhooks/{id}/trial")
            | ("POST", "/api/v1/catalogue/bulk/{id}/run" | "/api/v1/catalogue/bulk/{id}/undo")
            | ("PUT", "/api/v1/groups/{id}/members/{person}") => return Sent::Nothing,
            (
                "PATCH",
                "/api/v1/relays/{id}"
                | "/api/v1/people/{id}"
                | "/api/v1/groups/{id}"
                | "/api/v1/catalogue/devices/{id}"
                | "/api/v1/catalogue/places/{id}"
                | "/api/v1/catalogue/customers/{id}"
                | "/api/v1/organisation",
            )
            | ("POST", "/api/v1/groups" | "/api/v1/catalogue/customers") => json!({"name": name}),
            ("POST", "/api/v1/tickets") => json!({"customer": customer}),
            ("POST", "/api/v1/approvals") => json!({"approve": [self.id(self.waiting().await)]}),
            ("PUT", "/api/v1/versions" | "/api/v1/access/second-person") => json!({}),
            ("POST", "/api/v1/webhooks") => {
                json!({"url": "https://hooks.example.org/farpane", "events": ["*"]})
            }
            ("POST", "/api/v1/roles") | ("PUT", "/api/v1/roles/{id}") => {
                json!({"name": name, "rights": {"actions": ["see-devices"]}})
            }
            ("POST", "/api/v1/assignments") => json!({
                "subject": {"kind": "person", "id": self.seeded.bystander().await},
                "role": "observer",
                "place": place,
                // What somebody holds already is not given to them once more.
                "until": LATER + fresh as u64,
            }),
            ("POST", "/api/v1/requests") => json!({
                "role": "observer", "place": place, "seconds": 3600, "reason": "the night shift",
            }),
            ("POST", "/api/v1/requests/{id}/decision") => json!({"verdict": "refused"}),
            ("POST", "/api/v1/tokens") => {
                json!({"name": name, "scopes": ["see-devices"], "place": place})
            }
            ("POST", "/api/v1/catalogue/bulk") => {
                json!({"act": {"do": "tag", "tag": "till"}, "devices": [self.id(device)]})
            }
            ("POST", "/api/v1/catalogue/places") => {
                json!({"customer": customer, "kind": "site", "name": name})
            }
            ("POST", "/api/v1/catalogue/fields") => {
                json!({"key": format!("program-{fresh}"), "kind": "text"})
            }
            ("POST", "/api/v1/catalogue/searches") => json!({"name": name, "query": "till"}),
            ("PUT", "/api/v1/sign-in-rules") => {
                json!({"idle_seconds": 3600, "life_seconds": 43_200, "second_factor": false})
            }
            ("PUT", "/api/v1/customers/{id}/second-factor") => json!({"needed": false}),
            ("POST", "/api/v1/users/invitations") => {
                json!({"email": format!("i{fresh}@example.org"), "name": "Ida"})
            }
            ("POST", "/api/v1/audit/export") => json!({}),
            (method, path) => {
                panic!("say in tests/http/bodies.rs what programs send to {method} {path}")
            }
        };
        Sent::Json(said)
    }
}
