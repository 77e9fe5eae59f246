//! Clients of a directory: hosts, relays, viewers, browsers, and what each says.

use std::collections::VecDeque;
use std::time::Duration;

use farpane_protocol::api::machine::MachinePrint;
use farpane_protocol::api::{
    Approval, Challenge, ChallengeRequest, DeviceEnrolled, DeviceList, EnrollDevice, EnrollRelay,
    PresentPeer, Problem, Proof, RelayEnrolled, RelayHello, RelayOrder, RelayReport,
    SessionGranted, SessionRequest, SignIn, SignedIn, Token, TokenRequest, path,
};
use farpane_protocol::ids::{DeviceId, EpochNonce};
use farpane_protocol::key::{Fingerprint, PublicKey, SecretKey};
use farpane_protocol::relay::PresenceProof;
use farpane_protocol::scope::{Scope, ScopeSet};
use farpane_protocol::token::{Purpose, seal};
use reqwest::{Method, RequestBuilder, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::world::{ADMIN, PASSWORD, World};

/// Longest that a test waits for something that must come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Somebody with a key.
pub(crate) struct Agent {
    pub(crate) key: SecretKey,
    pin: Fingerprint,
    client: reqwest::Client,
    base: String,
    pub(crate) token: Option<String>,
}

/// The answer to a request: what was asked for, or a problem.
pub(crate) type Answer<T> = Result<T, Problem>;

pub(crate) async fn read<T: DeserializeOwned>(response: Response) -> Answer<T> {
    let status = response.status();
    let kind = response.headers().get("content-type").cloned();
    let bytes = response.bytes().await.expect("a body");
    if status.is_success() {
        let bytes = if bytes.is_empty() {
            "null".into()
        } else {
            bytes
        };
        return Ok(serde_json::from_slice(&bytes).expect("what was asked for"));
    }
    assert_eq!(
        kind.as_ref().map(reqwest::header::HeaderValue::as_bytes),
        Some(b"application/problem+json".as_slice()),
        "{status}"
    );
    let mut problem: Problem = serde_json::from_slice(&bytes).expect("a problem");
    // Different for every request, and so no part of what tests compare.
    assert!(problem.instance.take().is_some());
    assert_eq!(problem.status, status.as_u16());
    assert!(problem.detail.ends_with('.'), "{}", problem.detail);
    Err(problem)
}

pub(crate) fn view_and_control() -> ScopeSet {
    ScopeSet::of(&[Scope::View, Scope::Control])
}

impl Agent {
    pub(crate) fn new(world: &World) -> Self {
        Self {
            key: SecretKey::from_seed(farpane_certs::random::bytes()),
            pin: world.pin(),
            client: world.client(),
            base: world.url(""),
            token: None,
        }
    }

    pub(crate) fn public(&self) -> PublicKey {
        self.key.public()
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Answer<T> {
        let request = self.request(Method::POST, path).json(body);
        read(request.send().await.expect("an answer")).await
    }

    pub(crate) async fn challenge(&self) -> Answer<Challenge> {
        let request = ChallengeRequest { key: self.public() };
        self.post(path::CHALLENGE, &request).await
    }

    pub(crate) async fn proof(&self) -> String {
        let challenge = self.challenge().await.expect("a challenge").challenge;
        self.prove(&challenge, self.pin)
    }

    pub(crate) fn prove(&self, challenge: &str, directory: Fingerprint) -> String {
        let proof = Proof {
            challenge: challenge.to_owned(),
            directory,
        };
        seal(&self.key, Purpose::Proof, &proof)
    }

    pub(crate) async fn try_token(&self, proof: String) -> Answer<Token> {
        let request = TokenRequest {
            key: self.public(),
            proof,
            version: String::new(),
        };
        self.post(path::TOKEN, &request).await
    }

    pub(crate) async fn authenticate(&mut self) {
        let token = self.try_token(self.proof().await).await.expect("a token");
        self.token = Some(token.token);
    }

    pub(crate) async fn enroll_device(&self, secret: &str, name: &str) -> Answer<DeviceEnrolled> {
        self.enroll_on(secret, name, None).await
    }

    pub(crate) async fn enroll_on(
        &self,
        secret: &str,
        name: &str,
        machine: Option<MachinePrint>,
    ) -> Answer<DeviceEnrolled> {
        let request = EnrollDevice {
            secret: secret.to_owned(),
            key: self.public(),
            proof: self.proof().await,
            name: name.to_owned(),
            os: "Debian 12".into(),
            version: "0.1.0".into(),
            unattended: false,
            machine,
        };
        self.post(path::ENROLL_DEVICE, &request).await
    }

    pub(crate) async fn enroll_relay(&self, secret: &str) -> Answer<RelayEnrolled> {
        let request = EnrollRelay {
            secret: secret.to_owned(),
            key: self.public(),
            proof: self.proof().await,
            version: "0.1.0".into(),
        };
        self.post(path::ENROLL_RELAY, &request).await
    }

    pub(crate) async fn try_sign_in(&self, email: &str, password: &str) -> Answer<SignedIn> {
        let request = SignIn {
            email: email.to_owned(),
            password: password.to_owned(),
            key: self.public(),
            proof: self.proof().await,
            name: "anna's laptop".into(),
            version: "0.1.0".into(),
        };
        self.post(path::SIGN_IN, &request).await
    }

    pub(crate) async fn devices(&self, query: &str) -> DeviceList {
        self.try_devices(query).await.expect("devices")
    }

    pub(crate) async fn try_devices(&self, query: &str) -> Answer<DeviceList> {
        let request = self.request(Method::GET, &format!("{}{query}", path::DEVICES));
        read(request.send().await.expect("an answer")).await
    }

    pub(crate) async fn ask(&self, device: DeviceId) -> Answer<SessionGranted> {
        self.ask_for(device, view_and_control()).await
    }

    pub(crate) async fn ask_for(
        &self,
        device: DeviceId,
        scopes: ScopeSet,
    ) -> Answer<SessionGranted> {
        let request = SessionRequest {
            device,
            scopes,
            also: ScopeSet::EMPTY,
            reason: "printer offline".into(),
        };
        self.post(path::SESSIONS, &request).await
    }
}

/// A viewer that the administrator signed in.
pub(crate) async fn viewer(world: &World) -> Agent {
    viewer_of(world, ADMIN).await
}

/// A viewer that somebody with the usual password signed in.
pub(crate) async fn viewer_of(world: &World, email: &str) -> Agent {
    let mut viewer = Agent::new(world);
    let signed_in = viewer.try_sign_in(email, PASSWORD).await.expect("signs in");
    viewer.token = Some(signed_in.token.token);
    viewer
}

/// An enrolled device with its host.
pub(crate) struct Host {
    pub(crate) agent: Agent,
    pub(crate) id: DeviceId,
    pub(crate) epoch: EpochNonce,
}

pub(crate) async fn host(world: &World, name: &str) -> Host {
    host_with(world, name, Approval::Approved).await
}

pub(crate) async fn host_with(world: &World, name: &str, approval: Approval) -> Host {
    let ticket = world.device_ticket(1, approval).await;
    let mut agent = Agent::new(world);
    let enrolled = agent
        .enroll_device(&ticket.secret, name)
        .await
        .expect("enrols");
    assert_eq!(enrolled.approval, approval);
    agent.authenticate().await;
    Host {
        agent,
        id: enrolled.device,
        epoch: EpochNonce(farpane_certs::random::bytes()),
    }
}

impl Host {
    /// This host's word that it is at a relay.
    pub(crate) fn at(&self, relay: PublicKey, counter: u64) -> PresentPeer {
        let proof = PresenceProof {
            relay,
            counter,
            epoch: self.epoch,
        };
        PresentPeer {
            peer: self.agent.public(),
            proof: seal(&self.agent.key, Purpose::Presence, &proof),
        }
    }
}

/// An enrolled relay.
pub(crate) async fn relay(world: &World, name: &str) -> Agent {
    let ticket = world.relay_ticket(name).await;
    let mut agent = Agent::new(world);
    agent.enroll_relay(&ticket.secret).await.expect("enrols");
    agent.authenticate().await;
    agent
}

/// A relay that listens.
pub(crate) struct Stream {
    response: Response,
    buffer: Vec<u8>,
    orders: VecDeque<RelayOrder>,
}

impl Stream {
    pub(crate) async fn open(relay: &Agent) -> Self {
        Self::open_at(relay, "192.0.2.1:4433")
            .await
            .expect("listens")
    }

    pub(crate) async fn open_at(relay: &Agent, address: &str) -> Answer<Self> {
        let hello = RelayHello {
            address: address.into(),
            version: "0.1.0".into(),
        };
        let request = relay.request(Method::POST, path::RELAY_STREAM).json(&hello);
        let response = request.send().await.expect("an answer");
        if !response.status().is_success() {
            return Err(read::<()>(response).await.expect_err("a problem"));
        }
        let mut stream = Self {
            response,
            buffer: Vec::new(),
            orders: VecDeque::new(),
        };
        let first = stream.next().await.expect("a first line");
        assert!(matches!(first, RelayOrder::Now { .. }), "{first:?}");
        Ok(stream)
    }

    /// The next order, or `None` at the end of the stream.
    pub(crate) async fn next(&mut self) -> Option<RelayOrder> {
        loop {
            if let Some(order) = self.orders.pop_front() {
                return Some(order);
            }
            let chunk = self.response.chunk().await.ok().flatten()?;
            self.buffer.extend_from_slice(&chunk);
            while let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.buffer.drain(..=end).collect();
                let order = serde_json::from_slice(&line).expect("an order per line");
                self.orders.push_back(order);
            }
        }
    }

    /// The next order that is not the time.
    pub(crate) async fn next_order(&mut self) -> RelayOrder {
        let order = async {
            loop {
                match self.next().await.expect("the stream goes on") {
                    RelayOrder::Now { .. } => {}
                    order @ (RelayOrder::Deliver { .. } | RelayOrder::Close { .. }) => break order,
                }
            }
        };
        tokio::time::timeout(PATIENCE, order)
            .await
            .expect("an order in time")
    }
}

pub(crate) async fn report(relay: &Agent, report: &RelayReport) -> Answer<()> {
    relay.post(path::RELAY_REPORT, report).await
}

/// A report of these hosts alone, as the whole picture or as a change.
pub(crate) fn present(whole: bool, peers: Vec<PresentPeer>) -> RelayReport {
    RelayReport {
        whole,
        present: peers,
        gone: Vec::new(),
    }
}

/// A relay that listens and one host that is present at it, with a viewer beside them.
pub(crate) struct Scene {
    pub(crate) relay: Agent,
    pub(crate) stream: Stream,
    pub(crate) host: Host,
    pub(crate) viewer: Agent,
}

pub(crate) async fn scene(world: &World) -> Scene {
    let relay = relay(world, "one").await;
    let stream = Stream::open(&relay).await;
    let host = host(world, "till-07").await;
    let here = present(true, vec![host.at(relay.public(), 1)]);
    report(&relay, &here).await.expect("reports");
    Scene {
        relay,
        stream,
        host,
        viewer: viewer(world).await,
    }
}

/// The kind of a problem.
pub(crate) fn kind<T: std::fmt::Debug>(answer: Answer<T>) -> String {
    answer.expect_err("refused").kind
}
